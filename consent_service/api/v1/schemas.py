"""Shapes that several resources share."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Flag, Instant, OneOf, Text
from consent_service.duties.states import DutyState
from consent_service.erasure.states import Ground, OrderState

LANGUAGES = ("kk", "ru", "en")
MAX_PAGE = 100


class WordsOut(Schema):
    """The same words in three languages."""

    kk = fields.String(required=True)
    ru = fields.String(required=True)
    en = fields.String(required=True)


class SkippedDayOut(Schema):
    """A day that did not count, and why."""

    on = fields.Date(required=True)
    why = fields.Nested(WordsOut, required=True)


class IdentifiersIn(Schema):
    """What a person is known by; kept sealed."""

    email = Text(max_length=254)
    phone = Text(max_length=40)
    iin = Text(max_length=12, min_length=12)
    full_name = Text(max_length=300)


class SubjectIn(Schema):
    """A person: the operator's own opaque reference, and identifiers."""

    ref = Text(required=True, max_length=128)
    identifiers = fields.Nested(IdentifiersIn)


class DutyOut(Schema):
    """One thing owed, and where its date comes from."""

    code = fields.String(required=True)
    action = fields.String(required=True)
    origin = fields.String(required=True)
    source = fields.Nested(WordsOut, required=True)
    clause = fields.String(required=True, allow_none=True)
    period = fields.String(required=True)
    due_on = fields.Date(required=True)
    safe_on = fields.Date(required=True)
    due_at = Instant(required=True)
    calendar_edition = fields.String(required=True)
    provisional = Flag(required=True)
    settled = Flag(required=True)
    binding = Flag(required=True, attribute="is_binding")
    state = OneOf(DutyState, required=True)
    skipped = fields.List(fields.Dict(), required=True)


class HeldOut(Schema):
    """What bars an erasure now: a legal hold on the person, or on all who gave an answer."""

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    basis = fields.String(required=True)
    covers = fields.String(required=True, allow_none=True)
    placed_at = Instant(required=True)


class ErasureOut(Schema):
    """Where an erasure order stands."""

    id = fields.UUID(required=True)
    state = OneOf(OrderState, required=True)
    ground = OneOf(Ground, required=True)
    due_on = fields.Date(required=True)
    run_after = Instant(required=True)
    done_at = Instant(required=True, allow_none=True)
    copies_closed_at = Instant(required=True, allow_none=True)
    held = fields.Nested(HeldOut, required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)


class PageIn(Schema):
    """A page of a list."""

    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MAX_PAGE))
    cursor = Text(max_length=200)
