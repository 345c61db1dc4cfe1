"""Erasure orders: the register, ordering by hand, decisions, acts of destruction."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.erasures_schema import (
    ActQuery,
    ApprovalsOut,
    BecauseIn,
    DecisionIn,
    DemandIn,
    HoldOrderIn,
    OrderOut,
    OrdersOut,
    OrdersQuery,
    RejectionIn,
)
from consent_service.erasure.act_paper import act_page
from consent_service.erasure.approvals import approval_of, approve, reject
from consent_service.erasure.certificates import act_of
from consent_service.erasure.demands import DemandErasure, demand_erasure
from consent_service.erasure.holds import PlaceHold, place_hold
from consent_service.erasure.outside import settle_by_hand
from consent_service.erasure.register import OrderFilter, OrderRecord, list_orders, order_record, waiting_approvals
from consent_service.erasure.service import cancel_by_hand, order_again
from consent_service.kernel.uow import UnitOfWork
from consent_service.printing.pdf import to_pdf
from consent_service.services import services
from consent_service.subjects.queries import find_id

bp = Blueprint("erasures", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"
JOSE = "application/jose"
MOST_WAITING = 100


@endpoint(
    bp,
    "GET",
    "/erasure-orders",
    summary="List erasure orders, the latest first: all, in a state, of a person, of a run, or what is late.",
    query=OrdersQuery(),
    answer=OrdersOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List orders; nobody is found under a reference whose person was erased."""
    wanted = OrderFilter(
        states=(query["state"],) if "state" in query else (), run_id=query.get("run"), late=query["late"]
    )
    if "subject" in query:
        subject_id = find_id(uow, query["subject"])
        if subject_id is None:
            return {"items": [], "next_cursor": None}
        wanted = OrderFilter(wanted.states, subject_id, wanted.run_id, late=wanted.late)
    items, after = list_orders(uow, wanted, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": items, "next_cursor": after}


@endpoint(
    bp,
    "POST",
    "/erasure-orders",
    summary="Order an erasure by hand: on a court act, for unlawful processing, or on another ground of art. 18.",
    status=HTTPStatus.CREATED,
    body=DemandIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def create_order(uow: UnitOfWork, body: Fields) -> OrderRecord:
    """Order an erasure."""
    return order_record(uow, demand_erasure(uow, DemandErasure(**body), services().law))


@endpoint(
    bp,
    "GET",
    "/erasure-orders/<uuid:order_id>",
    summary="Read one order with its targets, its approval, and what bars it.",
    answer=OrderOut(),
    problems=(404,),
)
def get_order(uow: UnitOfWork, order_id: UUID) -> OrderRecord:
    """Read one order."""
    return order_record(uow, order_id)


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/approve",
    summary="Approve an order, with all of its run, in the name of another member of staff than who asked for it.",
    body=DecisionIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def approve_order(uow: UnitOfWork, order_id: UUID, body: Fields) -> OrderRecord:
    """Approve an order or its run."""
    approve(uow, approval_of(order_record(uow, order_id).line.run_id, order_id), by=body["by"])
    return order_record(uow, order_id)


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/reject",
    summary="Reject an order, with all of its run; what was owed stays owed.",
    body=RejectionIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def reject_order(uow: UnitOfWork, order_id: UUID, body: Fields) -> OrderRecord:
    """Reject an order or its run."""
    approval_id = approval_of(order_record(uow, order_id).line.run_id, order_id)
    reject(uow, approval_id, by=body["by"], reason=body["reason"])
    return order_record(uow, order_id)


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/cancel",
    summary="Cancel an order that has not started; what was owed for it stays owed.",
    body=BecauseIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def cancel_order(uow: UnitOfWork, order_id: UUID, body: Fields) -> OrderRecord:
    """Cancel an order."""
    cancel_by_hand(uow, order_id, reference=body["reference"])
    return order_record(uow, order_id)


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/again",
    summary="Order once more what was cancelled or rejected.",
    status=HTTPStatus.CREATED,
    answer=OrderOut(),
    problems=(404, 409),
)
def create_again(uow: UnitOfWork, order_id: UUID) -> OrderRecord:
    """Order again."""
    return order_record(uow, order_again(uow, order_id))


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/hold",
    summary="Place a legal hold on the person of an order; if it runs, it stops before its next target.",
    body=HoldOrderIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def hold_order(uow: UnitOfWork, order_id: UUID, body: Fields) -> OrderRecord:
    """Hold the person of an order."""
    place_hold(uow, PlaceHold(subject_id=order_record(uow, order_id).line.subject_id, **body))
    return order_record(uow, order_id)


@endpoint(
    bp,
    "POST",
    "/erasure-orders/<uuid:order_id>/targets/<string:name>/settle",
    summary="Answer by hand for a target that has failed; the act names the document that it rests on.",
    body=BecauseIn(),
    answer=OrderOut(),
    problems=(404, 409),
)
def settle_target(uow: UnitOfWork, order_id: UUID, name: str, body: Fields) -> OrderRecord:
    """Settle a target by hand."""
    settle_by_hand(uow, order_id, name, reference=body["reference"])
    return order_record(uow, order_id)


@endpoint(
    bp,
    "GET",
    "/erasure-approvals",
    summary="List the runs and orders that wait for a second person, the earliest first.",
    answer=ApprovalsOut(),
)
def list_approvals(uow: UnitOfWork) -> Fields:
    """List what waits for approval."""
    return {"items": waiting_approvals(uow, MOST_WAITING)}


@endpoint(
    bp,
    "GET",
    "/erasure-orders/<uuid:order_id>/certificate",
    summary="Read the act of destruction.",
    problems=(404,),
)
def get_act(uow: UnitOfWork, order_id: UUID) -> Reply:
    """Read the act, in the bytes that were signed."""
    return Reply(act_of(uow, order_id).text)


@endpoint(
    bp,
    "GET",
    "/erasure-orders/<uuid:order_id>/certificate.json",
    summary="Read the act of destruction in canonical form (RFC 8785), whose SHA-256 is in the ledger.",
    problems=(404,),
)
def get_act_json(uow: UnitOfWork, order_id: UUID) -> Reply:
    """Read the act as a file."""
    return Reply(act_of(uow, order_id).text)


@endpoint(
    bp,
    "GET",
    "/erasure-orders/<uuid:order_id>/certificate.jwt",
    summary="Read the signed act (JWS, alg Ed25519, typ destruction-act+jwt).",
    media_type=JOSE,
    problems=(404,),
)
def get_act_jwt(uow: UnitOfWork, order_id: UUID) -> Reply:
    """Read the signed act."""
    return Reply(act_of(uow, order_id).token.encode(), JOSE)


@endpoint(
    bp,
    "GET",
    "/erasure-orders/<uuid:order_id>/certificate.pdf",
    summary="Print the act as PDF/A-3, in Kazakh or Russian, with its signed form inside.",
    query=ActQuery(),
    media_type=PDF,
    problems=(404,),
)
def get_act_pdf(uow: UnitOfWork, order_id: UUID, query: Fields) -> Reply:
    """Print the act."""
    view = act_of(uow, order_id)
    return Reply(to_pdf(act_page(uow, view, query["lang"]), view.issued_at), PDF)
