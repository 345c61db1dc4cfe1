"""How far a request is, said to whoever asked."""

from collections.abc import Mapping

from flask_babel import gettext

from consent_service.duties.states import DutyState
from consent_service.subject_requests.states import RequestState
from consent_service.withdrawals.states import WithdrawalState


def request_state_words() -> Mapping[RequestState, tuple[str, str]]:
    """Return where a request stands: a word, and what comes next."""
    unknown = gettext("The operator makes sure who you are; the dates run meanwhile.")
    return {
        RequestState.RECEIVED: (gettext("received"), unknown),
        RequestState.IDENTIFYING: (gettext("received"), unknown),
        RequestState.IN_PROGRESS: (gettext("under way"), gettext("The operator is dealing with it.")),
        RequestState.ANSWERED: (gettext("decided"), gettext("What was asked for has been decided.")),
        RequestState.REFUSED: (gettext("refused"), gettext("The reasons come to you by letter.")),
        RequestState.CLOSED: (gettext("closed"), gettext("The answer has gone out, and nothing more is owed.")),
    }


def duty_state_words() -> Mapping[DutyState, str]:
    """Return whether something was done by its day."""
    return {
        DutyState.OPEN: gettext("open"),
        DutyState.MET: gettext("done"),
        DutyState.MET_LATE: gettext("done late"),
        DutyState.LATE: gettext("late"),
        DutyState.CANCELLED: gettext("no longer owed"),
    }


def withdrawal_state_words() -> Mapping[WithdrawalState, str]:
    """Return where a withdrawal stands."""
    return {
        WithdrawalState.RECEIVED: gettext("received"),
        WithdrawalState.SCHEDULED: gettext("takes effect later"),
        WithdrawalState.EFFECTIVE: gettext("in effect, data to be destroyed"),
        WithdrawalState.ERASING: gettext("data are being destroyed"),
        WithdrawalState.REFUSED: gettext("refused"),
        WithdrawalState.CLOSED: gettext("closed"),
        WithdrawalState.CANCELLED: gettext("taken back"),
    }
