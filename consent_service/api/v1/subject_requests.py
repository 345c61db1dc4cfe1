"""Requests that people make: receiving, making sure who asks, deciding, reading."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.subject_requests_schema import (
    AnswerIn,
    MessageIn,
    MessagesOut,
    RequestIn,
    RequestOut,
    RequestRefusalIn,
    RequestsOut,
    RequestsQuery,
    VerifyIn,
)
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services
from consent_service.subject_requests.acts import confirm_violation, reject_violation
from consent_service.subject_requests.decisions import AnswerRequest, RefuseRequest, answer_request, refuse_request
from consent_service.subject_requests.identity import verify
from consent_service.subject_requests.messages import exchange, messages_of
from consent_service.subject_requests.package import package
from consent_service.subject_requests.queries import RequestView, list_requests, request_view
from consent_service.subject_requests.service import ReceiveRequest, receive_request
from consent_service.subjects.service import parse_identifiers

bp = Blueprint("subject_requests", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "POST",
    "/subject-requests",
    summary="Take in what a person asks for; the answer has every date with its article or clause.",
    status=HTTPStatus.CREATED,
    body=RequestIn(),
    answer=RequestOut(),
    problems=(404, 409),
)
def create_request(uow: UnitOfWork, body: Fields) -> RequestView:
    """Receive a request."""
    fields = dict(body)
    command = ReceiveRequest(
        subject_ref=fields.pop("subject", None),
        identifiers=parse_identifiers(fields.pop("identifiers", {})),
        **fields,
    )
    return request_view(uow, receive_request(uow, command, services().law))


@endpoint(
    bp,
    "GET",
    "/subject-requests",
    summary="List requests, the latest first.",
    query=RequestsQuery(),
    answer=RequestsOut(),
)
def list_all_requests(uow: UnitOfWork, query: Fields) -> Fields:
    """List requests."""
    states = [query["state"]] if "state" in query else []
    items, after = list_requests(uow, states=states, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": items, "next_cursor": after}


@endpoint(
    bp,
    "GET",
    "/subject-requests/<uuid:request_id>",
    summary="Read one request with its duties, letters and clock log.",
    answer=RequestOut(),
    problems=(404,),
)
def get_request(uow: UnitOfWork, request_id: UUID) -> RequestView:
    """Read one request."""
    return request_view(uow, request_id)


@endpoint(
    bp,
    "GET",
    "/subject-requests/<uuid:request_id>/package",
    summary="Everything that is held about the person who asks, once it is known who that is.",
    problems=(404, 409),
)
def get_package(uow: UnitOfWork, request_id: UUID) -> Fields:
    """Read the package."""
    view = request_view(uow, request_id)
    if view.identity is None:
        raise ConflictError("It is not known yet who asks: make sure first.")
    return package(uow, view.subject_id, services().targets)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/verify",
    summary="Make sure who asks: send a code, compare one, or take another's word.",
    body=VerifyIn(),
    answer=RequestOut(),
    problems=(404, 409),
)
def verify_request(uow: UnitOfWork, request_id: UUID, body: Fields) -> RequestView:
    """Make sure who asks."""
    verify(uow, request_id, body["method"], body.get("code"), services().law)
    return request_view(uow, request_id)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/answer",
    summary="Answer a request by a letter in Kazakh and Russian; access carries all that is held.",
    body=AnswerIn(),
    answer=RequestOut(),
    problems=(404, 409),
)
def answer(uow: UnitOfWork, request_id: UUID, body: Fields) -> RequestView:
    """Answer a request."""
    answer_request(uow, AnswerRequest(request_id, **body), services().law, services().targets)
    return request_view(uow, request_id)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/refuse",
    summary="Refuse a request with its article and reasons, by a letter.",
    body=RequestRefusalIn(),
    answer=RequestOut(),
    problems=(404, 409),
)
def refuse(uow: UnitOfWork, request_id: UUID, body: Fields) -> RequestView:
    """Refuse a request."""
    refuse_request(uow, RefuseRequest(request_id, **body))
    return request_view(uow, request_id)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/confirm-violation",
    summary="The check confirmed a violation: the blocked data are destroyed within a working day.",
    answer=RequestOut(),
    problems=(404, 409),
)
def confirm(uow: UnitOfWork, request_id: UUID) -> RequestView:
    """Confirm a violation."""
    confirm_violation(uow, request_id, services().law)
    return request_view(uow, request_id)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/reject-violation",
    summary="The check found no violation: the data are unblocked.",
    answer=RequestOut(),
    problems=(404, 409),
)
def reject(uow: UnitOfWork, request_id: UUID) -> RequestView:
    """Reject a violation."""
    reject_violation(uow, request_id, services().law)
    return request_view(uow, request_id)


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/messages",
    summary="Write to the person about a request, or record what they wrote; it stops no clock.",
    status=HTTPStatus.CREATED,
    body=MessageIn(),
    answer=MessagesOut(),
    problems=(404, 409),
)
def create_message(uow: UnitOfWork, request_id: UUID, body: Fields) -> Fields:
    """Exchange a message."""
    exchange(uow, request_id, body["direction"], body["text"])
    return {"items": messages_of(uow, request_id)}


@endpoint(
    bp,
    "GET",
    "/subject-requests/<uuid:request_id>/messages",
    summary="Read what was written about a request.",
    answer=MessagesOut(),
    problems=(404,),
)
def get_messages(uow: UnitOfWork, request_id: UUID) -> Fields:
    """Read messages."""
    return {"items": messages_of(uow, request_id)}
