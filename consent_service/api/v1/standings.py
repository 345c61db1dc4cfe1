"""Changes of documents: previews, people's standing, notices, objections."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.standings_schema import (
    ChangeOut,
    ChangeQuery,
    NoticeIn,
    ObjectionIn,
    ObjectionOut,
    StandingsOut,
)
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services
from consent_service.standings.queries import ChangeView, change_view, standing_of
from consent_service.standings.service import Object, object_to, record_notice

bp = Blueprint("standings", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
_VERSION = "/documents/<string:operator>/<string:document>/versions/<string:version>"


@endpoint(
    bp,
    "GET",
    "/subjects/<string:ref>/standing",
    summary="Read which version of each document binds a person, how it came to, and what is under way.",
    answer=StandingsOut(),
    problems=(404,),
)
def get_standing(uow: UnitOfWork, ref: str) -> Fields:
    """Read a person's standing."""
    return {"items": standing_of(uow, ref)}


@endpoint(
    bp,
    "POST",
    "/objections",
    summary="Record an objection to a version of a document; the answer says what it led to.",
    status=HTTPStatus.CREATED,
    body=ObjectionIn(),
    answer=ObjectionOut(),
    problems=(404, 409),
)
def create_objection(uow: UnitOfWork, body: Fields) -> Fields:
    """Record an objection."""
    fields = dict(body)
    made = object_to(uow, Object(subject_ref=fields.pop("subject"), **fields), services().law)
    return {
        "document": made.version.name,
        "version": made.version.version,
        "effect": made.effect,
        "clause": made.clause,
        "received_at": made.received_at,
        "withdrawal_id": made.withdrawal_id,
    }


@endpoint(
    bp,
    "GET",
    f"{_VERSION}/change",
    summary="Preview what publishing a draft brings to whom and when; or read how far a published change has come.",
    query=ChangeQuery(),
    answer=ChangeOut(),
    problems=(404,),
)
def get_change(uow: UnitOfWork, operator: str, document: str, version: str, query: Fields) -> ChangeView:
    """Preview a change, or read its progress."""
    return change_view(uow, f"{operator}/{document}", version, services().law.calendar, **query)


@endpoint(
    bp,
    "POST",
    f"{_VERSION}/notices",
    summary="Record that a person was told of a version another way, or that the notice came back.",
    body=NoticeIn(),
    answer=StandingsOut(),
    problems=(404, 409),
)
def create_notice(uow: UnitOfWork, operator: str, document: str, version: str, body: Fields) -> Fields:
    """Record a notice."""
    record_notice(
        uow,
        body["subject"],
        f"{operator}/{document}",
        version,
        outcome=body["outcome"],
        at=body.get("at"),
        reference=body["reference"],
        law=services().law,
    )
    return {"items": standing_of(uow, body["subject"])}
