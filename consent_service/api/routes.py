"""The blueprint of the API: version 1, the description of it, liveness and readiness."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from consent_service.api import ledger
from consent_service.api.openapi import describe
from consent_service.api.v1 import (
    compliance,
    consents,
    deadlines,
    documents,
    governance,
    incidents,
    letters,
    receipts,
    recipients,
    request_files,
    standings,
    subject_requests,
    transfers,
    withdrawals,
)
from consent_service.kernel.uow import Actor
from consent_service.ledger.tree import waiting_since
from consent_service.receipts.signing import public_jwk
from consent_service.runs.queries import latest_runs
from consent_service.services import services

PREFIX = "/api/v1"
api = Blueprint("api", __name__, template_folder="templates")
MODULES = (
    documents,
    compliance,
    standings,
    consents,
    receipts,
    withdrawals,
    subject_requests,
    request_files,
    incidents,
    letters,
    recipients,
    transfers,
    governance,
    deadlines,
)
for module in MODULES:
    api.register_blueprint(module.bp, url_prefix=PREFIX)
api.register_blueprint(ledger.bp)
api.register_blueprint(ledger.bp, url_prefix=f"{PREFIX}/ledger", name="ledger_v1")


@api.get("/api/openapi.json")
def openapi() -> Response:
    """Return the API description."""
    return _json(_description())


@api.get("/api/docs")
def docs() -> str:
    """Show the API description to a person."""
    described = _description()
    return render_template(
        "api_docs.html",
        title=described["info"]["title"],
        description=described["info"]["description"],
        paths=described["paths"],
        schemas=described["components"]["schemas"],
    )


@api.get("/.well-known/jwks.json")
def jwks() -> Response:
    """Publish the keys by which receipts are checked, of every generation."""
    return _json({"keys": [public_jwk(one.receipts) for one in services().keys.public_signers()]})


@api.get("/healthz")
def healthz() -> Response:
    """Say that the process runs."""
    return _json({"status": "ok"})


@api.get("/readyz")
def readyz() -> Response:
    """Say whether requests can be served: the database answers."""
    try:
        with services().read(Actor("system", "readyz")) as uow:
            uow.session.execute(text("SELECT version_num FROM alembic_version")).one()
    except SQLAlchemyError:
        return _json(
            {"status": "unready", "database": "cannot be reached, or has no schema"}, HTTPStatus.SERVICE_UNAVAILABLE
        )
    return _json({"status": "ready"})


@api.get("/metrics")
def metrics() -> Response:
    """Give lateness and outcome of each job, and of sealing, in the Prometheus text format; nothing personal."""
    with services().read(Actor("system", "metrics")) as uow:
        runs, waiting, now = latest_runs(uow.session), waiting_since(uow.session), uow.now
    lines = ["# TYPE kelisim_job_last_run_age_seconds gauge", "# TYPE kelisim_job_last_run_failed gauge"]
    for run in runs:
        label = f'{{job="{run.job}"}}'
        lines.append(f"kelisim_job_last_run_age_seconds{label} {(now - run.started_at).total_seconds():.0f}")
        lines.append(f"kelisim_job_last_run_failed{label} {int(run.outcome == 'failed')}")
    age = (now - waiting).total_seconds() if waiting else 0
    lines += ["# TYPE kelisim_ledger_waiting_seconds gauge", f"kelisim_ledger_waiting_seconds {age:.0f}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _description() -> dict[str, Any]:  # Any: JSON values
    return describe(list(current_app.url_map.iter_rules()), services().settings.base_url)


def _json(body: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(orjson.dumps(body), status=status.value, mimetype="application/json")
