"""Shapes of the operator, its documents, and searching."""

from marshmallow import Schema, fields

from consent_service.api.fields import Flag, Instant, InstantOrDay, OneOf, Text
from consent_service.api.v1.retention_schema import StorageOut
from consent_service.api.v1.schemas import LANGUAGES, WordsOut
from consent_service.policies.states import TextKind, VersionState


class FormNameOut(Schema):
    """A form of a site, and the documents that it is about."""

    form = fields.String(required=True)
    documents = fields.List(fields.String(), required=True)


class SiteOut(Schema):
    """A site of the operator."""

    site_key = fields.String(required=True)
    origin = fields.String(required=True)
    further_origins = fields.List(fields.String(), required=True)
    forms = fields.List(fields.Nested(FormNameOut), required=True)


class OperatorOut(Schema):
    """The operator of a key."""

    slug = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True)
    identifier_kind = fields.String(required=True)
    identifier = fields.String(required=True, allow_none=True)
    country = fields.String(required=True)
    place = fields.Dict(required=True)
    contacts = fields.Dict(required=True)
    sites = fields.List(fields.Nested(SiteOut), required=True)


class AtQuery(Schema):
    """As at which instant or Almaty date; now where it is left out."""

    at = InstantOrDay()


class DocumentOut(Schema):
    """A document as it stands."""

    slug = fields.String(required=True)
    title = fields.Nested(WordsOut, required=True)
    kind = fields.String(required=True, allow_none=True)
    state = OneOf(VersionState, required=True)
    version = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    sha256 = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    text_kind = fields.Dict(keys=fields.String(), values=OneOf(TextKind), required=True)


class DocumentsOut(Schema):
    """The documents of an operator."""

    items = fields.List(fields.Nested(DocumentOut), required=True)


class TextInfoOut(Schema):
    """A text of a version without its words."""

    language = fields.String(required=True)
    sha256 = fields.String(required=True)
    text_kind = OneOf(TextKind, required=True)
    title = fields.String(required=True)


class PurposeOut(Schema):
    """A purpose of a version."""

    code = fields.String(required=True)
    name = fields.Nested(WordsOut, required=True)
    needs_consent = Flag(required=True)
    marketing = Flag(required=True)
    required = Flag(required=True)
    clause = fields.List(fields.String(), required=True)


class VersionOut(Schema):
    """A version with its dates, digests, purposes and rules."""

    operator = fields.String(required=True)
    document = fields.String(required=True)
    version = fields.String(required=True)
    state = OneOf(VersionState, required=True)
    in_force_on = fields.Date(required=True)
    published_at = Instant(required=True, allow_none=True)
    terms_sha256 = fields.String(required=True)
    texts = fields.List(fields.Nested(TextInfoOut), required=True)
    purposes = fields.List(fields.Nested(PurposeOut), required=True)
    rules = fields.Dict(required=True)
    storage = fields.Nested(StorageOut, required=True)


class VersionsOut(Schema):
    """The versions of a document."""

    items = fields.List(fields.Nested(VersionOut), required=True)


class ClauseOut(Schema):
    """One clause under its printed number."""

    number = fields.String(required=True)
    text = fields.String(required=True)
    is_heading = Flag(required=True)


class TextOut(Schema):
    """A text: whose words it is in, its digest, its clauses."""

    language = fields.String(required=True)
    text_kind = OneOf(TextKind, required=True)
    title = fields.String(required=True)
    sha256 = fields.String(required=True)
    clauses = fields.List(fields.Nested(ClauseOut), required=True)


class VersionWithTextOut(VersionOut):
    """A version with its text in one language."""

    text = fields.Nested(TextOut, required=True)


class LanguageQuery(Schema):
    """In which language."""

    lang = OneOf(LANGUAGES, load_default="kk")


class DifferenceQuery(LanguageQuery):
    """Since which version."""

    from_ = Text(required=True, max_length=64, data_key="from")


class ClauseChangeOut(Schema):
    """A clause that was added, removed, changed or moved."""

    kind = fields.String(required=True)
    number = fields.String(required=True)
    old = fields.String(required=True, allow_none=True)
    new = fields.String(required=True, allow_none=True)


class DifferenceOut(Schema):
    """What changed between two versions."""

    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    changes = fields.List(fields.Nested(ClauseChangeOut), required=True)


class SearchIn(Schema):
    """Identifiers to search by; a person must have all that are given."""

    email = Text(max_length=254)
    phone = Text(max_length=40)
    iin = Text(max_length=12, min_length=12)


class FoundOut(Schema):
    """A reference."""

    ref = fields.String(required=True)


class SearchOut(Schema):
    """References of those who were found."""

    items = fields.List(fields.Nested(FoundOut), required=True)
