"""The worker on the road of erasure: decisions and holds followed, then order after order, target after target."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from consent_service.database import empty_journal
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.approvals import follow_decisions
from consent_service.erasure.claims import Claim, ClaimOverError, claim_due, code_of, fail, postpone
from consent_service.erasure.destroying import HeldError
from consent_service.erasure.execution import execute
from consent_service.erasure.holds import release_held, stop_held
from consent_service.erasure.outside import (
    Halt,
    Step,
    begin_try,
    next_step,
    record,
    record_failure,
    stop_if_held,
)
from consent_service.erasure.queries import order_scope
from consent_service.erasure.rules import Counts
from consent_service.erasure.states import TargetState
from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_numbers
from consent_service.recipients.telling import tell_to_destroy, tell_to_stop
from consent_service.services import Services

log = logging.getLogger(__name__)
_FIRST: tuple[Callable[[UnitOfWork, int], int], ...] = (follow_decisions, release_held, stop_held)


def erasures_execute(app: Services, actor: Actor, count: Count) -> None:
    """Erase what is due (Law 94-V art. 18); a failed order stays open and is tried again."""
    before = count.done
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session)]
    for operator_id in operators:
        for prepare in _FIRST:
            _until_short(app, actor, operator_id, prepare)
        road = _Road(app, actor, operator_id)
        for _ in range(BATCH):
            with app.write(actor, operator_id) as uow:
                claim = claim_due(uow, app.targets(uow))
            if claim is None:
                break
            outcome = road.go(claim)
            count.done += outcome is True
            count.failed += outcome is False
    if count.done > before:
        empty_journal()


class _Road:
    """How the orders of one operator are carried out."""

    def __init__(self, app: Services, actor: Actor, operator_id: int) -> None:
        self._app, self._actor, self._operator_id = app, actor, operator_id

    def go(self, claim: Claim) -> bool | None:
        """Carry an order out as far as it goes now; False when something failed, None when it waits."""
        try:
            if claim.has_targets and (halt := self._outside(claim)) is not Halt.READY:
                return None if halt is Halt.HELD else self._wait(claim)
            with self._write() as uow:
                tell_to_destroy(uow, claim.order_id)  # the reference of the person is gone after this transaction
                execute(uow, claim.order_id, evidence_years=self._app.settings.evidence_years)
        except HeldError:
            with self._write() as uow:
                stop_if_held(uow, claim)
            return None
        except ClaimOverError:
            return None  # another worker goes on with it
        except Exception as error:
            log.exception("erasure failed", extra={"case_id": str(claim.order_id)})
            with self._write() as uow:
                fail(uow, claim, error)
            self._say_if_late(claim)
            return False
        return True

    def _outside(self, claim: Claim) -> Halt:
        while True:
            with self._write() as uow:
                step = next_step(uow, claim, self._app.targets(uow))
            if isinstance(step, Halt):
                return step
            if not self._ask(claim, step):
                return Halt.HELD

    def _ask(self, claim: Claim, step: Step) -> bool:
        """Let one target look, erase and read back; False where a hold came before it could erase."""
        target, name = step.target, step.target.name
        try:
            there = target.find(step.whom)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one target, the others are asked
            self._failed(claim, name, error, None)
            return True
        with self._write() as uow:
            found_before = begin_try(uow, claim, name, there)
        if found_before is None:
            return False
        try:
            erased = target.erase(step.whom, found_before)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(claim, name, error, _look_again(step))
            return True
        with self._write() as uow:
            state = record(uow, claim, name, erased)
        if state is TargetState.FAILED:
            log.error("a target did not do what it says", extra={"case_id": str(claim.order_id)})
        return True

    def _failed(self, claim: Claim, name: str, error: Exception, there: Counts | None) -> None:
        log.error("a target failed", extra={"case_id": str(claim.order_id), "code": code_of(error)})
        with self._write() as uow:
            record_failure(uow, claim, name, error, there)

    def _wait(self, claim: Claim) -> bool | None:
        with self._write() as uow:
            failed = postpone(uow, claim)
            tell_to_stop(uow, claim.order_id)  # the consent has ended, however long the erasure takes
        self._say_if_late(claim)
        return False if failed else None

    def _say_if_late(self, claim: Claim) -> None:
        with self._app.read(self._actor, self._operator_id) as uow:
            order = order_scope(uow, claim.order_id)
            is_late = order is not None and order.due_on < almaty_day(uow.now)
        if is_late:
            log.error("an erasure is late", extra={"case_id": str(claim.order_id)})

    def _write(self) -> AbstractContextManager[UnitOfWork]:
        return self._app.write(self._actor, self._operator_id)


def _look_again(step: Step) -> Counts | None:
    """Return what a target has after a failure; None where it cannot be told."""
    try:
        return step.target.find(step.whom)
    except Exception:  # noqa: BLE001 - it is found out at the next try
        return None


def _until_short(app: Services, actor: Actor, operator_id: int, prepare: Callable[[UnitOfWork, int], int]) -> None:
    done = BATCH
    while done == BATCH:
        with app.write(actor, operator_id) as uow:
            done = prepare(uow, BATCH)
