"""Kinds and states of a request, and the ways of knowing who asks."""

from enum import StrEnum


class RequestType(StrEnum):
    """What a person asks for.  A withdrawal waits here until it is known whose it is, while its dates run."""

    WITHDRAWAL = "withdrawal"
    ACCESS = "access"
    CORRECTION = "correction"
    BLOCKING = "blocking"
    DESTRUCTION = "destruction"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION_MARKETING = "objection_marketing"
    OBJECTION_AUTOMATED = "objection_automated"
    REMOVAL_PUBLIC = "removal_public"
    CLAIM = "claim"
    COMPLAINT = "complaint"


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"  # nobody knows yet who asks
    IDENTIFYING = "identifying"  # a code is on its way
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    REFUSED = "refused"
    CLOSED = "closed"  # the answer has gone out and everything that was owed is done


_S = RequestState
MOVES: dict[RequestState, frozenset[RequestState]] = {
    _S.RECEIVED: frozenset({_S.IDENTIFYING, _S.IN_PROGRESS, _S.REFUSED}),
    _S.IDENTIFYING: frozenset({_S.IDENTIFYING, _S.IN_PROGRESS, _S.REFUSED}),
    _S.IN_PROGRESS: frozenset({_S.ANSWERED, _S.REFUSED}),
    _S.ANSWERED: frozenset({_S.CLOSED}),
    _S.REFUSED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
}
UNIDENTIFIED = frozenset({_S.RECEIVED, _S.IDENTIFYING})
OPEN = UNIDENTIFIED | {_S.IN_PROGRESS}
DECIDED = frozenset({_S.ANSWERED, _S.REFUSED})


class RequestChannel(StrEnum):
    """How a request reached the operator."""

    REGISTERED_MAIL = "registered_mail"
    WRITTEN_APPLICATION = "written_application"
    EMAIL = "email"
    PLATFORM = "platform"
    FORM = "form"
    PHONE = "phone"


class IdentityMethod(StrEnum):
    """How the operator made sure who asks.  A copy of an identity document is never kept (94-V art. 7(10))."""

    EMAIL_CODE = "email_code"
    SMS_CODE = "sms_code"
    OPERATOR_SIGN_IN = "operator_sign_in"  # the operator's own sign-in, attested by its secret key
    BY_HAND = "by_hand"  # the person in charge has seen the document, and kept no copy


class Violation(StrEnum):
    """What came of the check that a blocking was for."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
