"""Shapes of webhooks and their deliveries."""

from marshmallow import Schema, fields, validate

from consent_service.api.fields import Instant, OneOf, Text
from consent_service.api.v1.schemas import PageIn
from consent_service.webhooks.states import KINDS, Because, DeliveryState, Kind, WebhookState

MOST_HOURS = 720
LONGEST_ADDRESS = 2000


class WebhookIn(Schema):
    """An address and what it is told of."""

    address = Text(required=True, max_length=LONGEST_ADDRESS)
    events = fields.List(OneOf(KINDS), required=True, validate=validate.Length(1, len(KINDS)))


class WebhookOut(Schema):
    """A webhook with its health; ``owed`` and ``dead`` count deliveries."""

    id = fields.UUID(required=True)
    address = fields.String(required=True)
    events = fields.List(OneOf(KINDS), required=True)
    state = OneOf(WebhookState, required=True)
    because = OneOf(Because, required=True, allow_none=True)
    failing_since = Instant(required=True, allow_none=True)
    previous_secret_until = Instant(required=True, allow_none=True)
    owed = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    created_at = Instant(required=True)
    changed_at = Instant(required=True)


class WebhooksOut(Schema):
    """All webhooks of the operator."""

    items = fields.List(fields.Nested(WebhookOut), required=True)


class SecretOut(Schema):
    """A secret; it is shown this once."""

    id = fields.UUID(required=True)
    secret = fields.String(required=True)


class SecretIn(Schema):
    """For how many hours the secret before signs too."""

    overlap_hours = fields.Integer(load_default=24, strict=True, validate=validate.Range(0, MOST_HOURS))


class AttemptOut(Schema):
    """One try: the status that came back, or the kind of trouble; neither while it is under way."""

    number = fields.Integer(required=True)
    at = Instant(required=True)
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)


class DeliveryOut(Schema):
    """One event on its way; its id is the ``webhook-id`` of every try."""

    id = fields.UUID(required=True)
    event = OneOf(Kind, required=True)
    state = OneOf(DeliveryState, required=True)
    occurred_at = Instant(required=True)
    created_at = Instant(required=True)
    next_try_at = Instant(required=True, allow_none=True)
    settled_at = Instant(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptOut), required=True)


class DeliveriesQuery(PageIn):
    """Which deliveries."""

    state = OneOf(DeliveryState)


class DeliveriesOut(Schema):
    """A page of deliveries."""

    items = fields.List(fields.Nested(DeliveryOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReplayedOut(Schema):
    """How many deliveries are sent again."""

    replayed = fields.Integer(required=True)
