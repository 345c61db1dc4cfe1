"""Shapes of requests that people make."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import DocumentReference, Instant, OneOf, Text
from consent_service.api.v1.letters_schema import LetterOut
from consent_service.api.v1.schemas import LANGUAGES, MAX_PAGE, DutyOut, ErasureOut, IdentifiersIn
from consent_service.api.v1.withdrawals_schema import ClockEntryOut, RuleOut
from consent_service.letters.states import LetterChannel
from consent_service.subject_requests.messages import Direction
from consent_service.subject_requests.states import (
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
    Violation,
)


class RequestIn(Schema):
    """A request: by the operator's reference, which vouches for the person, or by identifiers, which do not."""

    type = OneOf(RequestType, required=True)
    document = Text(max_length=130)
    subject = Text(max_length=128)
    identifiers = fields.Nested(IdentifiersIn)
    channel = OneOf(RequestChannel, required=True)
    received_at = Instant()
    language = OneOf(LANGUAGES, load_default="kk")
    text = Text(max_length=10000)


class VerifyIn(Schema):
    """How it is made sure who asks; a method with a code and without one sends a code."""

    method = OneOf(IdentityMethod, required=True)
    code = Text(max_length=12)


class AnswerIn(Schema):
    """Words beside the template (kept sealed), and how the letter goes out."""

    text = Text(max_length=10000)
    channel = OneOf(LetterChannel)


class RequestRefusalIn(Schema):
    """The article that the refusal rests on, the reasons for the person (kept sealed), how the letter goes out."""

    reference = DocumentReference(required=True)
    reason = Text(required=True, max_length=5000)
    channel = OneOf(LetterChannel)


class RequestLineOut(Schema):
    """A line of the list of requests."""

    id = fields.UUID(required=True)
    type = OneOf(RequestType, required=True)
    state = OneOf(RequestState, required=True)
    channel = OneOf(RequestChannel, required=True)
    received_on = fields.Date(required=True)
    decided_at = Instant(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)


class RequestsQuery(Schema):
    """Which requests."""

    state = OneOf(RequestState)
    limit = fields.Integer(load_default=25, validate=validate.Range(1, MAX_PAGE))
    cursor = Text(max_length=200)


class RequestsOut(Schema):
    """A page of requests."""

    items = fields.List(fields.Nested(RequestLineOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RequestOut(Schema):
    """A request with its duties, letters and clock log."""

    id = fields.UUID(required=True)
    type = OneOf(RequestType, required=True)
    document = fields.String(required=True, allow_none=True)
    channel = OneOf(RequestChannel, required=True)
    state = OneOf(RequestState, required=True)
    language = fields.String(required=True)
    received_at = Instant(required=True)
    received_on = fields.Date(required=True)
    acting = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    purposes = fields.List(fields.String(), required=True, allow_none=True)
    linked_to = fields.UUID(required=True, allow_none=True)
    identity = OneOf(IdentityMethod, required=True, allow_none=True)
    identified_at = Instant(required=True, allow_none=True)
    violation = OneOf(Violation, required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    rules = fields.List(fields.Nested(RuleOut), required=True)
    duties = fields.List(fields.Nested(DutyOut), required=True)
    erasure = fields.Nested(ErasureOut, required=True, allow_none=True)
    letters = fields.List(fields.Nested(LetterOut), required=True)
    clock_log = fields.List(fields.Nested(ClockEntryOut), required=True)


class FileOut(Schema):
    """A file that came with a request, without its content and its name, which may be somebody's."""

    id = fields.UUID(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    created_at = Instant(required=True)


class FilesOut(Schema):
    """The files of a request, in order."""

    items = fields.List(fields.Nested(FileOut), required=True)


class MessageIn(Schema):
    """Words to the person, which go out as a letter, or words from them; kept sealed."""

    direction = OneOf(Direction, required=True)
    text = Text(required=True, max_length=10000)


class MessageOut(Schema):
    """One message."""

    at = Instant(required=True)
    direction = OneOf(Direction, required=True)
    text = fields.String(required=True)
    letter_id = fields.UUID(required=True, allow_none=True)


class MessagesOut(Schema):
    """What was written about a request, the earliest first."""

    items = fields.List(fields.Nested(MessageOut), required=True)
