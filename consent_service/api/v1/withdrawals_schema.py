"""Shapes of withdrawals and activity."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Instant, OneOf, Text
from consent_service.api.v1.consents_schema import MAX_PURPOSES
from consent_service.api.v1.schemas import DutyOut, ErasureOut
from consent_service.withdrawals.states import Bar, WithdrawalChannel, WithdrawalState


class WithdrawalIn(Schema):
    """A withdrawal as the operator received it."""

    subject = Text(required=True, max_length=128)
    document = Text(required=True, max_length=130)
    purposes = fields.List(Text(max_length=200), validate=validate.Length(min=1, max=MAX_PURPOSES))
    channel = OneOf(WithdrawalChannel, required=True)
    sent_at = Instant()
    received_at = Instant()
    wanted_on = fields.Date()
    text = Text(max_length=10000)


class CancelIn(Schema):
    """How the person took the withdrawal back."""

    by = OneOf(("application", "sign_in"), load_default="application")


class RefusalIn(Schema):
    """The bar, the article or obligation it rests on, and the reasons for the person (kept sealed)."""

    bar = OneOf(Bar, required=True)
    reference = Text(required=True, max_length=300)
    reason = Text(required=True, max_length=5000)


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
    document = fields.String(required=True)
    version = fields.String(required=True)
    purposes = fields.List(fields.String(), required=True)
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
    rules = fields.List(fields.Nested(RuleOut), required=True)
    duties = fields.List(fields.Nested(DutyOut), required=True)
    erasure = fields.Nested(ErasureOut, required=True, allow_none=True)


class ActivityIn(Schema):
    """What a person did at the operator.  A token refresh is ``use``, not ``sign_in``."""

    kind = OneOf(("sign_in", "use"), required=True)
    at = Instant()


class ActivityOut(Schema):
    """What it changed."""

    cancelled_withdrawals = fields.List(fields.UUID(), required=True)
    deemed_acceptances = fields.List(fields.Dict(), required=True)
