"""The registers that an inspection asks for, and the inspection file."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.governance_schema import (
    DataListOut,
    EntriesOut,
    EntriesQuery,
    EntryChangeIn,
    EntryIn,
    EntryOut,
    InspectionQuery,
    SizeOut,
)
from consent_service.governance.inspection import inspection_file
from consent_service.governance.queries import EntryView, SizeView, data_list, history, list_entries, reviews, size_view
from consent_service.governance.rules import Entry
from consent_service.governance.service import change, enter
from consent_service.governance.states import EntryKind
from consent_service.kernel.uow import UnitOfWork
from consent_service.printing.pdf import to_pdf

bp = Blueprint("governance", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"


@endpoint(
    bp,
    "GET",
    "/registers/entries",
    summary="List the entries of the registers: orders, briefings, access, notices to the authorised body.",
    query=EntriesQuery(),
    answer=EntriesOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List entries."""
    kinds = (query["kind"],) if "kind" in query else tuple(EntryKind)
    return {"items": list_entries(uow, kinds=kinds)}


@endpoint(
    bp,
    "POST",
    "/registers/entries",
    summary="Put an entry into the registers.",
    status=HTTPStatus.CREATED,
    body=EntryIn(),
    answer=EntryOut(),
)
def create_entry(uow: UnitOfWork, body: Fields) -> EntryView:
    """Put an entry into the registers."""
    return history(uow, enter(uow, Entry(**body)))[0]


@endpoint(
    bp,
    "GET",
    "/registers/entries/<uuid:entry_id>",
    summary="Read an entry with its editions, the latest first.",
    answer=EntriesOut(),
    problems=(404,),
)
def get_entry(uow: UnitOfWork, entry_id: UUID) -> Fields:
    """Read an entry with its history."""
    return {"items": history(uow, entry_id)}


@endpoint(
    bp,
    "POST",
    "/registers/entries/<uuid:entry_id>/editions",
    summary="Change an entry: a new edition is made from the one that you read, the earlier ones stay.",
    status=HTTPStatus.CREATED,
    body=EntryChangeIn(),
    answer=EntryOut(),
    problems=(404, 409),
)
def change_entry(uow: UnitOfWork, entry_id: UUID, body: Fields) -> EntryView:
    """Change an entry."""
    fields = dict(body)
    change(uow, entry_id, fields.pop("edition"), Entry(**fields))
    return history(uow, entry_id)[0]


@endpoint(
    bp,
    "GET",
    "/registers/reviews",
    summary="List the entries to be looked at again within 30 days, or that were to be.",
    answer=EntriesOut(),
)
def list_reviews(uow: UnitOfWork) -> Fields:
    """List what is to be reviewed."""
    return {"items": reviews(uow)}


@endpoint(
    bp,
    "GET",
    "/registers/data",
    summary="Read the list of personal data, as the documents in force name them.",
    answer=DataListOut(),
)
def get_data_list(uow: UnitOfWork) -> Fields:
    """Read the list of data."""
    return {"items": data_list(uow)}


@endpoint(
    bp,
    "GET",
    "/registers/size",
    summary="Compute the size class of the operator, and whether the authorised body must be told.",
    answer=SizeOut(),
)
def get_size(uow: UnitOfWork) -> SizeView:
    """Compute the size class."""
    return size_view(uow)


@endpoint(
    bp,
    "GET",
    "/registers/inspection.pdf",
    summary="Print the inspection file: everything that an inspector may ask for.",
    query=InspectionQuery(),
    media_type=PDF,
)
def get_inspection_file(uow: UnitOfWork, query: Fields) -> Reply:
    """Print the inspection file."""
    return Reply(to_pdf(inspection_file(uow, query["lang"]), uow.now), PDF)
