"""Shapes of what browsers ask and say, and of the same said by a site's server."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Flag, Instant, OneOf, Text
from consent_service.api.v1.schemas import LANGUAGES
from consent_service.forms.rules import MOST_BOXES, BoxKind
from consent_service.policies.states import TextKind

MOST_BOX_NAME = 130
MOST_KNOWN_NAME = 127
_KNOWN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}@[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z"
_SHA256 = 64
_BOXES = validate.Length(min=1, max=MOST_BOXES)


class ShownQuery(Schema):
    """In which language; the answer says in which it is.

    ``since``: ``document@version`` for each document that the person answered to before.  What names no version that
    was in force is passed over.
    """

    lang = OneOf(LANGUAGES, load_default="kk")
    since = fields.List(
        Text(max_length=MOST_KNOWN_NAME, validate=validate.Regexp(_KNOWN, error="Write document@version.")),
        load_default=list,
        validate=validate.Length(max=MOST_BOXES),
        metadata={"several": True},
    )


class SinceOut(Schema):
    """What changed since a version, in words to show before the whole text, and where both stand side by side."""

    version = fields.String(required=True)
    asks_again = Flag(required=True)
    title = fields.String(required=True)
    lines = fields.List(fields.String(), required=True)
    url = fields.String(required=True)
    link = fields.String(required=True)


class ShownDocumentOut(Schema):
    """A document to link to, exactly this version."""

    document = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    text_kind = OneOf(TextKind, required=True)
    url = fields.String(required=True)
    since = fields.Nested(SinceOut, required=True, allow_none=True)


class ShownBoxOut(Schema):
    """A box with the words beside it."""

    box = fields.String(required=True)
    document = fields.String(required=True)
    purpose = fields.String(required=True, allow_none=True)
    kind = OneOf(BoxKind, required=True)
    required = Flag(required=True)
    label = fields.String(required=True)


class ShownFormOut(Schema):
    """What a page shows."""

    site_key = fields.String(required=True)
    form = fields.String(required=True)
    edition = fields.Integer(required=True)
    language = OneOf(LANGUAGES, required=True)
    operator = fields.String(required=True)
    documents = fields.List(fields.Nested(ShownDocumentOut), required=True)
    boxes = fields.List(fields.Nested(ShownBoxOut), required=True)
    words = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class DisplayedDocumentIn(Schema):
    """A document as it was displayed."""

    document = Text(required=True, max_length=63)
    version = Text(required=True, max_length=64)
    sha256 = Text(required=True, min_length=_SHA256, max_length=_SHA256)
    since = Text(max_length=63)


class DisplayedIn(Schema):
    """What was displayed, and the answer to every box, ticked or not."""

    form = Text(required=True, max_length=63)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 2))
    language = OneOf(LANGUAGES, required=True)
    documents = fields.List(fields.Nested(DisplayedDocumentIn), required=True, validate=_BOXES)
    answers = fields.Dict(keys=Text(max_length=MOST_BOX_NAME), values=Flag(), required=True, validate=_BOXES)


class IntentIn(DisplayedIn):
    """What a browser says: no name, no address of anybody."""

    nonce = Text(required=True, min_length=16, max_length=64)
    page = Text(max_length=500)
    script = Text(max_length=20)


class IntentOut(Schema):
    """A token for one use."""

    token = fields.String(required=True)
    expires_at = Instant(required=True)
    expires_in = fields.Integer(required=True)
