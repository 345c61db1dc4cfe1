"""How long data are kept: the operator's schedule, what it tells, previews and runs."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.erasures_schema import DecisionIn, RejectionIn
from consent_service.api.v1.retention_schema import (
    EndedIn,
    EndedOut,
    PreviewOut,
    PreviewQuery,
    ReachedIn,
    ReachedOut,
    RunOut,
    RunsOut,
    ScheduleIn,
    ScheduleOut,
)
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.approvals import approve, reject
from consent_service.kernel.uow import UnitOfWork
from consent_service.retention.opening import open_at_once
from consent_service.retention.preview import Preview, preview
from consent_service.retention.reasons import reason_of
from consent_service.retention.runs import RunView, list_runs, run_view
from consent_service.retention.telling import TellEnding, tell_ending, tell_reached
from consent_service.services import services
from consent_service.storage.rules import ScheduleRule
from consent_service.storage.schedule import edition_on, editions, set_schedule
from consent_service.storage.states import StorageAction, StorageStart

bp = Blueprint("retention", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked
_TOLD = {"purpose": StorageStart.PURPOSE_REACHED, "agreement": StorageStart.AGREEMENT_ENDED}


@endpoint(
    bp,
    "GET",
    "/retention/schedule",
    summary="Read the operator's own schedule of storage, with all its editions.",
    answer=ScheduleOut(),
)
def get_schedule(uow: UnitOfWork) -> Fields:
    """Read the schedule."""
    return _schedule(uow)


@endpoint(
    bp,
    "PUT",
    "/retention/schedule",
    summary="Set the whole schedule anew, from a day on; what keeps longer than it may is refused with the clause.",
    body=ScheduleIn(),
    answer=ScheduleOut(),
)
def put_schedule(uow: UnitOfWork, body: Fields) -> Fields:
    """Set the schedule."""
    rules = [
        ScheduleRule(
            code=rule["code"],
            document=rule["document"],
            purposes=tuple(rule["purposes"]),
            start=StorageStart(rule["start"]),
            period=Period.parse(rule["period"]),
            action=StorageAction(rule["action"]),
            basis=rule["basis"],
            required_by_law=rule["required_by_law"],
        )
        for rule in body["rules"]
    ]
    set_schedule(uow, rules, valid_from=body.get("valid_from"), law=services().law)
    return _schedule(uow)


@endpoint(
    bp,
    "POST",
    "/subjects/<string:ref>/ended",
    summary="Tell that for one person an agreement has ended or purposes are reached; the answer says what follows.",
    body=EndedIn(),
    answer=EndedOut(),
    problems=(404, 409),
)
def record_ended(uow: UnitOfWork, ref: str, body: Fields) -> Fields:
    """Record what has ended for a person."""
    told = TellEnding(ref, _TOLD[body["what"]], body["document"], body.get("at") or uow.now, body["purposes"])
    decided = tell_ending(uow, told, services().law)
    return {
        "decisions": [
            {
                "document": one.document,
                "verdict": one.verdict,
                "action": one.action,
                "acts_on": None if one.course is None else one.course.acts_on,
                "due_on": one.due_on,
                "held_by": one.held_by,
                "reason": reason_of(one),
            }
            for one in decided.decisions
        ]
    }


@endpoint(
    bp,
    "POST",
    "/purposes/reached",
    summary="Tell that a purpose is reached for everybody: answers given until then allow nothing more.",
    body=ReachedIn(),
    answer=ReachedOut(),
    problems=(409,),
)
def record_reached(uow: UnitOfWork, body: Fields) -> Fields:
    """Record that a purpose is reached."""
    at = body.get("at") or uow.now
    return {"purpose": str(tell_reached(uow, body["purpose"], at)), "at": at}


@endpoint(
    bp,
    "GET",
    "/retention/preview",
    summary="See whose data would go, why, when, and what holds keep back; nothing is changed.",
    query=PreviewQuery(),
    answer=PreviewOut(),
)
def get_preview(uow: UnitOfWork, query: Fields) -> Fields:
    """Preview."""
    return _preview(preview(uow, services().law, days=query["days"]))


@endpoint(
    bp,
    "POST",
    "/retention/runs",
    summary="Open a run for whoever is due today; over the operator's limit it waits for a second person.",
    status=HTTPStatus.CREATED,
    answer=RunOut(),
    problems=(409,),
)
def create_run(uow: UnitOfWork) -> RunView:
    """Open a run."""
    return run_view(uow, open_at_once(uow, services().law))


@endpoint(
    bp,
    "GET",
    "/retention/runs",
    summary="List the latest runs with their progress.",
    answer=RunsOut(),
)
def get_runs(uow: UnitOfWork) -> Fields:
    """List runs."""
    return {"items": list_runs(uow)}


@endpoint(
    bp,
    "GET",
    "/retention/runs/<uuid:run_id>",
    summary="Read one run with its progress.",
    answer=RunOut(),
    problems=(404,),
)
def get_run(uow: UnitOfWork, run_id: UUID) -> RunView:
    """Read a run."""
    return run_view(uow, run_id)


@endpoint(
    bp,
    "POST",
    "/retention/runs/<uuid:run_id>/approve",
    summary="Approve a run that waits, in the name of another member of staff than who opened it.",
    body=DecisionIn(),
    answer=RunOut(),
    problems=(404, 409),
)
def approve_run(uow: UnitOfWork, run_id: UUID, body: Fields) -> RunView:
    """Approve a run."""
    approve(uow, run_view(uow, run_id).id, by=body["by"])
    return run_view(uow, run_id)


@endpoint(
    bp,
    "POST",
    "/retention/runs/<uuid:run_id>/reject",
    summary="Reject a run that waits; its people are due again the next night.",
    body=RejectionIn(),
    answer=RunOut(),
    problems=(404, 409),
)
def reject_run(uow: UnitOfWork, run_id: UUID, body: Fields) -> RunView:
    """Reject a run."""
    reject(uow, run_view(uow, run_id).id, by=body["by"], reason=body["reason"])
    return run_view(uow, run_id)


def _schedule(uow: UnitOfWork) -> Fields:
    return {"valid": edition_on(uow, almaty_day(uow.now)), "editions": editions(uow)}


def _preview(found: Preview) -> Fields:
    return {
        "on": found.on,
        "until": found.until,
        "people": found.people,
        "held": found.held,
        "blocked": found.blocked,
        "rules": found.rules,
        "days": [{"on": day, "people": people} for day, people in sorted(found.days.items())],
        "lines": found.lines,
    }
