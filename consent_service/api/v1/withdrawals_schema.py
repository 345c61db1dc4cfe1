"""Shapes of withdrawals and activity."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from consent_service.api.fields import DocumentReference, Instant, OneOf, Text
from consent_service.api.v1.consents_schema import MAX_PURPOSES, RepresentativeIn
from consent_service.api.v1.letters_schema import LetterOut
from consent_service.api.v1.schemas import MAX_PAGE, DutyOut, ErasureOut
from consent_service.duties.states import ClockKind, Moment
from consent_service.letters.states import LetterChannel
from consent_service.policies.terms import TerminatedBy, TerminationGround
from consent_service.subjects.acting import Acting, ActingBy, Age
from consent_service.withdrawals.states import Bar, Matter, Part, WithdrawalChannel, WithdrawalState


class ActingIn(Schema):
    """Who acted: under 14 the representative, from 14 to 17 both, from 18 on the person, or an attorney."""

    by = OneOf(ActingBy, load_default=ActingBy.PERSON)
    age = OneOf(Age, load_default=Age.ADULT)

    @post_load
    def _made(self, values: dict[str, Any], **_options: Any) -> Acting:  # Any: marshmallow's own signature
        return Acting(**values)


class WithdrawalIn(Schema):
    """A withdrawal as the operator received it.

    ``parts`` withdraws only some of what is done with the data; the consent itself then stands.
    """

    subject = Text(required=True, max_length=128)
    document = Text(required=True, max_length=130)
    purposes = fields.List(Text(max_length=200), validate=validate.Length(min=1, max=MAX_PURPOSES))
    parts = fields.List(OneOf(Part), validate=validate.Length(min=1, max=3))
    channel = OneOf(WithdrawalChannel, required=True)
    sent_at = Instant()
    received_at = Instant()
    wanted_on = fields.Date()
    text = Text(max_length=10000)
    acting = fields.Nested(ActingIn)
    representative = fields.Nested(RepresentativeIn)


class TerminationIn(Schema):
    """The notice that ends an agreement; ``ground`` matters where the operator gives it."""

    subject = Text(required=True, max_length=128)
    document = Text(required=True, max_length=130)
    by = OneOf((TerminatedBy.PERSON, TerminatedBy.OPERATOR), required=True)
    ground = OneOf(TerminationGround, load_default=TerminationGround.ANY)
    channel = OneOf(WithdrawalChannel, required=True)
    sent_at = Instant()
    received_at = Instant()
    wanted_on = fields.Date()
    text = Text(max_length=10000)


class ReceiptCorrectionIn(Schema):
    """When the withdrawal was really received, and why that was wrong (kept sealed)."""

    received_at = Instant(required=True)
    reason = Text(required=True, max_length=2000)


class ResumeIn(Schema):
    """When the bar fell away, and what shows it (kept sealed)."""

    at = Instant()
    reason = Text(required=True, max_length=2000)


class CancelIn(Schema):
    """How the person took the withdrawal back."""

    by = OneOf(("application", "sign_in"), load_default="application")


class RefusalIn(Schema):
    """The bar, the article or obligation it rests on, and the reasons for the person (kept sealed)."""

    bar = OneOf(Bar, required=True)
    reference = DocumentReference(required=True)
    reason = Text(required=True, max_length=5000)
    purposes = fields.List(Text(max_length=200), validate=validate.Length(min=1, max=MAX_PURPOSES))
    channel = OneOf(LetterChannel)


class ClockEntryOut(Schema):
    """One line of the clock log: what happened to the dates, when, by whom, why."""

    seq = fields.Integer(required=True)
    kind = OneOf(ClockKind, required=True)
    moment = OneOf(Moment, required=True, allow_none=True)
    at = Instant(required=True)
    author = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    has_reason = fields.Boolean(required=True)
    facts = fields.Dict(required=True)
    recorded_at = Instant(required=True)


class RuleOut(Schema):
    """Why a date is what it is."""

    code = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)
    kk = fields.String(required=True)
    ru = fields.String(required=True)
    en = fields.String(required=True)


class WithdrawalOut(Schema):
    """A withdrawal, its dates with their reasons, its duties and its erasure."""

    id = fields.UUID(required=True)
    state = OneOf(WithdrawalState, required=True)
    matter = OneOf(Matter, required=True)
    document = fields.String(required=True)
    version = fields.String(required=True)
    purposes = fields.List(fields.String(), required=True)
    barred = fields.List(fields.String(), required=True)
    parts = fields.List(fields.String(), required=True)
    acting = fields.Dict(required=True)
    channel = OneOf(WithdrawalChannel, required=True)
    sent_at = Instant(required=True, allow_none=True)
    received_at = Instant(required=True)
    received_on = fields.Date(required=True)
    wanted_on = fields.Date(required=True, allow_none=True)
    effective_on = fields.Date(required=True)
    effective_at = Instant(required=True)
    cancellable_until = fields.Date(required=True, allow_none=True)
    bar = OneOf(Bar, required=True, allow_none=True)
    bar_reference = fields.String(required=True, allow_none=True)
    cancelled_by = fields.String(required=True, allow_none=True)
    resumed_at = Instant(required=True, allow_none=True)
    rules = fields.List(fields.Nested(RuleOut), required=True)
    duties = fields.List(fields.Nested(DutyOut), required=True)
    erasure = fields.Nested(ErasureOut, required=True, allow_none=True)
    letters = fields.List(fields.Nested(LetterOut), required=True)
    clock_log = fields.List(fields.Nested(ClockEntryOut), required=True)


class WithdrawalLineOut(Schema):
    """A line of the list of withdrawals."""

    id = fields.UUID(required=True)
    matter = OneOf(Matter, required=True)
    state = OneOf(WithdrawalState, required=True)
    document = fields.String(required=True)
    channel = OneOf(WithdrawalChannel, required=True)
    received_on = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    bar = OneOf(Bar, required=True, allow_none=True)
    bar_reference = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)


class WithdrawalsQuery(Schema):
    """Which withdrawals: in a state, or the register of refusals."""

    state = OneOf(WithdrawalState)
    refused = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})
    limit = fields.Integer(load_default=25, validate=validate.Range(1, MAX_PAGE))
    cursor = Text(max_length=200)


class WithdrawalsOut(Schema):
    """A page of withdrawals."""

    items = fields.List(fields.Nested(WithdrawalLineOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ActivityIn(Schema):
    """What a person did at the operator.  A token refresh is ``use``, not ``sign_in``."""

    kind = OneOf(("sign_in", "use"), required=True)
    at = Instant()


class DeemedOut(Schema):
    """A version that was accepted by going on using the service."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    accepted_at = Instant(required=True)


class ActivityOut(Schema):
    """What it changed."""

    cancelled_withdrawals = fields.List(fields.UUID(), required=True)
    deemed_acceptances = fields.List(fields.Nested(DeemedOut), required=True)
