"""``/metrics``: lateness and outcome of jobs, of sealing, anchoring and erasures, in the Prometheus text format."""

from collections.abc import Iterator

from flask import Blueprint, Response

from consent_service.api.anchor_metrics import anchor_lines
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.counts import failing_targets, late_orders, open_orders_by_state
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.tree import waiting_since
from consent_service.runs.queries import latest_runs
from consent_service.services import services

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def metrics() -> Response:
    """Give the numbers by which it is seen that something is late or stands still; nothing personal."""
    with services().read(Actor("system", "metrics")) as uow:
        anchors = anchor_lines(uow, services().settings.anchors)
        lines = [*_jobs(uow), *_sealing(uow), *anchors, *_erasures(uow)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _jobs(uow: UnitOfWork) -> Iterator[str]:
    yield "# TYPE kelisim_job_last_run_age_seconds gauge"
    yield "# TYPE kelisim_job_last_run_failed gauge"
    for run in latest_runs(uow.session):
        label = f'{{job="{run.job}"}}'
        yield f"kelisim_job_last_run_age_seconds{label} {(uow.now - run.started_at).total_seconds():.0f}"
        yield f"kelisim_job_last_run_failed{label} {int(run.outcome == 'failed')}"


def _sealing(uow: UnitOfWork) -> Iterator[str]:
    since = waiting_since(uow.session)
    age = (uow.now - since).total_seconds() if since else 0
    yield "# TYPE kelisim_ledger_waiting_seconds gauge"
    yield f"kelisim_ledger_waiting_seconds {age:.0f}"


def _erasures(uow: UnitOfWork) -> Iterator[str]:
    yield "# TYPE kelisim_erasures_open gauge"
    for state, orders in open_orders_by_state(uow.session).items():
        yield f'kelisim_erasures_open{{state="{state}"}} {orders}'
    yield "# TYPE kelisim_erasures_late gauge"
    yield f"kelisim_erasures_late {late_orders(uow.session, almaty_day(uow.now))}"
    yield "# TYPE kelisim_erasure_targets_failed gauge"
    for kind, targets in sorted(failing_targets(uow.session).items()):
        yield f'kelisim_erasure_targets_failed{{kind="{kind}"}} {targets}'
