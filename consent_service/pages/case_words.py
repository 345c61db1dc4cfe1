"""What states, channels and kinds of cases are called on the screen."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext

from consent_service.consents.states import ConsentState
from consent_service.duties.states import ClockKind, DutyState, Moment
from consent_service.erasure.states import ApprovalState, Cancelled, OrderState, TargetState
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.letters.states import LetterChannel, LetterState
from consent_service.outbox.states import MessageState
from consent_service.pages.erasure_words import approval_states, cancelled_words, target_states
from consent_service.policies.terms import TerminationGround
from consent_service.standings.states import StandingState
from consent_service.subject_requests.states import IdentityMethod, RequestChannel, RequestState, RequestType, Violation
from consent_service.subjects.acting import ActingBy, Age
from consent_service.withdrawals.states import Bar, Matter, Part, WithdrawalChannel, WithdrawalState


def words_of(kind: type[StrEnum]) -> Mapping[StrEnum, str]:
    """Return the words of an enumeration in the language of the page."""
    return _WORDS[kind]()


def mark_of(state: StrEnum) -> str:
    """Return how a state is marked: bad, soon or calm."""
    return _MARKS.get(str(state), "calm")


_MARKS = {
    "late": "bad", "met_late": "bad", "failed": "bad", "not_notified": "bad", "returned": "bad", "detected": "bad",
    "bounced": "bad", "by_hand": "bad",
    "open": "soon", "scheduled": "soon", "received": "soon", "identifying": "soon", "in_progress": "soon",
    "written": "soon", "to_tell": "soon", "asked_again": "soon", "to_notify": "soon",
    "awaiting_approval": "soon", "awaited": "soon", "held": "soon",
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
        RequestType.WITHDRAWAL: gettext("Withdrawal of consent"),
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


def _request_channels() -> Mapping[StrEnum, str]:
    same = {str(channel): words for channel, words in _channels().items()}
    return {channel: same[str(channel)] for channel in RequestChannel}


def _moments() -> Mapping[StrEnum, str]:
    return {
        Moment.RECEIVED: gettext("received at"),
        Moment.EFFECTIVE: gettext("takes effect at"),
        Moment.ENDED: gettext("ended at"),
        Moment.DETECTED: gettext("noticed at"),
        Moment.CONFIRMED: gettext("confirmed at"),
        Moment.NOT_CONFIRMED: gettext("not confirmed at"),
        Moment.HAPPENED: gettext("happened at"),
    }


def _consent_states() -> Mapping[StrEnum, str]:
    return {
        ConsentState.PENDING_APPROVAL: gettext("waits for approval"),
        ConsentState.ACTIVE: gettext("consent stands"),
        ConsentState.DECLINED: gettext("declined"),
        ConsentState.IMPLIED: gettext("implied only"),
        ConsentState.REJECTED: gettext("not approved"),
        ConsentState.WITHDRAWAL_PENDING: gettext("allowed until the withdrawal takes effect"),
        ConsentState.WITHDRAWN: gettext("withdrawn, nothing is allowed"),
        ConsentState.EXPIRED: gettext("term over"),
        ConsentState.SUPERSEDED: gettext("answered again since"),
        ConsentState.BLOCKED: gettext("blocked"),
    }


def _parts() -> Mapping[StrEnum, str]:
    return {
        Part.THIRD_PARTIES: gettext("transfer to third parties"),
        Part.PUBLICATION: gettext("publication"),
        Part.CROSS_BORDER: gettext("cross-border transfer"),
    }


def _acting() -> Mapping[StrEnum, str]:
    return {
        ActingBy.PERSON: gettext("the person"),
        ActingBy.REPRESENTATIVE: gettext("a representative"),
        ActingBy.BOTH: gettext("the person together with a representative"),
    }


def _ages() -> Mapping[StrEnum, str]:
    return {
        Age.ADULT: gettext("18 or older"),
        Age.FROM_14_TO_17: gettext("14 to 17"),
        Age.UNDER_14: gettext("under 14"),
    }


def _grounds() -> Mapping[StrEnum, str]:
    return {
        TerminationGround.ANY: gettext("no ground is needed"),
        TerminationGround.BREACH: gettext("a breach"),
        TerminationGround.WITHOUT_BREACH: gettext("without a breach"),
        TerminationGround.GARBLED: gettext("garbled in print"),
    }


def _methods() -> Mapping[StrEnum, str]:
    return {
        IdentityMethod.EMAIL_CODE: gettext("a code by e-mail"),
        IdentityMethod.SMS_CODE: gettext("a code by text message"),
        IdentityMethod.OPERATOR_SIGN_IN: gettext("the operator's own sign-in"),
        IdentityMethod.BY_HAND: gettext("the document was seen, no copy kept"),
    }


def _violations() -> Mapping[StrEnum, str]:
    return {
        Violation.CONFIRMED: gettext("the violation is confirmed"),
        Violation.NOT_CONFIRMED: gettext("the violation is not confirmed"),
    }


def _message_states() -> Mapping[StrEnum, str]:
    return {
        MessageState.OWED: gettext("on its way"),
        MessageState.SENT: gettext("sent"),
        MessageState.BOUNCED: gettext("came back"),
        MessageState.BY_HAND: gettext("cannot be sent, tell by hand"),
        MessageState.DROPPED: gettext("no longer needed"),
    }


_WORDS = {
    WithdrawalState: _withdrawal_states, WithdrawalChannel: _channels, Matter: _matters, Bar: _bars,
    RequestType: _request_types, RequestState: _request_states, IncidentState: _incident_states, Outcome: _outcomes,
    TellState: _tell_states, StandingState: _standings, DutyState: _duty_states, OrderState: _order_states,
    LetterState: _letter_states, LetterChannel: _letter_channels, ClockKind: _clock_kinds, Moment: _moments,
    RequestChannel: _request_channels, ConsentState: _consent_states, Part: _parts, ActingBy: _acting, Age: _ages,
    TerminationGround: _grounds, IdentityMethod: _methods, Violation: _violations, MessageState: _message_states,
    TargetState: target_states, ApprovalState: approval_states, Cancelled: cancelled_words,
}  # fmt: skip
