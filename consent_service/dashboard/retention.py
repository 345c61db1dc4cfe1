"""Storage: what is due, what holds keep back, the runs with their progress, and who approves them."""

from collections.abc import Mapping
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.erasure.approvals import approve, reject
from consent_service.kernel.errors import ConflictError, NotAllowedError
from consent_service.operators.sessions import Place
from consent_service.pages.languages import language
from consent_service.retention.opening import MOST_AT_ONCE, open_at_once
from consent_service.retention.preview import preview
from consent_service.retention.runs import list_runs, run_view
from consent_service.retention.states import RunState, Verdict
from consent_service.services import services
from consent_service.storage.words import ACTION_NAMES

DAYS_AHEAD = 30
LATEST = 10
MAX_REASON = 2000


@dashboard.get("/<slug>/retention")
@at_operator
def retention(place: Place) -> str:
    """Show what is due today and soon, and the latest runs."""
    return _page(place, {})


@dashboard.post("/<slug>/retention/runs")
@at_operator
def open_retention_run(place: Place) -> Response | tuple[str, int]:
    """Open a run for whoever is due today."""
    try:
        with writing(place) as uow:
            open_at_once(uow, services().law)
    except ConflictError:
        words = gettext(
            "No run was opened: nobody is due, another run goes on, or more than %(most)s people are due, whose run "
            "the worker opens at night.",
            most=MOST_AT_ONCE,
        )
        return _page(place, {"form": [words]}), 409
    return redirect(url_for("dashboard.retention", slug=place.slug))


@dashboard.post("/<slug>/retention/runs/<uuid:run_id>/decision")
@at_operator
def decide_on_retention_run(place: Place, run_id: UUID) -> Response | tuple[str, int]:
    """Approve or reject a run that waits for a second person."""
    reason = request.form.get("reason", "").strip()[:MAX_REASON]
    is_approved = request.form.get("decision") == "approve"
    if not is_approved and not reason:
        return _page(place, {"reason": [gettext("Say why it is rejected.")]}), 422
    try:
        with writing(place) as uow:
            run = run_view(uow, run_id)
            if is_approved:
                approve(uow, run.id, by=g.session.staff_id)
            else:
                reject(uow, run.id, by=g.session.staff_id, reason=reason)
    except NotAllowedError:
        return _page(place, {"form": [gettext("Whoever opened a run cannot approve it: somebody else must.")]}), 403
    except ConflictError:
        return _page(place, {"form": [gettext("Somebody has decided on this run before.")]}), 409
    return redirect(url_for("dashboard.retention", slug=place.slug))


def _page(place: Place, problems: Mapping[str, list[str]]) -> str:
    with reading(place) as uow:
        found = preview(uow, services().law, days=DAYS_AHEAD)
        runs = list_runs(uow, LATEST)
    return render_template(
        "retention.html",
        found=found,
        days=DAYS_AHEAD,
        runs=runs,
        waiting=[run for run in runs if run.state is RunState.WAITING],
        is_free=not any(run.state in {RunState.WAITING, RunState.ORDERING} for run in runs),
        problems=problems,
        verdicts={
            Verdict.KEEP: gettext("is kept"),
            Verdict.HOLD: gettext("is held back"),
            Verdict.ACT: gettext("goes"),
        },
        states={
            RunState.WAITING: gettext("waits for a second person"),
            RunState.ORDERING: gettext("is being ordered"),
            RunState.ORDERED: gettext("is being carried out"),
            RunState.DONE: gettext("done"),
            RunState.REJECTED: gettext("rejected"),
        },
        actions={action: words[language()] for action, words in ACTION_NAMES.items()},
    )
