"""Shapes of the register of outgoing letters."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import DocumentReference, Instant, OneOf, Text
from consent_service.api.v1.schemas import LANGUAGES, MAX_PAGE
from consent_service.letters.states import LetterChannel, LetterKind, LetterState


class LetterOut(Schema):
    """One line of the register; its words are in the PDF."""

    id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    number = fields.Integer(required=True)
    kind = OneOf(LetterKind, required=True)
    case_kind = fields.String(required=True)
    case_id = fields.UUID(required=True)
    languages = fields.List(fields.String(), required=True)
    written_on = fields.Date(required=True)
    channel = OneOf(LetterChannel, required=True)
    state = OneOf(LetterState, required=True)
    proof = fields.Dict(required=True, allow_none=True)
    sent_at = Instant(required=True, allow_none=True)


class LettersQuery(Schema):
    """Which page of the register."""

    limit = fields.Integer(load_default=25, validate=validate.Range(1, MAX_PAGE))
    cursor = Text(max_length=40)


class LettersOut(Schema):
    """A page of the register."""

    items = fields.List(fields.Nested(LetterOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class LetterPdfQuery(Schema):
    """The language of the copy."""

    lang = OneOf(LANGUAGES, load_default="kk")


class DispatchIn(Schema):
    """What proves that the letter went out: the number of a postal receipt, who took it by hand."""

    receipt = DocumentReference(required=True)
