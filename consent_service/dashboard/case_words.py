"""What states, channels and kinds of cases are called on the screen."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext

from consent_service.duties.states import ClockKind, DutyState
from consent_service.erasure.states import OrderState
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.letters.states import LetterChannel, LetterState
from consent_service.standings.states import StandingState
from consent_service.subject_requests.states import RequestState, RequestType
from consent_service.withdrawals.states import Bar, Matter, WithdrawalChannel, WithdrawalState


def words_of(kind: type[StrEnum]) -> Mapping[StrEnum, str]:
    """Return the words of an enumeration in the language of the page."""
    return _WORDS[kind]()


def mark_of(state: StrEnum) -> str:
    """Return how a state is marked: bad, soon or calm."""
    return _MARKS.get(str(state), "calm")


_MARKS = {
    "late": "bad", "met_late": "bad", "failed": "bad", "not_notified": "bad", "returned": "bad", "detected": "bad",
    "open": "soon", "scheduled": "soon", "received": "soon", "identifying": "soon", "in_progress": "soon",
    "written": "soon", "to_tell": "soon", "asked_again": "soon", "to_notify": "soon",
}  # fmt: skip


def _withdrawal_states() -> Mapping[StrEnum, str]:
    return {
        WithdrawalState.RECEIVED: gettext("received"),
        WithdrawalState.SCHEDULED: gettext("takes effect later"),
        WithdrawalState.EFFECTIVE: gettext("in effect, data to be destroyed"),
        WithdrawalState.ERASING: gettext("data are being destroyed"),
        WithdrawalState.REFUSED: gettext("refused"),
        WithdrawalState.CLOSED: gettext("closed"),
        WithdrawalState.CANCELLED: gettext("taken back"),
    }


def _channels() -> Mapping[StrEnum, str]:
    return {
        WithdrawalChannel.REGISTERED_MAIL: gettext("registered mail"),
        WithdrawalChannel.WRITTEN_APPLICATION: gettext("written application"),
        WithdrawalChannel.EMAIL: gettext("e-mail"),
        WithdrawalChannel.PLATFORM: gettext("on the platform"),
        WithdrawalChannel.FORM: gettext("form"),
        WithdrawalChannel.PHONE: gettext("phone"),
    }


def _matters() -> Mapping[StrEnum, str]:
    return {
        Matter.CONSENT: gettext("Withdrawal of consent"),
        Matter.PARTS: gettext("Withdrawal of a part"),
        Matter.AGREEMENT: gettext("End of the agreement"),
    }


def _bars() -> Mapping[StrEnum, str]:
    return {
        Bar.LAW: gettext("A law forbids the withdrawal (article 8(2))"),
        Bar.OBLIGATION: gettext("An obligation is not fulfilled (article 8(2))"),
        Bar.STORAGE_REQUIRED: gettext("A law requires the storage (article 8(7))"),
    }


def _request_types() -> Mapping[StrEnum, str]:
    return {
        RequestType.ACCESS: gettext("Access to one's data"),
        RequestType.CORRECTION: gettext("Correction"),
        RequestType.BLOCKING: gettext("Blocking"),
        RequestType.DESTRUCTION: gettext("Destruction"),
        RequestType.RESTRICTION: gettext("Restriction of processing"),
        RequestType.PORTABILITY: gettext("A machine-readable copy"),
        RequestType.OBJECTION_MARKETING: gettext("Objection to marketing"),
        RequestType.OBJECTION_AUTOMATED: gettext("Objection to an automated decision"),
        RequestType.REMOVAL_PUBLIC: gettext("Removal from a public source"),
        RequestType.CLAIM: gettext("Claim"),
        RequestType.COMPLAINT: gettext("Complaint"),
    }


def _request_states() -> Mapping[StrEnum, str]:
    return {
        RequestState.RECEIVED: gettext("it is not known yet who asks"),
        RequestState.IDENTIFYING: gettext("a code was sent"),
        RequestState.IN_PROGRESS: gettext("to be answered"),
        RequestState.ANSWERED: gettext("answered"),
        RequestState.REFUSED: gettext("refused"),
        RequestState.CLOSED: gettext("closed"),
    }


def _incident_states() -> Mapping[StrEnum, str]:
    return {
        IncidentState.DETECTED: gettext("notify the authorised body"),
        IncidentState.NOTICE_WRITTEN: gettext("the notice is written"),
        IncidentState.CLOSED: gettext("closed"),
    }


def _outcomes() -> Mapping[StrEnum, str]:
    return {
        Outcome.RESOLVED: gettext("resolved"),
        Outcome.NO_BREACH: gettext("looked into: no breach"),
    }


def _tell_states() -> Mapping[StrEnum, str]:
    return {
        TellState.TO_TELL: gettext("to be told"),
        TellState.WRITTEN: gettext("a letter is written"),
        TellState.TOLD: gettext("told"),
        TellState.UNREACHABLE: gettext("out of reach"),
    }


def _standings() -> Mapping[StrEnum, str]:
    return {
        StandingState.WAITING: gettext("waiting for the day, or for use"),
        StandingState.TO_NOTIFY: gettext("the notice is on its way"),
        StandingState.NOT_NOTIFIED: gettext("no notice has reached them"),
        StandingState.NOTIFIED: gettext("notified, the period runs"),
        StandingState.ASKED_AGAIN: gettext("asked for a fresh consent"),
        StandingState.ACCEPTED: gettext("bound by the new version"),
        StandingState.OBJECTED: gettext("objected"),
        StandingState.ENDED: gettext("nothing stands any more"),
    }


def _duty_states() -> Mapping[StrEnum, str]:
    return {
        DutyState.OPEN: gettext("open"),
        DutyState.MET: gettext("met"),
        DutyState.MET_LATE: gettext("met late"),
        DutyState.LATE: gettext("late"),
        DutyState.CANCELLED: gettext("no longer owed"),
    }


def _order_states() -> Mapping[StrEnum, str]:
    return {
        OrderState.SCHEDULED: gettext("ordered"),
        OrderState.AWAITING_APPROVAL: gettext("awaits approval"),
        OrderState.HELD: gettext("held"),
        OrderState.RUNNING: gettext("running"),
        OrderState.FAILED: gettext("failed, is tried again"),
        OrderState.DONE: gettext("done"),
        OrderState.CANCELLED: gettext("cancelled"),
    }


def _letter_states() -> Mapping[StrEnum, str]:
    return {
        LetterState.WRITTEN: gettext("to be sent"),
        LetterState.SENT: gettext("sent"),
        LetterState.RETURNED: gettext("came back"),
    }


def _letter_channels() -> Mapping[StrEnum, str]:
    return {
        LetterChannel.EMAIL: gettext("e-mail"),
        LetterChannel.REGISTERED_MAIL: gettext("registered mail"),
        LetterChannel.BY_HAND: gettext("by hand"),
        LetterChannel.PLATFORM: gettext("on the platform"),
    }


def _clock_kinds() -> Mapping[StrEnum, str]:
    return {
        ClockKind.STARTED: gettext("A period began"),
        ClockKind.CORRECTED: gettext("Put right"),
        ClockKind.RECALCULATED: gettext("Recalculated"),
        ClockKind.IDENTITY_ASKED: gettext("Asked who it is"),
        ClockKind.IDENTITY_CONFIRMED: gettext("It is known who it is"),
        ClockKind.DECIDED: gettext("Decided"),
    }


_WORDS = {
    WithdrawalState: _withdrawal_states, WithdrawalChannel: _channels, Matter: _matters, Bar: _bars,
    RequestType: _request_types, RequestState: _request_states, IncidentState: _incident_states, Outcome: _outcomes,
    TellState: _tell_states, StandingState: _standings, DutyState: _duty_states, OrderState: _order_states,
    LetterState: _letter_states, LetterChannel: _letter_channels, ClockKind: _clock_kinds,
}  # fmt: skip
