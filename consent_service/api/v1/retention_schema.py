"""Shapes of storage terms, of the operator's own schedule, of decisions and runs."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Flag, Instant, OneOf, Reference, Text
from consent_service.api.v1.schemas import WordsOut
from consent_service.erasure.states import OrderState
from consent_service.retention.preview import LONGEST_AHEAD
from consent_service.retention.states import RunState, Verdict
from consent_service.storage.schedule import MOST_RULES
from consent_service.storage.states import SCHEDULED_STARTS, StorageAction, StorageOrigin, StorageStart

CODE = r"[a-z][a-z0-9_]{0,39}"
PERIOD = r"[1-9][0-9]{0,4}(d|wd|m|y)"
TOLD = ("purpose", "agreement")


def _code() -> Text:
    return Text(
        required=True,
        max_length=40,
        validate=validate.Regexp(rf"^{CODE}$", error="Write small letters, digits and underscores."),
    )


class BasisIn(Schema):
    """On what a rule rests, in three languages; with ``required_by_law`` it names the act and the article."""

    kk = Reference(required=True, max_length=300)
    ru = Reference(required=True, max_length=300)
    en = Reference(required=True, max_length=300)


class ScheduleRuleIn(Schema):
    """One rule of the schedule."""

    code = _code()
    document = Text(required=True, max_length=63)
    purposes = fields.List(Text(max_length=64), load_default=list, validate=validate.Length(max=50))
    start = OneOf(sorted(SCHEDULED_STARTS), required=True)
    period = Text(
        required=True,
        max_length=7,
        validate=validate.Regexp(rf"^{PERIOD}$", error="Write an amount and d, wd, m or y, such as 10d or 3y."),
    )
    action = OneOf(StorageAction, required=True)
    basis = fields.Nested(BasisIn, required=True)
    required_by_law = Flag(load_default=False)


class ScheduleIn(Schema):
    """The whole schedule, and the day from which it is valid; today where that is left out."""

    valid_from = fields.Date()
    rules = fields.List(fields.Nested(ScheduleRuleIn), required=True, validate=validate.Length(max=MOST_RULES))


class ScheduleRuleOut(Schema):
    """One rule of the schedule."""

    code = fields.String(required=True)
    document = fields.String(required=True)
    purposes = fields.List(fields.String(), required=True)
    start = OneOf(StorageStart, required=True)
    period = fields.String(required=True)
    action = OneOf(StorageAction, required=True)
    basis = fields.Nested(WordsOut, required=True)
    required_by_law = Flag(required=True)


class EditionOut(Schema):
    """One edition of the schedule."""

    number = fields.Integer(required=True)
    valid_from = fields.Date(required=True)
    rules = fields.List(fields.Nested(ScheduleRuleOut), required=True)
    set_by = fields.String(required=True)
    set_at = Instant(required=True)


class ScheduleOut(Schema):
    """All editions, and the number of the one that is valid today; 0 where there is none."""

    valid = fields.Integer(required=True)
    editions = fields.List(fields.Nested(EditionOut), required=True)


class StorageRuleOut(Schema):
    """From an event on data are kept, and then something is done: the number that is shown and that the job acts on."""

    code = fields.String(required=True)
    start = OneOf(StorageStart, required=True)
    kept_for = fields.String(required=True, allow_none=True)
    action = OneOf(StorageAction, required=True)
    within = fields.String(required=True)
    origin = OneOf(StorageOrigin, required=True)
    clause = fields.List(fields.String(), required=True)
    source = fields.Nested(WordsOut, required=True)
    settled = Flag(required=True)
    gap = Flag(required=True)
    purposes = fields.List(fields.String(), required=True)
    says = fields.Nested(WordsOut, required=True)


class OuterLimitOut(Schema):
    """A day after which nothing is kept; no reason to keep until then."""

    start = OneOf(StorageStart, required=True)
    period = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)
    source = fields.Nested(WordsOut, required=True)
    says = fields.Nested(WordsOut, required=True)


class UnboundedOut(Schema):
    """What a document prints in place of a length."""

    says = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)


class StorageOut(Schema):
    """How long data are kept under a version."""

    rules = fields.List(fields.Nested(StorageRuleOut), required=True)
    outer_limits = fields.List(fields.Nested(OuterLimitOut), required=True)
    unbounded = fields.List(fields.Nested(UnboundedOut), required=True)


class EndedIn(Schema):
    """What has ended for one person: an agreement, or purposes of a document (all of them where none is named)."""

    what = OneOf(TOLD, required=True)
    document = Text(required=True, max_length=130)
    purposes = fields.List(Text(max_length=64), load_default=list, validate=validate.Length(max=50))
    at = Instant()


class DecisionOut(Schema):
    """What is decided about the data of a person under one document."""

    document = fields.String(required=True)
    verdict = OneOf(Verdict, required=True)
    action = OneOf(StorageAction, required=True, allow_none=True)
    acts_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    held_by = fields.List(fields.String(), required=True)
    reason = fields.Nested(WordsOut, required=True)


class EndedOut(Schema):
    """What follows from what was told."""

    decisions = fields.List(fields.Nested(DecisionOut), required=True)


class ReachedIn(Schema):
    """A purpose that is reached for everybody, such as a contest that is over."""

    purpose = Text(required=True, max_length=200)
    at = Instant()


class ReachedOut(Schema):
    """The purpose that was told of."""

    purpose = fields.String(required=True)
    at = Instant(required=True)


class PreviewQuery(Schema):
    """How many days ahead to look."""

    days = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_AHEAD))


class LineOut(DecisionOut):
    """What is decided about one person; ``person`` is the pseudonym."""

    person = fields.UUID(required=True, attribute="subject_id")


class RuleCountOut(Schema):
    """How many people a rule concerns."""

    document = fields.String(required=True)
    rule = fields.String(required=True)
    action = OneOf(StorageAction, required=True)
    clause = fields.List(fields.String(), required=True)
    source = fields.Nested(WordsOut, required=True)
    now = fields.Integer(required=True)
    later = fields.Integer(required=True)
    held = fields.Integer(required=True)


class DayCountOut(Schema):
    """How many people go from a day on."""

    on = fields.Date(required=True)
    people = fields.Integer(required=True)


class PreviewOut(Schema):
    """What a run would do; ``lines`` are the first hundred."""

    on = fields.Date(required=True)
    until = fields.Date(required=True)
    people = fields.Integer(required=True)
    held = fields.Integer(required=True)
    blocked = fields.Integer(required=True)
    rules = fields.List(fields.Nested(RuleCountOut), required=True)
    days = fields.List(fields.Nested(DayCountOut), required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)


class RunOut(Schema):
    """A run with its progress."""

    id = fields.UUID(required=True)
    on = fields.Date(required=True, attribute="on_day")
    state = OneOf(RunState, required=True)
    people = fields.Integer(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    counts = fields.Dict(required=True)
    opened_by = fields.String(required=True)
    opened_at = Instant(required=True)
    ordered_at = Instant(required=True, allow_none=True)
    done_at = Instant(required=True, allow_none=True)
    looked_at = fields.Integer(required=True)
    ordered = fields.Integer(required=True)
    held = fields.Integer(required=True)
    done = fields.Integer(required=True)
    orders = fields.Dict(keys=OneOf(OrderState), values=fields.Integer(), required=True)
    ends_at = Instant(required=True, allow_none=True)


class RunsOut(Schema):
    """The latest runs."""

    items = fields.List(fields.Nested(RunOut), required=True)
