"""What each job does for one operator.  Everything here finds what is due, so it may be killed and run again."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from consent_service.deadlines.service import Law
from consent_service.duties.redating import Dates
from consent_service.duties.rules import Case
from consent_service.duties.service import mark_late
from consent_service.incidents.telling import all_told, meet_telling, tell, to_tell
from consent_service.jobs.post import deliver
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.publisher import export, guard, publish
from consent_service.ledger.sealer import BATCH as SEALED_AT_ONCE
from consent_service.ledger.sealer import seal
from consent_service.ledger.tree import current_epoch, waiting_since
from consent_service.operators.queries import operator_numbers
from consent_service.overview.keeping import keep_figures
from consent_service.recalculation.service import give_up, move_case, next_page, page_done, waiting
from consent_service.recipients.telling import orders_to_resume, orders_to_stop, tell_to_resume, tell_to_stop
from consent_service.reminders.service import hold, rounds_waiting
from consent_service.retention.proofs import forget_proofs
from consent_service.retention.service import expire_consent, offer_renewal, to_expire, to_offer
from consent_service.services import Services
from consent_service.standings.following import follow, followed, open_changes
from consent_service.standings.service import due
from consent_service.standings.service import take_effect as take_effect_on
from consent_service.subject_requests.decisions import close_if_done
from consent_service.subject_requests.queries import decided
from consent_service.withdrawals.decisions import follow_erasure, give_way, take_effect
from consent_service.withdrawals.queries import answered_again, due_to_take_effect, waiting_for_erasure

T = TypeVar("T")
BATCH = 200
SEALING_ALARM = timedelta(minutes=2)  # five are promised
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Count:
    """What a run has done and what it could not do."""

    done: int = 0
    failed: int = 0


def withdrawals_take_effect(app: Services, actor: Actor, count: Count) -> None:
    """Make withdrawals effective whose day has come (each document's own rule)."""
    _until_none(app, actor, due_to_take_effect, take_effect, count)


def withdrawals_give_way(app: Services, actor: Actor, count: Count) -> None:
    """End withdrawals whose people have consented again: the later answer rules."""
    _until_none(app, actor, answered_again, give_way, count)


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


def incidents_tell(app: Services, actor: Actor, count: Count) -> None:
    """Write the letters that tell people of an incident; what a document promises is met when all have gone out."""
    _until_none(app, actor, to_tell, tell, count)
    _until_none(app, actor, all_told, meet_telling, count)


def standings_follow(app: Services, actor: Actor, count: Count) -> None:
    """Find whom a newly published version concerns, and owe each the notice that their document prints."""
    for operator_id in _operators(app, actor):
        with app.write(actor, operator_id) as uow:
            open_changes(uow)
        with app.read(actor, operator_id) as uow:
            versions = followed(uow)
        for version_id in versions:
            found = BATCH
            while found == BATCH:
                with app.write(actor, operator_id) as uow:
                    found = follow(uow, version_id, app.law, BATCH)
                count.done += found


def standings_take_effect(app: Services, actor: Actor, count: Count) -> None:
    """Let versions bind the people whose period is over without an objection."""
    _until_none(app, actor, due, take_effect_on, count)


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


def ledger_seal(app: Services, actor: Actor, count: Count) -> None:
    """Seal what was appended into the tree; what waits too long fails the run, so that it is seen.

    In a database that was put back nothing is sealed: what it has to say belongs into the log that is opened next.
    """
    with app.read(actor) as uow:
        guard(uow.session, uow.keys, current_epoch(uow.session), app.settings.ledger_dir)
    sealed = SEALED_AT_ONCE
    while sealed == SEALED_AT_ONCE:
        with app.write(actor) as uow:
            sealed = seal(uow, app.settings.ledger_name, SEALED_AT_ONCE)
        count.done += sealed
    with app.read(actor) as uow:
        since = waiting_since(uow.session)
    if since and uow.now - since > SEALING_ALARM:
        count.failed += 1
        log.error("events wait to be sealed", extra={"since": since.isoformat()})


def ledger_publish(app: Services, actor: Actor, count: Count) -> None:
    """Sign the tree that is committed, and export its head and tiles."""
    with app.write(actor) as uow:
        publish(uow, app.settings.ledger_dir)
    with app.snapshot(actor) as uow:
        count.done += export(uow.session, uow.keys, app.settings.ledger_dir)


def consents_offer_renewal(app: Services, actor: Actor, count: Count) -> None:
    """Warn those whose consent ends soon, and offer to renew it."""
    _until_none(app, actor, to_offer, offer_renewal, count)


def consents_expire(app: Services, actor: Actor, count: Count) -> None:
    """End consents whose term is over (Law 94-V art. 8(5))."""
    _until_none(app, actor, to_expire, expire_consent, count)


def duties_mark_late(app: Services, actor: Actor, count: Count) -> None:
    """Mark duties whose day is over."""
    _batches(app, actor, lambda uow: mark_late(uow, BATCH), count)


def figures_keep(app: Services, actor: Actor, count: Count) -> None:
    """Keep what the figures of each operator are today, so that tomorrow can be compared with it."""
    _each_operator(app, actor, lambda uow: keep_figures(uow, app.law.calendar), count)


def requests_close(app: Services, actor: Actor, count: Count) -> None:
    """Close requests whose answer has gone out and to which nothing is owed any more."""
    for operator_id in _operators(app, actor):
        with app.read(actor, operator_id) as uow:
            ready = decided(uow, BATCH)
        _each(app, actor, operator_id, ready, close_if_done, count)


def duties_recalculate(app: Services, actor: Actor, count: Count) -> None:
    """Carry out a recalculation that was decided, case by case; killed, it goes on where it was."""
    for operator_id in _operators(app, actor):
        with app.read(actor, operator_id) as uow:
            run_id = waiting(uow)
            app.law_at_hand.follow(uow, at_once=run_id is not None)  # an order is entered together with its decision
        if run_id is not None:
            _recalculate(app, actor, operator_id, run_id, count)


def evidence_expire(app: Services, actor: Actor, count: Count) -> None:
    """Remove the proofs of erased people after the evidence term (Law 94-V art. 25(2)(5), Civil Code 178)."""
    _batches(app, actor, lambda uow: forget_proofs(uow, BATCH), count, closed_too=True)


def reminders_send(app: Services, actor: Actor, count: Count) -> None:
    """Owe whoever is in charge the digest and the reminders of the day, once each."""
    calendar = app.law.calendar
    _until_none(
        app, actor, lambda uow, _: rounds_waiting(uow, calendar), lambda uow, one: hold(uow, one, calendar), count
    )


def mail_deliver(app: Services, actor: Actor, count: Count) -> None:
    """Send the messages that are owed."""
    for operator_id in _operators(app, actor):
        for _ in range(BATCH):
            outcome = deliver(app, actor, operator_id)
            if outcome is None:
                break
            count.done += outcome
            count.failed += not outcome


def _recalculate(app: Services, actor: Actor, operator_id: int, run_id: UUID, count: Count) -> None:
    law = app.law
    dates = Dates(law.calendar)
    while True:
        try:
            with app.read(actor, operator_id) as uow:
                page, reason = next_page(uow, run_id, dates)
        except ConflictError:
            with app.write(actor, operator_id) as uow:
                give_up(uow, run_id)
            count.failed += 1
            return
        cases = dict.fromkeys(Case(one.case_kind, one.case_id, None) for one in page.differences)
        before = count.done
        _each(app, actor, operator_id, cases, partial(_move, law, reason), count)
        with app.write(actor, operator_id) as uow:
            page_done(uow, run_id, page, count.done - before)
        if page.last is None:
            return


def _move(law: Law, reason: str, uow: UnitOfWork, case: Case) -> None:
    move_case(uow, case, law, reason=reason)


def _operators(app: Services, actor: Actor, *, closed_too: bool = False) -> list[int]:
    with app.read(actor) as uow:
        return [number for number, _ in operator_numbers(uow.session, closed_too=closed_too)]


def _until_none(
    app: Services,
    actor: Actor,
    find: Callable[[UnitOfWork, int], Sequence[T]],
    act: Callable[[UnitOfWork, T], None],
    count: Count,
) -> None:
    """Find what is due and do it, batch after batch, until one brings nothing further."""
    for operator_id in _operators(app, actor):
        found, done = BATCH, 1
        while found == BATCH and done:
            with app.read(actor, operator_id) as uow:
                items = find(uow, BATCH)
            found, before = len(items), count.done
            _each(app, actor, operator_id, items, act, count)
            done = count.done - before


def _each(
    app: Services,
    actor: Actor,
    operator_id: int,
    items: Iterable[T],
    act: Callable[[UnitOfWork, T], None],
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
            log.exception("item failed", extra={"case_id": str(getattr(item, "consent_id", getattr(item, "id", item)))})


def _each_operator(app: Services, actor: Actor, act: Callable[[UnitOfWork], int], count: Count) -> None:
    """Do something once for each operator; one for whom it fails does not stop the others."""
    for operator_id in _operators(app, actor):
        try:
            with app.write(actor, operator_id) as uow:
                count.done += act(uow)
        except Exception:
            count.failed += 1
            log.exception("operator failed", extra={"operator_id": operator_id})


def _batches(
    app: Services, actor: Actor, act: Callable[[UnitOfWork], int], count: Count, *, closed_too: bool = False
) -> None:
    """Do batch after batch for each operator until one comes back short; ``closed_too``: also where one is ended."""
    for operator_id in _operators(app, actor, closed_too=closed_too):
        done = BATCH
        while done == BATCH:
            with app.write(actor, operator_id) as uow:
                done = act(uow)
            count.done += done
