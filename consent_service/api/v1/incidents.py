"""Incidents: registering, correcting, notifying the authorised body, telling people, closing."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.incidents_schema import (
    AnnexIn,
    AuthorityIn,
    ClosingIn,
    DescriptionIn,
    DetectionIn,
    IncidentIn,
    IncidentOut,
    IncidentsOut,
    IncidentsQuery,
    PeopleIn,
    TellIn,
)
from consent_service.incidents.queries import IncidentView, incident_view, list_incidents
from consent_service.incidents.service import (
    ReportIncident,
    add_people,
    close_incident,
    correct_detection,
    describe,
    report_incident,
)
from consent_service.incidents.telling import annex, begin_telling, notify_authority, record_telling
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.printing.pdf import to_pdf
from consent_service.services import services
from consent_service.subjects.reasons import RevealReason

bp = Blueprint("incidents", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
PDF = "application/pdf"
_ONE = "/incidents/<uuid:incident_id>"


@endpoint(
    bp,
    "POST",
    "/incidents",
    summary="Register an incident; its clock runs from the detection.",
    status=HTTPStatus.CREATED,
    body=IncidentIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def create_incident(uow: UnitOfWork, body: Fields) -> IncidentView:
    """Register an incident."""
    return incident_view(uow, report_incident(uow, ReportIncident(**body), services().law))


@endpoint(
    bp,
    "GET",
    "/incidents",
    summary="List incidents, the latest detected first.",
    query=IncidentsQuery(),
    answer=IncidentsOut(),
)
def list_all(uow: UnitOfWork, query: Fields) -> Fields:
    """List incidents."""
    items, after = list_incidents(uow, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": items, "next_cursor": after}


@endpoint(bp, "GET", _ONE, summary="Read one incident.", answer=IncidentOut(), problems=(404,))
def get_incident(uow: UnitOfWork, incident_id: UUID) -> IncidentView:
    """Read one incident."""
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/correct",
    summary="Put the moment of detection right; what rests on it is dated again.",
    body=DetectionIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def correct(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Correct the detection."""
    correct_detection(uow, incident_id, body["detected_at"], reason=body["reason"], law=services().law)
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/describe",
    summary="Put the words of an incident right, or add to them.",
    body=DescriptionIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def put_words(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Describe an incident."""
    words = {name: body.get(name) for name in ("what", "measures", "consequences")}
    describe(uow, incident_id, **words)
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/people",
    summary="Add people whom the incident reached.",
    body=PeopleIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def list_people(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Add people."""
    add_people(uow, incident_id, body["subjects"])
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/notify-authority",
    summary="Write the notice to the authorised body, in Kazakh and Russian.",
    body=AuthorityIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def notify(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Write the notice."""
    notify_authority(uow, incident_id, channel=body["channel"], address=body.get("address"))
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/annex",
    summary="Make the annex with the data needed to reach the people; it is kept nowhere, and the making is recorded.",
    body=AnnexIn(),
    media_type=PDF,
    problems=(404,),
)
def make_annex(uow: UnitOfWork, incident_id: UUID, body: Fields) -> Reply:
    """Make the annex."""
    return Reply(to_pdf(annex(uow, incident_id, body["lang"], RevealReason.SYSTEM), uow.now), PDF)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/tell-people",
    summary="Let a letter be written to everybody listed; or record one person told another way, or out of reach.",
    body=TellIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def tell_people(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Tell people."""
    given = {name for name in ("subject", "state", "reference") if name in body}
    if not given:
        begin_telling(uow, incident_id)
    elif len(given) == len(TellIn().fields):
        record_telling(uow, incident_id, body["subject"], body["state"], body["reference"])
    else:
        raise InvalidInputError.of("subject", "Send subject, state and reference together, or none of them.")
    return incident_view(uow, incident_id)


@endpoint(
    bp,
    "POST",
    f"{_ONE}/close",
    summary="Close an incident: resolved once nothing is owed, or no breach.",
    body=ClosingIn(),
    answer=IncidentOut(),
    problems=(404, 409),
)
def close(uow: UnitOfWork, incident_id: UUID, body: Fields) -> IncidentView:
    """Close an incident."""
    close_incident(uow, incident_id, outcome=body["outcome"], reason=body["reason"])
    return incident_view(uow, incident_id)
