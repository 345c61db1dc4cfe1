"""Shapes of consents and permissions."""

from marshmallow import Schema, ValidationError, fields, validate, validates

from consent_service.api.fields import Flag, Instant, OneOf, Text
from consent_service.api.v1.browsers_schema import DisplayedIn
from consent_service.api.v1.schemas import LANGUAGES, PageIn, SubjectIn
from consent_service.consents.states import Act, Channel, ConsentState, EvidenceGrade
from consent_service.forms.tokens import MOST_CHARACTERS
from consent_service.policies.states import TextKind

MAX_PURPOSES = 100
MAX_EVIDENCE = 20


class ChoiceIn(Schema):
    """The answer to one purpose, ticked or not."""

    purpose = Text(required=True, max_length=200)
    granted = Flag(required=True)


class DeclarationsIn(Schema):
    """What the person declared."""

    adult = Flag()
    stateless = Flag()
    other_programme = Flag()


class RepresentativeIn(Schema):
    """Who acted for the person, in what role, on what basis; kept sealed."""

    name = Text(required=True, max_length=300)
    role = OneOf(("parent", "guardian", "attorney", "other"), required=True)
    basis = Text(required=True, max_length=500)


class ConsentIn(Schema):
    """A person's answers to one version of one document."""

    document = Text(required=True, max_length=130)
    version = Text(max_length=64)
    subject = fields.Nested(SubjectIn, required=True)
    language = OneOf(LANGUAGES, required=True)
    choices = fields.List(fields.Nested(ChoiceIn), required=True, validate=validate.Length(min=1, max=MAX_PURPOSES))
    channel = OneOf(Channel, required=True)
    given_at = Instant()
    act = OneOf(Act)
    declarations = fields.Nested(DeclarationsIn)
    representative = fields.Nested(RepresentativeIn)
    evidence = fields.Dict(keys=Text(max_length=64), values=Text(max_length=2000))

    @validates("evidence")
    def _few(self, value: dict[str, str], data_key: str) -> None:
        if len(value) > MAX_EVIDENCE:
            raise ValidationError(f"{data_key}: send at most {MAX_EVIDENCE} entries.")


class OfFormIn(Schema):
    """What a site's server says of a form that it received.

    ``received_at``: when, where the form waited since; at most 72 hours ago.
    """

    subject = fields.Nested(SubjectIn, required=True)
    received_at = Instant()
    declarations = fields.Nested(DeclarationsIn)


class TokenIn(OfFormIn):
    """The value of the field, confirmed once; ``site_key`` and ``form`` where another must be refused."""

    token = Text(required=True, max_length=MOST_CHARACTERS)
    site_key = Text(max_length=64)
    form = Text(max_length=63)


class SiteDisplayedIn(DisplayedIn):
    """What a site's form displayed and what was ticked."""

    site_key = Text(required=True, max_length=64)


class DisplayedFormIn(OfFormIn):
    """A form that came without a token: recorded on the word of the site's server."""

    displayed = fields.Nested(SiteDisplayedIn, required=True)


class ChoiceOut(Schema):
    """The answer to one purpose and where it stands."""

    purpose = fields.String(required=True)
    granted = Flag(required=True)
    state = OneOf(ConsentState, required=True)
    expires_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)


class ReceiptLink(Schema):
    """Where the receipt is, and its signed form."""

    url = fields.String(required=True)
    jwt = fields.String(required=True, allow_none=True)  # null in lists: read the one consent


class CameByOut(Schema):
    """The form by which it came; ``is_superseded``: a newer text came into force between display and sending."""

    site_key = fields.String(required=True)
    form = fields.String(required=True)
    edition = fields.Integer(required=True)
    is_superseded = Flag(required=True)


class ConsentOut(Schema):
    """One record of consent."""

    id = fields.UUID(required=True)
    state = OneOf(ConsentState, required=True)
    evidence_grade = OneOf(EvidenceGrade, required=True)
    document = fields.String(required=True)
    version = fields.String(required=True)
    text_sha256 = fields.String(required=True)
    text_kind = OneOf(TextKind, required=True)
    language = fields.String(required=True)
    choices = fields.List(fields.Nested(ChoiceOut), required=True)
    act = OneOf(Act, required=True)
    channel = OneOf(Channel, required=True)
    declarations = fields.Dict(keys=fields.String(), values=Flag(), required=True)
    given_at = Instant(required=True)
    recorded_at = Instant(required=True)
    expires_on = fields.Date(required=True, allow_none=True)
    form = fields.Nested(CameByOut, required=True, allow_none=True)
    receipt = fields.Nested(ReceiptLink, required=True)


class InformedOut(Schema):
    """A document that was shown to be read."""

    document = fields.String(required=True)
    version = fields.String(required=True)
    text_sha256 = fields.String(required=True)
    ticked = Flag(required=True)


class RecordedOut(ConsentOut):
    """What was recorded; where a form was about several documents, ``further`` has the consents to the others."""

    further = fields.List(fields.Nested(ConsentOut))
    informed = fields.List(fields.Nested(InformedOut))


class ConsentPage(Schema):
    """A page of consents."""

    items = fields.List(fields.Nested(ConsentOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ConsentsQuery(PageIn):
    """Which consents to list."""

    subject = Text(max_length=128)
    purpose = Text(max_length=200)
    document = Text(max_length=130)
    state = OneOf(ConsentState)
    from_ = Instant(data_key="from")
    to = Instant()


class ReasonIn(Schema):
    """A reason, kept sealed."""

    reason = Text(max_length=2000)


class PermissionsQuery(Schema):
    """Whose permission for which purposes (repeat ``purpose`` for several)."""

    subject = Text(required=True, max_length=128)
    purpose = fields.List(
        Text(max_length=200),
        required=True,
        validate=validate.Length(min=1, max=MAX_PURPOSES),
        metadata={"several": True},
    )


class PermissionOut(Schema):
    """The answer for one purpose."""

    purpose = fields.String(required=True)
    allowed = Flag(required=True)
    state = fields.String(required=True)
    consent_id = fields.UUID(required=True, allow_none=True)
    document = fields.String(required=True)
    version = fields.String(required=True, allow_none=True)
    since = Instant(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    reason = fields.String(required=True)
    withdrawn_parts = fields.List(fields.String(), required=True)


class PermissionsOut(Schema):
    """The answers, in the order asked."""

    items = fields.List(fields.Nested(PermissionOut), required=True)
