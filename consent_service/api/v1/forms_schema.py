"""Shapes of sites, forms and their counts, as an operator's own systems see them."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Flag, Instant, OneOf, Text
from consent_service.api.v1.documents_schema import SiteOut
from consent_service.forms.rules import MOST_BOXES, BoxKind
from consent_service.operators.sites import MOST_ORIGINS


class SiteIn(Schema):
    """A site by its main origin; what is left out of the further ones may not come with its key any more."""

    origin = Text(required=True, max_length=300)
    further_origins = fields.List(Text(max_length=300), load_default=list, validate=validate.Length(max=MOST_ORIGINS))


class SitesOut(Schema):
    """The operator's sites."""

    items = fields.List(fields.Nested(SiteOut), required=True)


class BoxIn(Schema):
    """A box: a purpose of a document to consent to, or a document to have read."""

    document = Text(required=True, max_length=130)
    purpose = Text(max_length=64, load_default=None)
    kind = OneOf(BoxKind, load_default=BoxKind.CONSENT)
    required = Flag(load_default=False)


class BoxOut(Schema):
    """A box, and how it is called in answers."""

    box = fields.String(required=True, attribute="id")
    document = fields.String(required=True)
    purpose = fields.String(required=True, allow_none=True)
    kind = OneOf(BoxKind, required=True)
    required = Flag(required=True)


class FormIn(Schema):
    """What a form of a site asks; other boxes than before make a new edition."""

    site_key = Text(required=True, max_length=64)
    form = Text(required=True, max_length=63)
    boxes = fields.List(fields.Nested(BoxIn), required=True, validate=validate.Length(min=1, max=MOST_BOXES))


class FormOut(Schema):
    """A form in its edition of now."""

    site_key = fields.String(required=True)
    form = fields.String(required=True)
    edition = fields.Integer(required=True)
    made_at = Instant(required=True)
    boxes = fields.List(fields.Nested(BoxOut), required=True)


class FormsOut(Schema):
    """The operator's forms."""

    items = fields.List(fields.Nested(FormOut), required=True)


class CountsQuery(Schema):
    """From which Almaty day on; thirty days where it is left out."""

    from_ = fields.Date(data_key="from")


class CountOut(Schema):
    """One form: seen, answered, sent with a token, sent without one and what part that is."""

    site_key = fields.String(required=True, attribute="form.site_key")
    form = fields.String(required=True, attribute="form.form")
    shown = fields.Integer(required=True)
    ticked = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    unsigned = fields.Integer(required=True)
    unsigned_percent = fields.Integer(required=True, allow_none=True)
    last_at = Instant(required=True, allow_none=True)


class CountsOut(Schema):
    """The operator's forms with their counts."""

    from_ = fields.Date(required=True, data_key="from", attribute="from")
    items = fields.List(fields.Nested(CountOut), required=True)
