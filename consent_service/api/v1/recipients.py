"""The register of recipients: entries with editions, what documents say, exports."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.recipients_schema import (
    EditionsOut,
    PrintQuery,
    RecipientChangeIn,
    RecipientIn,
    RecipientOut,
    RegisterOut,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.printing.pdf import to_pdf
from consent_service.recipients.named import declared, named_recipients
from consent_service.recipients.queries import RecipientView, history, list_recipients
from consent_service.recipients.register import register_csv, register_pages
from consent_service.recipients.rules import Entry
from consent_service.recipients.service import change_recipient, enter_recipient

bp = Blueprint("recipients", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"
CSV = "text/csv"


@endpoint(
    bp,
    "GET",
    "/recipients",
    summary="Read the register of recipients: entries, third parties that documents name, what documents state.",
    answer=RegisterOut(),
)
def get_register(uow: UnitOfWork) -> Fields:
    """Read the register."""
    return {"items": list_recipients(uow), "named": named_recipients(uow), "declared": declared(uow)}


@endpoint(
    bp,
    "POST",
    "/recipients",
    summary="Enter a recipient.",
    status=HTTPStatus.CREATED,
    body=RecipientIn(),
    answer=RecipientOut(),
)
def create_recipient(uow: UnitOfWork, body: Fields) -> RecipientView:
    """Enter a recipient."""
    return history(uow, enter_recipient(uow, Entry(**body)))[0]


@endpoint(
    bp,
    "GET",
    "/recipients/register.csv",
    summary="Export the register as a table.",
    query=PrintQuery(),
    media_type=CSV,
)
def get_register_csv(uow: UnitOfWork, query: Fields) -> Reply:
    """Export the register as CSV."""
    return Reply(register_csv(uow, query["lang"]), CSV)


@endpoint(
    bp,
    "GET",
    "/recipients/register.pdf",
    summary="Print the register for an inspector.",
    query=PrintQuery(),
    media_type=PDF,
)
def get_register_pdf(uow: UnitOfWork, query: Fields) -> Reply:
    """Print the register."""
    return Reply(to_pdf(register_pages(uow, query["lang"]), uow.now), PDF)


@endpoint(
    bp,
    "GET",
    "/recipients/<uuid:recipient_id>",
    summary="Read an entry with its editions, the latest first.",
    answer=EditionsOut(),
    problems=(404,),
)
def get_recipient(uow: UnitOfWork, recipient_id: UUID) -> Fields:
    """Read an entry with its history."""
    return {"items": history(uow, recipient_id)}


@endpoint(
    bp,
    "POST",
    "/recipients/<uuid:recipient_id>/editions",
    summary="Change an entry: a new edition is made from the one that you read, the earlier ones stay.",
    status=HTTPStatus.CREATED,
    body=RecipientChangeIn(),
    answer=RecipientOut(),
    problems=(404, 409),
)
def create_edition(uow: UnitOfWork, recipient_id: UUID, body: Fields) -> RecipientView:
    """Change an entry."""
    fields = dict(body)
    change_recipient(uow, recipient_id, fields.pop("edition"), Entry(**fields))
    return history(uow, recipient_id)[0]
