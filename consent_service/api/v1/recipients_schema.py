"""Shapes of the register of recipients, of transfers and of notices to recipients."""

from typing import Any

from marshmallow import Schema, fields, validate

from consent_service.api.fields import DocumentReference, Flag, Instant, OneOf, Text
from consent_service.api.v1.schemas import LANGUAGES, MAX_PAGE, DutyOut, WordsOut
from consent_service.policies.terms import Stated, Until
from consent_service.recipients.states import Condition, NoticeKind, NoticeState

MOST_CATEGORIES = 100
MOST_PEOPLE = 500
MOST_IN_A_GROUP = 100_000_000


def _names() -> Any:  # Any: marshmallow's list has a type of its own for each version
    return fields.List(Text(max_length=200), validate=validate.Length(max=MOST_CATEGORIES))


class RecipientIn(Schema):
    """A recipient as it is entered; ``purposes`` and ``named_as`` are ``document#code``."""

    name = Text(required=True, max_length=300)
    country = Text(required=True, min_length=2, max_length=2)
    since_on = fields.Date(required=True)
    until_on = fields.Date(allow_none=True)
    bin = Text(min_length=12, max_length=12, allow_none=True)
    data = _names()
    purposes = _names()
    named_as = _names()
    cross_border = Flag()
    condition = OneOf(Condition, allow_none=True)
    publication = Flag()
    contract = Text(max_length=200, allow_none=True)
    contract_on = fields.Date(allow_none=True)
    contact = Text(max_length=254, allow_none=True)


class RecipientChangeIn(RecipientIn):
    """A change of an entry, made from its edition."""

    edition = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))


class RecipientOut(Schema):
    """One edition of an entry; its contact stays sealed."""

    id = fields.UUID(required=True)
    edition = fields.Integer(required=True)
    name = fields.String(required=True)
    country = fields.String(required=True)
    bin = fields.String(required=True, allow_none=True)
    data = fields.List(fields.String(), required=True)
    purposes = fields.List(fields.String(), required=True)
    named_as = fields.List(fields.String(), required=True)
    cross_border = Flag(required=True)
    condition = OneOf(Condition, required=True, allow_none=True)
    publication = Flag(required=True)
    contract = fields.String(required=True, allow_none=True)
    contract_on = fields.Date(required=True, allow_none=True)
    since_on = fields.Date(required=True)
    until_on = fields.Date(required=True, allow_none=True)
    has_contact = Flag(required=True)
    changed_by = fields.String(required=True)
    changed_at = Instant(required=True)


class NamedOut(Schema):
    """A third party as a document in force names it."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    code = fields.String(required=True)
    country = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True)
    clause = fields.List(fields.String(), required=True)
    purposes = fields.List(fields.String(), required=True)
    data = fields.List(fields.String(), required=True)
    cross_border = Flag(required=True)


class DeclaredOut(Schema):
    """What a document in force says on term, third parties, border and publication."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    in_force_on = fields.Date(required=True)
    term = fields.String(required=True, allow_none=True)
    until = OneOf(Until, required=True)
    third_parties = Flag(required=True)
    cross_border = OneOf(Stated, required=True)
    publication = OneOf(Stated, required=True)


class RegisterOut(Schema):
    """The whole register: what was entered, and what the documents say."""

    items = fields.List(fields.Nested(RecipientOut), required=True)
    named = fields.List(fields.Nested(NamedOut), required=True)
    declared = fields.List(fields.Nested(DeclaredOut), required=True)


class EditionsOut(Schema):
    """The editions of an entry, the latest first."""

    items = fields.List(fields.Nested(RecipientOut), required=True)


class PrintQuery(Schema):
    """The language of a print."""

    lang = OneOf(LANGUAGES, load_default="kk")


class LatestQuery(Schema):
    """How many of the latest."""

    limit = fields.Integer(load_default=25, validate=validate.Range(1, MAX_PAGE))


class TransferIn(Schema):
    """A transfer that took place, of people by reference or of a group by its number."""

    transferred_on = fields.Date(required=True)
    data = fields.List(Text(max_length=200), required=True, validate=validate.Length(min=1, max=MOST_CATEGORIES))
    purpose = Text(required=True, max_length=200)
    subjects = fields.List(Text(max_length=128), validate=validate.Length(max=MOST_PEOPLE))
    group_size = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, MOST_IN_A_GROUP))
    notice_agreed = Flag()


class TransferOut(Schema):
    """One transfer, and what is owed for it."""

    id = fields.UUID(required=True)
    recipient_id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    transferred_on = fields.Date(required=True)
    data = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True)
    people = fields.Integer(required=True)
    must_tell = Flag(required=True)
    told_at = Instant(required=True, allow_none=True)
    told_how = fields.String(required=True, allow_none=True)


class TransferDutiesOut(TransferOut):
    """One transfer with its duties."""

    duties = fields.List(fields.Nested(DutyOut), required=True)


class TransfersOut(Schema):
    """The latest transfers."""

    items = fields.List(fields.Nested(TransferOut), required=True)


class ToldIn(Schema):
    """How the people of a transfer were told."""

    how = Text(required=True, max_length=200)


class NoticeOut(Schema):
    """One notice to a recipient, without the person."""

    id = fields.UUID(required=True)
    recipient_id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    kind = OneOf(NoticeKind, required=True)
    purposes = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    state = OneOf(NoticeState, required=True)
    proof = fields.Dict(required=True, allow_none=True)
    sent_at = Instant(required=True, allow_none=True)
    acknowledged_on = fields.Date(required=True, allow_none=True)
    acknowledgement = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)


class NoticesOut(Schema):
    """The latest notices."""

    items = fields.List(fields.Nested(NoticeOut), required=True)


class NoticeSentIn(Schema):
    """What proves that a notice went out by post or by hand."""

    receipt = Text(required=True, max_length=200)


class AcknowledgementIn(Schema):
    """When a recipient answered, and under which number."""

    on = fields.Date(required=True)
    reference = DocumentReference(required=True)
