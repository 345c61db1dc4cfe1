"""Shapes of changes of documents, people's standing towards them, notices and objections."""

from marshmallow import Schema, fields

from consent_service.api.fields import DocumentReference, Instant, OneOf, Text
from consent_service.policies.states import VersionState
from consent_service.policies.terms import AppliesTo, Binds
from consent_service.standings.rules import NewKind
from consent_service.standings.states import Effect, How, NoticeOutcome, StandingState
from consent_service.withdrawals.states import WithdrawalChannel


class NewOut(Schema):
    """Something new that only a fresh consent allows, and the clauses of the new version that bring it."""

    kind = OneOf(NewKind, required=True)
    code = fields.String(required=True)
    clause = fields.List(fields.String(), required=True)
    kk = fields.String(required=True)
    ru = fields.String(required=True)
    en = fields.String(required=True)


class ChangeStandingOut(Schema):
    """Where the person stands towards one version."""

    version = fields.String(required=True)
    in_force_on = fields.Date(required=True)
    state = OneOf(StandingState, required=True)
    how = OneOf(How, required=True, allow_none=True)
    clause = fields.List(fields.String(), required=True)
    notified_at = Instant(required=True, allow_none=True)
    binds_at = Instant(required=True, allow_none=True)
    accepted_at = Instant(required=True, allow_none=True)
    act = OneOf(("sign_in", "use"), required=True, allow_none=True)
    objected_at = Instant(required=True, allow_none=True)
    withdrawal_id = fields.UUID(required=True, allow_none=True)
    asked_for = fields.List(fields.Nested(NewOut), required=True)


class DocumentStandingOut(Schema):
    """The version that binds the person, how it came to, and the changes since."""

    document = fields.String(required=True)
    version = fields.String(required=True, allow_none=True)
    how = OneOf(How, required=True, allow_none=True)
    accepted_at = Instant(required=True, allow_none=True)
    act = OneOf(("sign_in", "use"), required=True, allow_none=True)
    changes = fields.List(fields.Nested(ChangeStandingOut), required=True)


class StandingsOut(Schema):
    """One line a document."""

    items = fields.List(fields.Nested(DocumentStandingOut), required=True)


class ObjectionIn(Schema):
    """An objection to a version, as the operator received it; ``text`` is kept sealed."""

    subject = Text(required=True, max_length=128)
    document = Text(required=True, max_length=130)
    version = Text(required=True, max_length=63)
    channel = OneOf(WithdrawalChannel, load_default=WithdrawalChannel.EMAIL)
    received_at = Instant()
    text = Text(max_length=10000)


class ObjectionOut(Schema):
    """What the objection led to, by which clause."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    effect = OneOf(Effect, required=True)
    clause = fields.List(fields.String(), required=True)
    received_at = Instant(required=True)
    withdrawal_id = fields.UUID(required=True, allow_none=True)


class NoticeIn(Schema):
    """Somebody told the person another way, or the notice came back; ``reference`` says what proves it."""

    subject = Text(required=True, max_length=128)
    outcome = OneOf(NoticeOutcome, required=True)
    at = Instant()
    reference = DocumentReference(required=True)


class ChangeQuery(Schema):
    """For a draft: the day in force and the kind of change to be tried."""

    in_force_on = fields.Date()
    change = OneOf(AppliesTo)


class GroupOut(Schema):
    """People bound by one version, and what the new one brings them."""

    base = fields.String(required=True)
    people = fields.Integer(required=True)
    without_address = fields.Integer(required=True)
    state = OneOf(StandingState, required=True)
    binds = OneOf(Binds, required=True, allow_none=True)
    clause = fields.List(fields.String(), required=True)
    binds_at = Instant(required=True, allow_none=True)
    earliest_on = fields.Date(required=True, allow_none=True)
    asked_for = fields.List(fields.Nested(NewOut), required=True)


class ChangeOut(Schema):
    """What a version brings to whom; once it is published, how many people stand where."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    state = OneOf(VersionState, required=True)
    change = OneOf(AppliesTo, required=True, allow_none=True)
    posted_at = Instant(required=True, allow_none=True)
    in_force_on = fields.Date(required=True)
    groups = fields.List(fields.Nested(GroupOut), required=True)
    standings = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
