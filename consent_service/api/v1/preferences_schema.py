"""Shapes of links to people's own pages."""

from marshmallow import Schema, fields

from consent_service.api.fields import Instant, Text


class PreferenceLinkIn(Schema):
    """Whose page: the operator's own reference of a person who is signed in at the site."""

    subject = Text(required=True, max_length=128)


class PreferenceLinkOut(Schema):
    """The address, which is shown once and opens the page until ``expires_at``; keep it nowhere."""

    url = fields.String(required=True)
    expires_at = Instant(required=True)
