"""Transfers to recipients, and the notices that recipients are sent."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.recipients_schema import (
    AcknowledgementIn,
    LatestQuery,
    NoticeOut,
    NoticeSentIn,
    NoticesOut,
    PrintQuery,
    ToldIn,
    TransferDutiesOut,
    TransferIn,
    TransfersOut,
)
from consent_service.duties.queries import duties_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.printing.pdf import to_pdf
from consent_service.recipients.notices import acknowledge, record_sent
from consent_service.recipients.queries import NoticeView, list_notices, list_transfers, notice_view, transfer_view
from consent_service.recipients.transfers import RecordTransfer, record_told, record_transfer
from consent_service.recipients.words import notice_pages
from consent_service.services import services

bp = Blueprint("transfers", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"


@endpoint(
    bp,
    "POST",
    "/recipients/<uuid:recipient_id>/transfers",
    summary="Record a transfer that took place; the answer says whether the people must be told, and by when.",
    status=HTTPStatus.CREATED,
    body=TransferIn(),
    answer=TransferDutiesOut(),
    problems=(404, 409),
)
def create_transfer(uow: UnitOfWork, recipient_id: UUID, body: Fields) -> Fields:
    """Record a transfer."""
    return _with_duties(uow, record_transfer(uow, RecordTransfer(recipient_id, **body), services().law))


@endpoint(
    bp,
    "GET",
    "/transfers",
    summary="List the latest transfers.",
    query=LatestQuery(),
    answer=TransfersOut(),
)
def list_all_transfers(uow: UnitOfWork, query: Fields) -> Fields:
    """List transfers."""
    return {"items": list_transfers(uow, limit=query["limit"])}


@endpoint(
    bp,
    "GET",
    "/transfers/<uuid:transfer_id>",
    summary="Read one transfer with its duties.",
    answer=TransferDutiesOut(),
    problems=(404,),
)
def get_transfer(uow: UnitOfWork, transfer_id: UUID) -> Fields:
    """Read one transfer."""
    return _with_duties(uow, transfer_id)


@endpoint(
    bp,
    "POST",
    "/transfers/<uuid:transfer_id>/told",
    summary="Record that the people of a transfer were told, and how.",
    body=ToldIn(),
    answer=TransferDutiesOut(),
    problems=(404, 409),
)
def tell_people(uow: UnitOfWork, transfer_id: UUID, body: Fields) -> Fields:
    """Record that people were told."""
    record_told(uow, transfer_id, body["how"])
    return _with_duties(uow, transfer_id)


@endpoint(
    bp,
    "GET",
    "/recipient-notices",
    summary="List the latest notices to recipients.",
    query=LatestQuery(),
    answer=NoticesOut(),
)
def list_all_notices(uow: UnitOfWork, query: Fields) -> Fields:
    """List notices."""
    return {"items": list_notices(uow, limit=query["limit"])}


@endpoint(
    bp,
    "GET",
    "/recipient-notices/<uuid:notice_id>.pdf",
    summary="Print a notice that must be sent by hand, while it has not gone out.",
    query=PrintQuery(),
    media_type=PDF,
    problems=(404,),
)
def get_notice_pdf(uow: UnitOfWork, notice_id: UUID, query: Fields) -> Reply:
    """Print one notice."""
    view, pages = notice_view(uow, notice_id), notice_pages(uow, notice_id)
    page = pages.get(query["lang"])
    if page is None:
        raise NotFoundError(f"The notice was written in: {', '.join(pages)}.")
    return Reply(to_pdf(page, view.created_at), PDF)


@endpoint(
    bp,
    "POST",
    "/recipient-notices/<uuid:notice_id>/dispatch",
    summary="Record that a notice went out by post or by hand; whom it was about is forgotten with that.",
    body=NoticeSentIn(),
    answer=NoticeOut(),
    problems=(404, 409),
)
def dispatch_notice(uow: UnitOfWork, notice_id: UUID, body: Fields) -> NoticeView:
    """Record the dispatch of a notice."""
    record_sent(uow, notice_id, {"receipt": body["receipt"]})
    return notice_view(uow, notice_id)


@endpoint(
    bp,
    "POST",
    "/recipient-notices/<uuid:notice_id>/acknowledgement",
    summary="Record the answer of a recipient.",
    body=AcknowledgementIn(),
    answer=NoticeOut(),
    problems=(404, 409),
)
def acknowledge_notice(uow: UnitOfWork, notice_id: UUID, body: Fields) -> NoticeView:
    """Record an acknowledgement."""
    acknowledge(uow, notice_id, on=body["on"], words=body["reference"])
    return notice_view(uow, notice_id)


def _with_duties(uow: UnitOfWork, transfer_id: UUID) -> Fields:
    return asdict(transfer_view(uow, transfer_id)) | {"duties": duties_of(uow, transfer_id)}
