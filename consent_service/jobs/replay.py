"""Erasing again whoever came back with a database that was put back, and holding the log of erasures against it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from consent_service.erasure.act_numbers import note_issued
from consent_service.erasure.log import START, Gone, Mark
from consent_service.erasure.replaying import Replayed, ask_again, order_again, replayed
from consent_service.erasure.restored import answer_for_restore, check_finished
from consent_service.erasure.restores import basis, not_done_here, record_check, record_replay, to_replay
from consent_service.erasure.states import REPLAY, OrderState
from consent_service.erasure.targets import Target
from consent_service.jobs.erasures import carry_out
from consent_service.jobs.tasks import Count
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services

log = logging.getLogger(__name__)
_AT_ONCE = 500
Progress = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What a replay came to: erasures in the log since the backup, and whatever of them concerned somebody here.

    ``nobody``: erasures of operators that this database does not know.  ``asked_again``: places of other open orders.
    """

    erasures: int = 0
    asked_again: int = 0
    nobody: list[Gone] = field(default_factory=list)
    people: list[Replayed] = field(default_factory=list)

    @property
    def back(self) -> list[Replayed]:
        """Those who had come back."""
        return [one for one in self.people if one.has_come_back]

    @property
    def not_done(self) -> list[Replayed]:
        """Those whose order is still open."""
        return [one for one in self.people if one.state is not OrderState.DONE]


def replay(app: Services, actor: Actor, progress: Progress) -> Outcome:
    """Carry out again every erasure that the log holds and this database does not account for; on record at the end.

    Killed, it is begun again: what was ordered stays ordered, what is done is not done twice.

    Raises:
        ErasureLogError: The log is missing, was cut or altered, or a restore was broken off; nothing was changed.
    """
    check_finished(app.settings.ledger_dir)
    outcome, mark = Outcome(), _end(app, actor)
    with app.read(actor) as uow:
        operators = {number for number, _ in operator_numbers(uow.session, closed_too=True)}
    for read in _parts(app, actor, mark):
        with app.write(actor) as uow:
            part = not_done_here(uow, read)
            note_issued(uow, part)
        outcome.erasures += len(part)
        outcome.nobody += [one for one in part if one.operator not in operators]
        for operator_id, erased in _by_operator(part).items():
            if operator_id in operators:
                _order(app, actor, operator_id, erased)
        progress(f"{outcome.erasures} erasures of the log looked at")
    for operator_id in sorted(operators):
        outcome.asked_again += _carry_out(app, actor, operator_id, progress)
    for part in _parts(app, actor, mark):
        for operator_id, erased in _by_operator(part).items():
            with app.read(actor, operator_id) as uow:
                outcome.people += replayed(uow, erased)
    counts = {
        "erasures": outcome.erasures,
        "came_back": len(outcome.back),
        "not_done": len(outcome.not_done),
        "of_nobody": len(outcome.nobody),
    }
    with app.write(actor) as uow:
        record_replay(uow, mark, app.settings.ledger_dir, counts)
    answer_for_restore(app.settings.ledger_dir)
    return outcome


def erasures_log(app: Services, actor: Actor, count: Count) -> None:
    """Hold what was erased since the last time against the log outside the database, and put its digest on record."""
    with app.write(actor) as uow:
        count.done += record_check(uow, app.erasure_log, app.settings.ledger_dir)


def _end(app: Services, actor: Actor) -> Mark:
    """Read the log once to its end before anything is changed."""
    with app.read(actor) as uow:
        answer = basis(uow)
        mark = answer.mark if answer else START
        for line in to_replay(uow, app.erasure_log):
            mark = line.mark
    return mark


def _parts(app: Services, actor: Actor, end: Mark) -> Iterator[list[Gone]]:
    """Yield what is to be replayed up to a place; what the replay itself writes is behind it."""
    with app.read(actor) as uow:
        lines = to_replay(uow, app.erasure_log)
    part: list[Gone] = []
    for line in lines:
        if line.mark.lines > end.lines:
            break
        part += line.erased
        if len(part) >= _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _by_operator(part: Sequence[Gone]) -> dict[int, list[Gone]]:
    found: dict[int, list[Gone]] = {}
    for one in part:
        found.setdefault(one.operator, []).append(one)
    return found


def _order(app: Services, actor: Actor, operator_id: int, erased: Sequence[Gone]) -> None:
    with app.write(actor, operator_id) as uow:
        targets: Sequence[Target] | None
        try:
            targets = app.targets(uow)
        except KeyUnavailableError:
            targets = None  # their credentials are gone with the key of then
        order_again(uow, erased, targets, app.erasure_log, evidence_years=app.settings.evidence_years)


def _carry_out(app: Services, actor: Actor, operator_id: int, progress: Progress) -> int:
    """Carry out the orders of the replay; returns how many places of other orders are asked again."""
    with app.write(actor, operator_id) as uow:
        again = ask_again(uow)
    count, taken = Count(), [0]

    def tell(orders: int) -> None:
        taken.append(taken[-1] + orders)
        progress(f"operator {operator_id}: {taken[-1]} orders taken up, {count.done} done, {count.failed} failed")

    try:
        before = -1
        while taken[-1] > before:
            before = taken[-1]
            carry_out(app, actor, operator_id, count, cause_kind=REPLAY, progress=tell)
    except KeyUnavailableError as error:  # the credentials of its places are gone with the key of then
        log.error("the places of an operator cannot be asked", extra={"operator": operator_id, "code": error.code})  # noqa: TRY400 - it is told
    return again
