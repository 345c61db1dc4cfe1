"""Webhooks: naming addresses, their secrets, their deliveries, sending again."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.webhooks_schema import (
    DeliveriesOut,
    DeliveriesQuery,
    DeliveryOut,
    ReplayedOut,
    SecretIn,
    SecretOut,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services
from consent_service.webhooks.queries import (
    DeliveryView,
    WebhookView,
    delivery_view,
    list_deliveries,
    list_webhooks,
    webhook_view,
)
from consent_service.webhooks.replaying import replay, replay_dead
from consent_service.webhooks.service import disable, enable, rotate_secret, send_test, subscribe

bp = Blueprint("webhooks", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(bp, "GET", "/webhooks", summary="List webhooks with their health.", answer=WebhooksOut())
def list_all(uow: UnitOfWork) -> Fields:
    """List webhooks."""
    return {"items": list_webhooks(uow)}


@endpoint(
    bp,
    "POST",
    "/webhooks",
    summary="Name an address and the events that it is told of; its secret is shown this once.",
    status=HTTPStatus.CREATED,
    body=WebhookIn(),
    answer=SecretOut(),
    problems=(409,),
)
def create_webhook(uow: UnitOfWork, body: Fields) -> Fields:
    """Name an address."""
    webhook_id, secret = subscribe(uow, services().outbound, body["address"], body["events"])
    return {"id": webhook_id, "secret": secret}


@endpoint(
    bp,
    "GET",
    "/webhooks/<uuid:webhook_id>",
    summary="Read a webhook.",
    answer=WebhookOut(),
    problems=(404,),
)
def get_webhook(uow: UnitOfWork, webhook_id: UUID) -> WebhookView:
    """Read one webhook."""
    return webhook_view(uow, webhook_id)


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/secret",
    summary="Make a new secret, shown this once; for some hours the one before signs too.",
    status=HTTPStatus.CREATED,
    body=SecretIn(),
    answer=SecretOut(),
    problems=(404,),
)
def rotate(uow: UnitOfWork, webhook_id: UUID, body: Fields) -> Fields:
    """Rotate the secret."""
    secret = rotate_secret(uow, webhook_id, timedelta(hours=body["overlap_hours"]))
    return {"id": webhook_id, "secret": secret}


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/disable",
    summary="Tell an address of nothing more; what is owed to it is kept for a replay.",
    answer=WebhookOut(),
    problems=(404, 409),
)
def disable_webhook(uow: UnitOfWork, webhook_id: UUID) -> WebhookView:
    """Disable a webhook."""
    disable(uow, webhook_id)
    return webhook_view(uow, webhook_id)


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/enable",
    summary="Tell an address again of what happens from now on.",
    answer=WebhookOut(),
    problems=(404, 409),
)
def enable_webhook(uow: UnitOfWork, webhook_id: UUID) -> WebhookView:
    """Enable a webhook."""
    enable(uow, services().outbound, webhook_id)
    return webhook_view(uow, webhook_id)


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/test",
    summary="Send an event that says nothing; read its delivery to see whether it arrived.",
    status=HTTPStatus.CREATED,
    answer=DeliveryOut(),
    problems=(404, 409),
)
def test_webhook(uow: UnitOfWork, webhook_id: UUID) -> DeliveryView:
    """Send a test event."""
    return delivery_view(uow, webhook_id, send_test(uow, webhook_id))


@endpoint(
    bp,
    "GET",
    "/webhooks/<uuid:webhook_id>/deliveries",
    summary="List the deliveries of a webhook with their tries, the latest first.",
    query=DeliveriesQuery(),
    answer=DeliveriesOut(),
    problems=(404,),
)
def get_deliveries(uow: UnitOfWork, webhook_id: UUID, query: Fields) -> Fields:
    """List deliveries."""
    items, cursor = list_deliveries(
        uow, webhook_id, state=query.get("state"), limit=query["limit"], cursor=query.get("cursor")
    )
    return {"items": items, "next_cursor": cursor}


@endpoint(
    bp,
    "GET",
    "/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>",
    summary="Read one delivery.",
    answer=DeliveryOut(),
    problems=(404,),
)
def get_delivery(uow: UnitOfWork, webhook_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Read one delivery."""
    return delivery_view(uow, webhook_id, delivery_id)


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay",
    summary="Send one delivery again, under the same id.",
    answer=DeliveryOut(),
    problems=(404, 409),
)
def replay_one(uow: UnitOfWork, webhook_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Send one delivery again."""
    replay(uow, webhook_id, delivery_id)
    return delivery_view(uow, webhook_id, delivery_id)


@endpoint(
    bp,
    "POST",
    "/webhooks/<uuid:webhook_id>/replay",
    summary="Send everything again that was given up.",
    answer=ReplayedOut(),
    problems=(404, 409),
)
def replay_all(uow: UnitOfWork, webhook_id: UUID) -> Fields:
    """Send again what was given up."""
    return {"replayed": replay_dead(uow, webhook_id)}
