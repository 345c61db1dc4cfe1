"""Consents: recording, reading, approving; and the permission check."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.consents_schema import (
    ConsentIn,
    ConsentOut,
    ConsentPage,
    ConsentsQuery,
    DisplayedFormIn,
    PermissionsOut,
    PermissionsQuery,
    ReasonIn,
    RecordedOut,
    TokenIn,
)
from consent_service.consents.approving import approve, reject
from consent_service.consents.considering import GiveConsent
from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.permissions import PermissionItem, check_permissions
from consent_service.consents.queries import (
    ConsentView,
    consent_view,
)
from consent_service.consents.rules import Answer, Declarations
from consent_service.consents.service import give_consent
from consent_service.forms.confirming import Confirmed, Sender, confirm_token, record_displayed
from consent_service.forms.displayed import Displayed
from consent_service.forms.queries import CameBy, came_by
from consent_service.kernel.uow import UnitOfWork
from consent_service.receipts.issuing import Issued, issue, issue_new
from consent_service.services import Services, services
from consent_service.subjects.service import SubjectData, parse_identifiers

bp = Blueprint("consents", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
_SHOWN = [name for name in ConsentOut().fields if name not in {"form", "receipt"}]


@endpoint(
    bp,
    "POST",
    "/consents",
    summary="Record what a person accepted or refused, purpose by purpose.",
    status=HTTPStatus.CREATED,
    body={"document": ConsentIn(), "token": TokenIn(), "displayed": DisplayedFormIn()},
    answer=RecordedOut(),
    problems=(404, 409),
)
def create_consent(uow: UnitOfWork, body: Fields) -> Fields | Reply:
    """Record an answer."""
    calendar = services().law.calendar
    if "token" in body:
        expected = {name: body.get(name) for name in ("site_key", "form")}
        return _recorded(uow, confirm_token(uow, body["token"], _sender(body), calendar, **expected))
    if "displayed" in body:
        said = body["displayed"]
        displayed = Displayed.from_data(said)
        return _recorded(uow, record_displayed(uow, said["site_key"], displayed, _sender(body), calendar))
    view = give_consent(uow, command_of(body), calendar)
    return Reply(written_consent(uow, view, services()))


def command_of(body: Fields) -> GiveConsent:
    """Return what a checked body says that a person answered."""
    return GiveConsent(
        document=body["document"],
        version=body.get("version"),
        subject=_subject(body),
        language=body["language"],
        answers=[Answer(choice["purpose"], choice["granted"]) for choice in body["choices"]],
        channel=body["channel"],
        given_at=body.get("given_at"),
        act=body.get("act"),
        declarations=Declarations(**body.get("declarations", {})),
        representative=body.get("representative"),
        evidence=body.get("evidence"),
    )


def written_consent(uow: UnitOfWork, view: ConsentView, house: Services) -> bytes:
    """Return the answer to a consent that was recorded in this transaction, as ``RecordedOut`` describes it."""
    base_url = house.settings.base_url
    issued = issue_new(uow, view, house.law.catalogue, base_url)
    fields = {name: getattr(view, name) for name in _SHOWN}
    receipt = {"url": _receipt_url(base_url, view.id), "jwt": issued.token}
    return orjson.dumps(fields | {"form": None, "receipt": receipt}, option=orjson.OPT_UTC_Z)


@endpoint(
    bp,
    "GET",
    "/consents",
    summary="List consents, the latest first.",
    query=ConsentsQuery(),
    answer=ConsentPage(),
    problems=(404,),
)
def get_consents(uow: UnitOfWork, query: Fields) -> Fields:
    """List consents."""
    wanted = ConsentFilter(
        subject=query.get("subject"),
        purpose=query.get("purpose"),
        document=query.get("document"),
        state=query.get("state"),
        from_at=query.get("from_"),
        to_at=query.get("to"),
    )
    views, after = list_consents(uow, wanted, limit=query["limit"], cursor=query.get("cursor"))
    forms = came_by(uow, [view.form_answer_id for view in views])
    return {"items": [_listed(view, forms.get(view.form_answer_id)) for view in views], "next_cursor": after}


@endpoint(
    bp,
    "GET",
    "/consents/<uuid:consent_id>",
    summary="Read one consent.",
    answer=ConsentOut(),
    problems=(404,),
)
def get_consent(uow: UnitOfWork, consent_id: UUID) -> Fields:
    """Read one consent."""
    return _shown(uow, consent_view(uow, consent_id))


@endpoint(
    bp,
    "POST",
    "/consents/<uuid:consent_id>/approve",
    summary="Approve an application: the approval is the acceptance.",
    body=ReasonIn(),
    answer=ConsentOut(),
    problems=(404, 409),
)
def approve_consent(uow: UnitOfWork, consent_id: UUID, body: Fields) -> Fields:  # noqa: ARG001 - a reason is taken, not needed
    """Approve an application."""
    return _shown(uow, approve(uow, consent_id, services().law.calendar))


@endpoint(
    bp,
    "POST",
    "/consents/<uuid:consent_id>/reject",
    summary="Reject an application.",
    body=ReasonIn(),
    answer=ConsentOut(),
    problems=(404, 409),
)
def reject_consent(uow: UnitOfWork, consent_id: UUID, body: Fields) -> Fields:
    """Reject an application."""
    return _shown(uow, reject(uow, consent_id, body.get("reason")))


@endpoint(
    bp,
    "GET",
    "/permissions",
    summary="Ask whether data of a person may be processed for a purpose, now.",
    query=PermissionsQuery(),
    answer=PermissionsOut(),
    problems=(404,),
)
def get_permissions(uow: UnitOfWork, query: Fields) -> Reply:
    """Check permissions."""
    return Reply(written_permissions(check_permissions(uow, query["subject"], query["purpose"])))


def written_permissions(items: Sequence[PermissionItem]) -> bytes:
    """Return the answer to a check, as ``PermissionsOut`` describes it."""
    return orjson.dumps({"items": items}, option=orjson.OPT_UTC_Z)


def _shown(uow: UnitOfWork, view: ConsentView) -> Fields:
    return _with_receipt(uow, view, issue(uow, view, services().law.catalogue, services().settings.base_url))


def _with_receipt(uow: UnitOfWork, view: ConsentView, issued: Issued) -> Fields:
    fields = _listed(view, came_by(uow, [view.form_answer_id]).get(view.form_answer_id))
    fields["receipt"]["jwt"] = issued.token
    return fields


def _listed(view: ConsentView, form: CameBy | None) -> Fields:
    fields: Fields = {name: getattr(view, name) for name in ConsentView.__dataclass_fields__}
    url = _receipt_url(services().settings.base_url, view.id)
    return fields | {"form": form, "receipt": {"url": url, "jwt": None}}


def _receipt_url(base_url: str, consent_id: UUID) -> str:
    return f"{base_url}/api/v1/consents/{consent_id}/receipt.json"


def _recorded(uow: UnitOfWork, confirmed: Confirmed) -> Fields:
    first, *further = [_shown(uow, view) for view in confirmed.consents]
    return first | {"further": further, "informed": confirmed.informed}


def _subject(body: Fields) -> SubjectData:
    subject = body["subject"]
    return SubjectData(subject["ref"], parse_identifiers(subject.get("identifiers", {})))


def _sender(body: Fields) -> Sender:
    return Sender(_subject(body), body.get("received_at"), Declarations(**body.get("declarations", {})))
