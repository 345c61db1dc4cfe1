"""What can be decided on a withdrawal as it stands.  Pure; whoever decides checks again under the lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from consent_service.deadlines.rules import almaty_day, end_of_day, moment_before
from consent_service.duties.queries import DutyView
from consent_service.policies.terms import TakeBack, TakeBackBy
from consent_service.withdrawals.rules import STOP
from consent_service.withdrawals.states import MOVABLE, MOVES, TAKEN_BACK_FROM, Matter, WithdrawalState


@dataclass(frozen=True, slots=True)
class Options:
    """What can be done now, and until which day; ``refusal_ended_on``: when the time to refuse was over."""

    may_refuse: bool
    refuse_until: date | None
    refusal_ended_on: date | None
    may_resume: bool
    may_correct: bool
    may_take_back: bool


def options(
    *,
    state: WithdrawalState,
    matter: Matter,
    resumed: bool,
    duties: Iterable[DutyView],
    take_back: TakeBack | None,
    cancellable_until: date | None,
    now: datetime,
) -> Options:
    """Return what can be decided on a withdrawal; ``take_back`` is the rule of its document."""
    last = refusable_until(duties)
    is_over = last is not None and now >= last
    may_move_to_refused = WithdrawalState.REFUSED in MOVES[state]
    last_day = None if last is None else almaty_day(moment_before(last))
    in_time = cancellable_until is None or now < end_of_day(cancellable_until)
    by_application = take_back is not None and TakeBackBy.APPLICATION in take_back.by
    return Options(
        may_refuse=may_move_to_refused and not is_over,
        refuse_until=last_day,
        refusal_ended_on=last_day if may_move_to_refused and is_over else None,
        may_resume=state is WithdrawalState.REFUSED,
        may_correct=state in MOVABLE and not resumed,
        may_take_back=by_application and in_time and state in TAKEN_BACK_FROM and matter is not Matter.AGREEMENT,
    )


def refusable_until(duties: Iterable[DutyView]) -> datetime | None:
    """Return when the law's time for a reasoned refusal is over (94-V art. 8(7)): processing has to stop then."""
    return max((duty.due_at for duty in duties if duty.origin == "law" and duty.action == STOP), default=None)
