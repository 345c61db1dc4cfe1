"""The register of outgoing letters: reading, copies, dispatch, return."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.letters_schema import DispatchIn, LetterOut, LetterPdfQuery, LettersOut, LettersQuery
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import LetterView, letter_view, list_letters
from consent_service.letters.service import letter_page, record_dispatch, record_return
from consent_service.printing.pdf import to_pdf

bp = Blueprint("letters", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"


@endpoint(
    bp,
    "GET",
    "/letters",
    summary="List outgoing letters, the latest first.",
    query=LettersQuery(),
    answer=LettersOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List letters."""
    items, cursor = list_letters(uow, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": items, "next_cursor": cursor}


@endpoint(
    bp,
    "GET",
    "/letters/<uuid:letter_id>",
    summary="Read one line of the register.",
    answer=LetterOut(),
    problems=(404,),
)
def get_letter(uow: UnitOfWork, letter_id: UUID) -> LetterView:
    """Read one letter's line."""
    return letter_view(uow, letter_id)


@endpoint(
    bp,
    "GET",
    "/letters/<uuid:letter_id>.pdf",
    summary="Get a copy of a letter as PDF.",
    query=LetterPdfQuery(),
    media_type=PDF,
    problems=(404,),
)
def get_letter_pdf(uow: UnitOfWork, letter_id: UUID, query: Fields) -> Reply:
    """Print one letter."""
    page = letter_page(uow, letter_id, query["lang"])
    return Reply(to_pdf(page, letter_view(uow, letter_id).created_at), PDF)


@endpoint(
    bp,
    "POST",
    "/letters/<uuid:letter_id>/dispatch",
    summary="Record that a letter went out by post or by hand, with its receipt.",
    body=DispatchIn(),
    answer=LetterOut(),
    problems=(404, 409),
)
def dispatch_letter(uow: UnitOfWork, letter_id: UUID, body: Fields) -> LetterView:
    """Record the dispatch of a letter."""
    record_dispatch(uow, letter_id, {"receipt": body["receipt"]})
    return letter_view(uow, letter_id)


@endpoint(
    bp,
    "POST",
    "/letters/<uuid:letter_id>/return",
    summary="Record that a letter came back.",
    answer=LetterOut(),
    problems=(404, 409),
)
def return_letter(uow: UnitOfWork, letter_id: UUID) -> LetterView:
    """Record the return of a letter."""
    record_return(uow, letter_id)
    return letter_view(uow, letter_id)
