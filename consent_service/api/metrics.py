"""``/metrics``: requests, and whatever is late, waits or stands still, in the Prometheus text format."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app

from consent_service.api.anchor_metrics import anchor_lines
from consent_service.api.request_metrics import count_requests, request_lines
from consent_service.api.work_metrics import gauge, work_lines
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.counts import failing_targets, late_orders, open_orders_by_state
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.tree import waiting_since
from consent_service.services import services

bp = Blueprint("metrics", __name__)
_EVERY = "kelisim-jobs-every"


def register(app: Flask, every: Mapping[str, timedelta]) -> None:
    """Count the requests of an app; ``every``: how often each job has to run, wherever its worker is."""
    app.extensions[_EVERY] = every
    count_requests(app)


@bp.get("/metrics")
def metrics() -> Response:
    """Give the numbers by which it is seen that something is late or stands still; nothing personal."""
    with services().read(Actor("system", "metrics")) as uow:
        anchors = anchor_lines(uow, services().settings.anchors)
        work = work_lines(uow, current_app.extensions[_EVERY], services().law.calendar)
        lines = [*work, *_sealing(uow), *anchors, *_erasures(uow)]
    return Response("\n".join([*lines, *request_lines()]) + "\n", mimetype="text/plain")


def _sealing(uow: UnitOfWork) -> Iterator[str]:
    since = waiting_since(uow.session)
    age = (uow.now - since).total_seconds() if since else 0
    yield from gauge("kelisim_ledger_waiting_seconds", "How long the oldest event waits to be sealed.", {"": age})


def _erasures(uow: UnitOfWork) -> Iterator[str]:
    yield "# TYPE kelisim_erasures_open gauge"
    for state, orders in open_orders_by_state(uow.session).items():
        yield f'kelisim_erasures_open{{state="{state}"}} {orders}'
    yield "# TYPE kelisim_erasures_late gauge"
    yield f"kelisim_erasures_late {late_orders(uow.session, almaty_day(uow.now))}"
    yield "# TYPE kelisim_erasure_targets_failed gauge"
    for kind, targets in sorted(failing_targets(uow.session).items()):
        yield f'kelisim_erasure_targets_failed{{kind="{kind}"}} {targets}'
