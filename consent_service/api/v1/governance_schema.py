"""Shapes of the registers that an inspection asks for."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import DocumentReference, Flag, Instant, OneOf, Text
from consent_service.api.v1.schemas import LANGUAGES, WordsOut
from consent_service.governance.states import EntryKind, SizeClass
from consent_service.policies.terms import DataKind


class EntryIn(Schema):
    """An entry; persons and words are kept sealed."""

    kind = OneOf(EntryKind, required=True)
    done_on = fields.Date(required=True)
    reference = DocumentReference(allow_none=True)
    until_on = fields.Date(allow_none=True)
    review_on = fields.Date(allow_none=True)
    persons = Text(max_length=4000, allow_none=True)
    words = Text(max_length=4000, allow_none=True)


class EntryChangeIn(EntryIn):
    """A change of an entry, made from its edition."""

    edition = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))


class EntryOut(Schema):
    """One edition of an entry."""

    id = fields.UUID(required=True)
    edition = fields.Integer(required=True)
    kind = OneOf(EntryKind, required=True)
    done_on = fields.Date(required=True)
    reference = fields.String(required=True, allow_none=True)
    until_on = fields.Date(required=True, allow_none=True)
    review_on = fields.Date(required=True, allow_none=True)
    persons = fields.String(required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    changed_by = fields.String(required=True)
    changed_at = Instant(required=True)


class EntriesQuery(Schema):
    """Entries of one kind, or of all."""

    kind = OneOf(EntryKind)


class EntriesOut(Schema):
    """Entries, or the editions of one, the latest first."""

    items = fields.List(fields.Nested(EntryOut), required=True)


class DataLineOut(Schema):
    """One category of data as a document in force names it."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    code = fields.String(required=True)
    kind = OneOf(DataKind, required=True)
    name = fields.Nested(WordsOut, required=True)
    clause = fields.List(fields.String(), required=True)
    purposes = fields.List(fields.String(), required=True)
    restricted = Flag(required=True, attribute="is_restricted")


class DataListOut(Schema):
    """The list of data."""

    items = fields.List(fields.Nested(DataLineOut), required=True)


class SizeOut(Schema):
    """The size class and what it was computed from."""

    people = fields.Integer(required=True)
    by_number = OneOf(SizeClass, required=True)
    size = OneOf(SizeClass, required=True)
    restricted = fields.List(fields.Nested(DataLineOut), required=True)
    must_notify = Flag(required=True)
    notified_on = fields.Date(required=True, allow_none=True)
    stopped_on = fields.Date(required=True, allow_none=True)


class InspectionQuery(Schema):
    """The language of the inspection file."""

    lang = OneOf(LANGUAGES, load_default="kk")
