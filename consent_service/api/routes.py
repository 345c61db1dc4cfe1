"""The blueprint of the API: version 1, and the description of it."""

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template

from consent_service.api import ledger, metrics, readiness
from consent_service.api.openapi import describe
from consent_service.api.v1 import (
    browsers,
    compliance,
    connectors,
    consents,
    deadlines,
    documents,
    erasures,
    forms,
    governance,
    incidents,
    legal_holds,
    letters,
    preferences,
    receipts,
    recipients,
    request_files,
    retention,
    standings,
    subject_requests,
    transfers,
    webhooks,
    withdrawals,
)
from consent_service.kernel.signing import public_jwk
from consent_service.services import services

PREFIX = "/api/v1"
api = Blueprint("api", __name__, template_folder="templates")
MODULES = (
    documents,
    compliance,
    standings,
    forms,
    browsers,
    consents,
    preferences,
    receipts,
    withdrawals,
    subject_requests,
    request_files,
    incidents,
    letters,
    recipients,
    transfers,
    retention,
    erasures,
    legal_holds,
    governance,
    connectors,
    webhooks,
    deadlines,
)
for module in MODULES:
    api.register_blueprint(module.bp, url_prefix=PREFIX)
api.register_blueprint(metrics.bp)
api.register_blueprint(readiness.bp)
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


def _description() -> dict[str, Any]:  # Any: JSON values
    return describe(list(current_app.url_map.iter_rules()), services().settings.base_url)


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json")
