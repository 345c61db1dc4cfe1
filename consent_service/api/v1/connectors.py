"""``GET /connectors``: where the operator keeps people's data outside this service; no credential is ever shown."""

from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.connectors_schema import ConnectorsOut
from consent_service.connectors.queries import list_connectors
from consent_service.kernel.uow import UnitOfWork

bp = Blueprint("connectors", __name__)


@endpoint(
    bp,
    "GET",
    "/connectors",
    summary="List the targets of the operator: what is done there, and what their descriptions were held against.",
    answer=ConnectorsOut(),
)
def get_connectors(uow: UnitOfWork) -> dict[str, Any]:  # Any: what the schema dumps
    """List the targets."""
    return {"items": list_connectors(uow)}
