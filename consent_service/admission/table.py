"""The table of all routes, and what it says to who asks."""

from collections.abc import Mapping

from consent_service.admission.kinds import Open, Staff
from consent_service.admission.of_everybody import OPEN
from consent_service.admission.of_keys import KEYS
from consent_service.admission.of_staff import STAFF
from consent_service.operators.access import Role, Scope

Admission = Open | Scope | Staff
ROUTES: Mapping[str, Admission] = {**OPEN, **KEYS, **STAFF}


def admission_to(endpoint: str | None) -> Admission | None:
    """Return who is admitted to an endpoint; None where it stands in no table, and nobody is."""
    return ROUTES.get(endpoint or "")


def is_admitted(role: Role, endpoint: str) -> bool:
    """Say whether a role comes to a page of the dashboard, or may send something there."""
    row = ROUTES.get(endpoint)
    return isinstance(row, Staff) and row.admits(role)
