"""Shapes of incidents."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import DocumentReference, Instant, OneOf, Text
from consent_service.api.v1.letters_schema import LetterOut
from consent_service.api.v1.schemas import LANGUAGES, MAX_PAGE, DutyOut
from consent_service.api.v1.withdrawals_schema import ClockEntryOut
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.letters.states import LetterChannel
from consent_service.policies.terms import DataKind

MOST_REFS = 1000
MOST_PEOPLE = 1_000_000_000


class IncidentIn(Schema):
    """An incident as it is known now; the words are kept sealed.  ``documents`` none: all in force."""

    detected_at = Instant(required=True)
    occurred_at = Instant()
    what = Text(required=True, max_length=10000)
    categories = fields.List(OneOf(DataKind), required=True, validate=validate.Length(min=1, max=len(DataKind)))
    documents = fields.List(Text(max_length=130), validate=validate.Length(max=100))
    subjects = fields.List(Text(max_length=128), validate=validate.Length(max=MOST_REFS))
    people_estimate = fields.Integer(strict=True, validate=validate.Range(min=0, max=MOST_PEOPLE))
    measures = Text(max_length=10000)
    consequences = Text(max_length=10000)


class DescriptionIn(Schema):
    """Words put right or added; what is left out stays."""

    what = Text(max_length=10000)
    measures = Text(max_length=10000)
    consequences = Text(max_length=10000)


class DetectionIn(Schema):
    """When it was really noticed, and why that was wrong (kept sealed)."""

    detected_at = Instant(required=True)
    reason = Text(required=True, max_length=2000)


class PeopleIn(Schema):
    """People whom the incident reached, by the operator's references."""

    subjects = fields.List(Text(max_length=128), required=True, validate=validate.Length(min=1, max=MOST_REFS))


class AuthorityIn(Schema):
    """How the notice goes out; ``platform`` is the state portal, where the receipt is recorded with its dispatch."""

    channel = OneOf(LetterChannel, load_default=LetterChannel.PLATFORM)
    address = Text(max_length=500)


class TellIn(Schema):
    """Nothing: letters to all.  Or one person told another way, or who cannot be reached, and why."""

    subject = Text(max_length=128)
    state = OneOf((TellState.TOLD, TellState.UNREACHABLE))
    reference = DocumentReference()


class ClosingIn(Schema):
    """How it ended, and the conclusion (kept sealed)."""

    outcome = OneOf(Outcome, required=True)
    reason = Text(required=True, max_length=5000)


class AnnexIn(Schema):
    """In which language."""

    lang = OneOf(LANGUAGES[:2], load_default="kk")


class IncidentLineOut(Schema):
    """A line of the register."""

    id = fields.UUID(required=True)
    state = OneOf(IncidentState, required=True)
    detected_at = Instant(required=True)
    detected_on = fields.Date(required=True)
    categories = fields.List(OneOf(DataKind), required=True)
    people_estimate = fields.Integer(required=True, allow_none=True)
    outcome = OneOf(Outcome, required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)


class IncidentRuleOut(Schema):
    """What a document promises without a period."""

    code = fields.String(required=True)
    document = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)
    kk = fields.String(required=True)
    ru = fields.String(required=True)
    en = fields.String(required=True)


class IncidentOut(IncidentLineOut):
    """One incident: its words, its clock, the notice, and how far telling has come."""

    occurred_at = Instant(required=True, allow_none=True)
    documents = fields.List(fields.String(), required=True)
    rules = fields.List(fields.Nested(IncidentRuleOut), required=True)
    what = fields.String(required=True)
    measures = fields.String(required=True, allow_none=True)
    consequences = fields.String(required=True, allow_none=True)
    conclusion = fields.String(required=True, allow_none=True)
    people = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    duties = fields.List(fields.Nested(DutyOut), required=True)
    letters = fields.List(fields.Nested(LetterOut), required=True)
    clock_log = fields.List(fields.Nested(ClockEntryOut), required=True)


class IncidentsOut(Schema):
    """A page of the register."""

    items = fields.List(fields.Nested(IncidentLineOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class IncidentsQuery(Schema):
    """Which page."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_PAGE))
    cursor = Text(max_length=200)
