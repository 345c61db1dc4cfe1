"""Legal holds: placed with a reference and a basis, lifted on record."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.erasures_schema import BecauseIn, HoldIn, HoldOut, HoldsOut, HoldsQuery
from consent_service.erasure.holds import PlaceHold, lift_hold, place_hold
from consent_service.erasure.register import HoldView, hold_view, list_holds
from consent_service.kernel.uow import UnitOfWork

bp = Blueprint("legal_holds", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "GET",
    "/legal-holds",
    summary="List legal holds, the latest first.",
    query=HoldsQuery(),
    answer=HoldsOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List holds."""
    items, after = list_holds(uow, in_force=query["in_force"], limit=query["limit"], cursor=query.get("cursor"))
    return {"items": items, "next_cursor": after}


@endpoint(
    bp,
    "POST",
    "/legal-holds",
    summary="Place a legal hold on a person, or on all who answered a document or said yes to a purpose.",
    status=HTTPStatus.CREATED,
    body=HoldIn(),
    answer=HoldOut(),
    problems=(404,),
)
def create_hold(uow: UnitOfWork, body: Fields) -> HoldView:
    """Place a hold."""
    return hold_view(uow, place_hold(uow, PlaceHold(**body)))


@endpoint(
    bp,
    "GET",
    "/legal-holds/<uuid:hold_id>",
    summary="Read one legal hold.",
    answer=HoldOut(),
    problems=(404,),
)
def get_hold(uow: UnitOfWork, hold_id: UUID) -> HoldView:
    """Read one hold."""
    return hold_view(uow, hold_id)


@endpoint(
    bp,
    "POST",
    "/legal-holds/<uuid:hold_id>/lift",
    summary="Lift a legal hold; what it alone has stopped goes on.",
    body=BecauseIn(),
    answer=HoldOut(),
    problems=(404, 409),
)
def lift(uow: UnitOfWork, hold_id: UUID, body: Fields) -> HoldView:
    """Lift a hold."""
    lift_hold(uow, hold_id, reference=body["reference"])
    return hold_view(uow, hold_id)
