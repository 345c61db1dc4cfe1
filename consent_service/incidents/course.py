"""The moves of an incident, under its own lock."""

from uuid import UUID

from sqlalchemy import select

from consent_service.incidents.states import MOVES, IncidentState
from consent_service.incidents.tables import Incident
from consent_service.kernel.errors import NotFoundError, TransitionError
from consent_service.kernel.uow import UnitOfWork

CASE_KIND = "incident"
NOTIFY, TELL = "notify_authority", "tell_subject"


def lock(uow: UnitOfWork, incident_id: UUID) -> Incident:
    """Return an incident, locked until the transaction ends.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    incident = uow.session.scalar(
        select(Incident)
        .where(Incident.operator_id == uow.operator_id, Incident.id == incident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if incident is None:
        raise NotFoundError("There is no such incident.")
    return incident


def move(incident: Incident, to: IncidentState) -> None:
    """Move an incident along an arrow.

    Raises:
        TransitionError: There is no such arrow.
    """
    if to not in MOVES[incident.state]:
        raise TransitionError(f"The incident is {incident.state}: it cannot become {to}.")
    incident.state = to
