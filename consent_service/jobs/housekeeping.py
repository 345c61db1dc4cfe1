"""The job that empties what is kept for a fixed time; ``own_data`` says which tables those are."""

from collections.abc import Callable
from datetime import datetime, timedelta

from consent_service.abuse.service import forget_whole
from consent_service.accounts.devices import forget_devices
from consent_service.accounts.invitations import forget_invitations
from consent_service.accounts.sign_in import forget_failures
from consent_service.accounts.tickets import forget_tickets
from consent_service.drafts.service import forget_expired as forget_drafts
from consent_service.evidence.checks import forget_checks
from consent_service.exports.service import SHELF as EXPORTS
from consent_service.forms.intents import forget_intents
from consent_service.idempotency.service import forget_expired
from consent_service.inspections.service import SHELF as INSPECTIONS
from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_numbers
from consent_service.operators.sessions import forget_sessions
from consent_service.outbox.forgetting import forget_messages
from consent_service.overview.keeping import forget_figures
from consent_service.preferences.links import forget_links
from consent_service.reminders.service import forget_sent
from consent_service.retention.runs import forget_runs
from consent_service.runs.service import forget_old
from consent_service.services import Services
from consent_service.subject_requests.identity import forget_codes
from consent_service.subjects.searching import forget_searches
from consent_service.webhooks.replaying import forget_settled

LONGEST_YEAR = timedelta(days=366)
Forget = Callable[[UnitOfWork, int], int]

_OF_ALL: tuple[Forget, ...] = (
    forget_sessions,
    forget_devices,
    forget_tickets,
    forget_checks,
    lambda uow, limit: forget_expired(uow.session, uow.now, limit),
    lambda uow, limit: forget_old(uow.session, uow.now, limit),
    lambda uow, limit: forget_drafts(uow.session, uow.now, limit),
    lambda uow, limit: forget_whole(uow.session, uow.now, limit),
    lambda uow, limit: forget_links(uow.session, uow.now, limit),
)
_OF_OPERATORS: tuple[Forget, ...] = (
    forget_sent,
    forget_settled,
    forget_codes,
    forget_intents,
    forget_invitations,
    forget_figures,
    forget_searches,
    INSPECTIONS.forget,
    EXPORTS.forget,
)
# Kept as long as claims can be made: these are told before which instant.
_OF_EVIDENCE: tuple[Callable[[UnitOfWork, datetime, int], int], ...] = (forget_messages, forget_runs)


def housekeeping(app: Services, actor: Actor, count: Count) -> None:
    """Forget what is over, in batches, each table after its own time."""
    with app.write(actor) as uow:
        count.done += forget_failures(uow)
        before = uow.now - app.settings.evidence_years * LONGEST_YEAR
        operators = [number for number, _ in operator_numbers(uow.session)]
    for forget in _OF_ALL:
        count.done += _until_short(app, actor, forget)
    for operator_id in operators:
        for forget in _OF_OPERATORS:
            count.done += _until_short(app, actor, forget, operator_id)
        for forget_before in _OF_EVIDENCE:
            count.done += _until_short(app, actor, _since(forget_before, before), operator_id)


def _since(forget: Callable[[UnitOfWork, datetime, int], int], before: datetime) -> Forget:
    return lambda uow, limit: forget(uow, before, limit)


def _until_short(app: Services, actor: Actor, forget: Forget, *operator_id: int) -> int:
    gone, found = 0, BATCH
    while found == BATCH:
        with app.write(actor, *operator_id) as uow:
            found = forget(uow, BATCH)
        gone += found
    return gone
