"""What each job does for one operator.  Everything here finds what is due, so it may be killed and run again."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from consent_service.duties.service import mark_late
from consent_service.erasure.evidence import expire_proofs
from consent_service.erasure.service import claim_due, execute, fail
from consent_service.idempotency.service import forget_expired
from consent_service.jobs.post import deliver
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_numbers
from consent_service.recipients.telling import (
    orders_to_resume,
    orders_to_stop,
    tell_to_destroy,
    tell_to_resume,
    tell_to_stop,
)
from consent_service.retention.service import expire_consents, offer_renewals
from consent_service.runs.service import forget_old
from consent_service.services import Services
from consent_service.withdrawals.decisions import follow_erasure, take_effect
from consent_service.withdrawals.queries import due_to_take_effect, waiting_for_erasure

BATCH = 200
RUNS_KEPT = timedelta(days=90)
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Count:
    """What a run has done and what it could not do."""

    done: int = 0
    failed: int = 0


def withdrawals_take_effect(app: Services, actor: Actor, count: Count) -> None:
    """Make withdrawals effective whose day has come (each document's own rule)."""
    for operator_id in _operators(app, actor):
        with app.read(actor, operator_id) as uow:
            due = due_to_take_effect(uow, BATCH)
        _each(app, actor, operator_id, due, take_effect, count)


def erasures_execute(app: Services, actor: Actor, count: Count) -> None:
    """Erase what is due (Law 94-V art. 18); a failed order stays open and is tried again."""
    for operator_id in _operators(app, actor):
        for _ in range(BATCH):
            with app.write(actor, operator_id) as uow:
                order_id = claim_due(uow)
            if order_id is None:
                break
            try:
                with app.write(actor, operator_id) as uow:
                    tell_to_destroy(uow, order_id)  # the reference of the person is gone after this transaction
                    execute(uow, order_id, evidence_years=app.settings.evidence_years)
                count.done += 1
            except Exception as error:
                count.failed += 1
                log.exception("erasure failed", extra={"case_id": str(order_id)})
                with app.write(actor, operator_id) as uow:
                    fail(uow, order_id, error)


def withdrawals_close(app: Services, actor: Actor, count: Count) -> None:
    """Follow each withdrawal's erasure order; close it when the order is done."""
    for operator_id in _operators(app, actor):
        after: UUID | None = None
        while True:
            with app.read(actor, operator_id) as uow:
                waiting = waiting_for_erasure(uow, BATCH, after)
            if not waiting:
                break
            _each(app, actor, operator_id, waiting, follow_erasure, count)
            after = waiting[-1]


def recipients_tell(app: Services, actor: Actor, count: Count) -> None:
    """Tell recipients to stop where data go on a later day, and to resume where the consent stands again (art. 18)."""
    for operator_id in _operators(app, actor):
        after: UUID | None = None
        while True:
            with app.read(actor, operator_id) as uow:
                due, after = orders_to_stop(uow, after=after, limit=BATCH)
            _each(app, actor, operator_id, due, tell_to_stop, count)
            if after is None:
                break
        with app.read(actor, operator_id) as uow:
            due = orders_to_resume(uow, BATCH)
        _each(app, actor, operator_id, due, tell_to_resume, count)


def consents_offer_renewal(app: Services, actor: Actor, count: Count) -> None:
    """Warn those whose consent ends soon, and offer to renew it."""
    _batches(app, actor, lambda uow: offer_renewals(uow, BATCH), count)


def consents_expire(app: Services, actor: Actor, count: Count) -> None:
    """End consents whose term is over (Law 94-V art. 8(5))."""
    _batches(app, actor, lambda uow: expire_consents(uow, app.law, BATCH), count)


def duties_mark_late(app: Services, actor: Actor, count: Count) -> None:
    """Mark duties whose day is over."""
    _batches(app, actor, lambda uow: mark_late(uow, BATCH), count)


def evidence_expire(app: Services, actor: Actor, count: Count) -> None:
    """Remove the proofs of erased people after the evidence term (Law 94-V art. 25(2)(5), Civil Code 178)."""
    _batches(app, actor, lambda uow: expire_proofs(uow, BATCH), count)


def mail_deliver(app: Services, actor: Actor, count: Count) -> None:
    """Send the messages that are owed."""
    for operator_id in _operators(app, actor):
        for _ in range(BATCH):
            outcome = deliver(app, actor, operator_id)
            if outcome is None:
                break
            count.done += outcome
            count.failed += not outcome


def housekeeping(app: Services, actor: Actor, count: Count) -> None:
    """Forget idempotent answers after their day, and records of runs after 90 days."""
    with app.write(actor) as uow:
        count.done += forget_expired(uow.session, uow.now, BATCH * 10)
        count.done += forget_old(uow.session, uow.now - RUNS_KEPT, BATCH * 10)


def _operators(app: Services, actor: Actor) -> list[int]:
    with app.read(actor) as uow:
        return [number for number, _ in operator_numbers(uow.session)]


def _each(
    app: Services,
    actor: Actor,
    operator_id: int,
    items: Iterable[UUID],
    act: Callable[[UnitOfWork, UUID], None],
    count: Count,
) -> None:
    """Do one thing to each item; one that fails does not stop the others."""
    for item in items:
        try:
            with app.write(actor, operator_id) as uow:
                act(uow, item)
            count.done += 1
        except Exception:
            count.failed += 1
            log.exception("item failed", extra={"case_id": str(item)})


def _batches(app: Services, actor: Actor, act: Callable[[UnitOfWork], int], count: Count) -> None:
    """Do batch after batch for each operator until one comes back short."""
    for operator_id in _operators(app, actor):
        done = BATCH
        while done == BATCH:
            with app.write(actor, operator_id) as uow:
                done = act(uow)
            count.done += done
