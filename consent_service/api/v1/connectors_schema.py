"""Shapes of connectors."""

from marshmallow import Schema, fields

from consent_service.api.fields import Instant, OneOf
from consent_service.connectors.states import Kind


class DoneThereOut(Schema):
    """What becomes of a person's rows in a table, or of a category."""

    of = fields.String(required=True)
    rows = fields.String(required=True)


class ConnectorOut(Schema):
    """A target; of its credential nothing is told."""

    name = fields.String(required=True)
    kind = OneOf(Kind, required=True)
    dialect = fields.String(required=True, allow_none=True)
    does = fields.List(fields.Nested(DoneThereOut), required=True)
    fingerprint = fields.String(required=True, allow_none=True)
    checked_at = Instant(required=True)


class ConnectorsOut(Schema):
    """The targets of an operator in the order of its file."""

    items = fields.List(fields.Nested(ConnectorOut), required=True)
