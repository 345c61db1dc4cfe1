"""The worker on the road of erasure: decisions and holds followed, then due orders in batches, target after target."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from consent_service.database import empty_journal
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.approvals import follow_decisions
from consent_service.erasure.asking import (
    Halt,
    Looked,
    Step,
    begin_tries,
    next_steps,
    record,
    stop_if_held,
)
from consent_service.erasure.claims import Claim, ClaimOverError, check_claims, claim_due, code_of, fail, postpone
from consent_service.erasure.destroying import HeldError
from consent_service.erasure.execution import execute
from consent_service.erasure.holds import release_held, stop_held
from consent_service.erasure.queries import order_scope
from consent_service.erasure.rules import Counts
from consent_service.erasure.states import TargetState
from consent_service.erasure.targets import BatchTarget, Erased, Target, Whom, erase_all
from consent_service.erasure.together import execute_together
from consent_service.jobs.pace import Pace
from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_numbers
from consent_service.recipients.queries import has_recipients
from consent_service.recipients.telling import tell_to_destroy, tell_to_stop
from consent_service.services import Services

log = logging.getLogger(__name__)
AT_ONCE = 1000  # orders of an operator that go together
_ROUNDS = 10  # batches of an operator in one run of the job
_FIRST: tuple[Callable[[UnitOfWork, int], int], ...] = (follow_decisions, release_held, stop_held)
Progress = Callable[[int], None]


def erasures_execute(app: Services, actor: Actor, count: Count) -> None:
    """Erase what is due (Law 94-V art. 18); a failed order stays open and is tried again."""
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session)]
    for operator_id in operators:
        try:
            carry_out(app, actor, operator_id, count)
        except Exception:  # the others are not held back by what is wrong with one, such as its credentials
            count.failed += 1
            log.exception("erasures of an operator failed", extra={"operator": operator_id})


def carry_out(
    app: Services,
    actor: Actor,
    operator_id: int,
    count: Count,
    *,
    cause_kind: str | None = None,
    progress: Progress = lambda _orders: None,
) -> None:
    """Carry out what is due at an operator, batch after batch; ``progress`` is told how many orders were taken up.

    The targets of the operator are read once a batch.  ``cause_kind``: orders of one kind of cause alone.
    """
    before = count.done
    for prepare in _FIRST:
        _until_short(app, actor, operator_id, prepare)
    for _ in range(_ROUNDS):
        with app.write(actor, operator_id) as uow:
            targets = app.targets(uow)
            claims = claim_due(uow, targets, limit=AT_ONCE, cause_kind=cause_kind)
        if not claims:
            break
        _Road(app, actor, operator_id, targets, count).go(claims)
        progress(len(claims))
    if count.done > before:
        empty_journal()


class _Road:
    """How a batch of orders of one operator is carried out; what fails of one of them is its own."""

    def __init__(self, app: Services, actor: Actor, operator_id: int, targets: Sequence[Target], count: Count) -> None:
        self._app, self._actor, self._operator_id = app, actor, operator_id
        self._targets, self._count, self._pace = targets, count, Pace()

    def go(self, claims: Sequence[Claim]) -> None:
        """Carry orders out as far as they go now."""
        asking = [claim for claim in claims if claim.has_targets]
        self._finish([claim for claim in claims if not claim.has_targets])
        while asking:
            try:
                with self._write() as uow:
                    steps = next_steps(uow, asking, self._targets)
            except Exception as error:  # noqa: BLE001 - each order is told, and tried again
                steps = {claim.order_id: error for claim in asking}
            self._ask_all(asking, steps)
            self._finish([claim for claim in asking if steps[claim.order_id] is Halt.READY])
            for claim in asking:
                self._leave(claim, steps[claim.order_id])
            asking = [claim for claim in asking if isinstance(steps[claim.order_id], Step)]

    def _leave(self, claim: Claim, step: Step | Halt | Exception) -> None:
        """Do with an order what is to be done when no target is asked next."""
        if step is Halt.WAITING:
            self._trying(claim, self._wait)
        elif isinstance(step, Exception):
            self._failed(claim, step)

    def _finish(self, claims: Sequence[Claim]) -> None:
        """Empty our own tables, part by part; what of a part does not go together is tried one by one."""
        rest = list(claims)
        while rest:
            with self._pace.timed() as size:
                part, rest = rest[:size], rest[size:]
                done = self._execute_together(part)
            for claim in part:
                if claim.order_id not in done:
                    self._trying(claim, self._execute)

    def _execute_together(self, claims: Sequence[Claim]) -> set[UUID]:
        try:
            with self._write() as uow:
                done = execute_together(
                    uow,
                    claims,
                    self._app.erasure_log,
                    evidence_years=self._app.settings.evidence_years,
                    before=tell_to_destroy if has_recipients(uow) else None,
                    locking=self._pace.locking,
                )
        except Exception as error:  # noqa: BLE001 - whose it is shows when each of them is tried
            log.info("orders are carried out one by one", extra={"code": code_of(error)})
            return set()
        self._count.done += len(done)
        return done

    def _trying(self, claim: Claim, act: Callable[[Claim], None]) -> None:
        try:
            act(claim)
        except HeldError:
            with self._write() as uow:
                stop_if_held(uow, claim)
        except ClaimOverError:
            return  # another worker goes on with it
        except Exception as error:  # noqa: BLE001 - it is this order's own, and is told there
            self._failed(claim, error)

    def _execute(self, claim: Claim) -> None:
        with self._write() as uow:
            tell_to_destroy(uow, claim.order_id)  # the reference of the person is gone after this transaction
            execute(uow, claim.order_id, self._app.erasure_log, evidence_years=self._app.settings.evidence_years)
        self._count.done += 1

    def _failed(self, claim: Claim, error: Exception) -> None:
        log.error("erasure failed", extra={"case_id": str(claim.order_id)}, exc_info=error)
        with self._write() as uow:
            fail(uow, claim, error)
        self._say_if_late(claim)
        self._count.failed += 1

    def _ask_all(self, claims: Sequence[Claim], steps: Mapping[UUID, Step | Halt | Exception]) -> None:
        """Let each target look, erase and read back: for all its people at once where it can."""
        for target in self._targets:
            asked = {
                claim: step.whom
                for claim in claims
                if isinstance(step := steps[claim.order_id], Step) and step.target.name == target.name
            }
            if isinstance(target, BatchTarget):
                self._ask(target, asked)
                continue
            for claim, whom in asked.items():
                with self._write() as uow:
                    check_claims(uow, claims)  # one may take its time; the others stay ours meanwhile
                self._ask(target, {claim: whom})

    def _ask(self, target: Target, asked: Mapping[Claim, Whom]) -> None:
        if not asked:
            return
        claims, whoms = list(asked), {claim.order_id: whom for claim, whom in asked.items()}
        try:
            there = _look(target, list(whoms.values()))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one target, the others are asked
            self._record(target, claims, dict.fromkeys(whoms, Looked(error, None)))
            return
        with self._write() as uow:
            found_before = begin_tries(uow, claims, target.name, there)
        begun = [claim for claim in claims if claim.order_id in found_before]
        if not begun:
            return
        results = erase_all(target, [(whoms[order_id], before) for order_id, before in found_before.items()])
        errors = {order_id: one for order_id, one in results.items() if isinstance(one, Exception)}
        now = _look_again(target, [whoms[order_id] for order_id in errors])
        answers: dict[UUID, Erased | Looked] = {
            order_id: Looked(one, now.get(order_id)) if isinstance(one, Exception) else one
            for order_id, one in results.items()
        }
        self._record(target, begun, answers)

    def _record(self, target: Target, claims: Sequence[Claim], answers: Mapping[UUID, Erased | Looked]) -> None:
        for order_id, answer in answers.items():
            if isinstance(answer, Looked):
                log.error("a target failed", extra={"case_id": str(order_id), "code": code_of(answer.error)})
        with self._write() as uow:
            states = record(uow, claims, target.name, answers)
        for order_id, state in states.items():
            if state is TargetState.FAILED and not isinstance(answers[order_id], Looked):
                log.error("a target did not do what it says", extra={"case_id": str(order_id)})

    def _wait(self, claim: Claim) -> None:
        with self._write() as uow:
            failed = postpone(uow, claim)
            tell_to_stop(uow, claim.order_id)  # the consent has ended, however long the erasure takes
        self._say_if_late(claim)
        self._count.failed += failed

    def _say_if_late(self, claim: Claim) -> None:
        with self._app.read(self._actor, self._operator_id) as uow:
            order = order_scope(uow, claim.order_id)
            is_late = order is not None and order.due_on < almaty_day(uow.now)
        if is_late:
            log.error("an erasure is late", extra={"case_id": str(claim.order_id)})

    def _write(self) -> AbstractContextManager[UnitOfWork]:
        return self._app.write(self._actor, self._operator_id)


def _look(target: Target, whoms: Sequence[Whom]) -> Mapping[UUID, Counts]:
    if isinstance(target, BatchTarget):
        return target.find_many(whoms)
    return {whom.order_id: target.find(whom) for whom in whoms}


def _look_again(target: Target, whoms: Sequence[Whom]) -> Mapping[UUID, Counts]:
    """Return what a target has after failures; nothing where it cannot be told: it is found out at the next try."""
    try:
        return _look(target, whoms) if whoms else {}
    except Exception:  # noqa: BLE001 - as above
        return {}


def _until_short(app: Services, actor: Actor, operator_id: int, prepare: Callable[[UnitOfWork, int], int]) -> None:
    done = BATCH
    while done == BATCH:
        with app.write(actor, operator_id) as uow:
            done = prepare(uow, BATCH)
