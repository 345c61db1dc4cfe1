"""Reading every figure of now, in few statements that each look at a bounded number of rows."""

from sqlalchemy import select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.queries import late, soon
from consent_service.duties.rules import soon_until
from consent_service.erasure.register import past_their_day
from consent_service.forms.counts import worst_unsigned
from consent_service.incidents.queries import not_notified
from consent_service.kernel.counting import up_to
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.queries import to_be_told_by_hand
from consent_service.overview.figures import Figure
from consent_service.policies.queries import lacking_a_language
from consent_service.runs.queries import latest_runs
from consent_service.subject_requests.queries import unidentified
from consent_service.webhooks.queries import failing
from consent_service.withdrawals.queries import not_executed

LEDGER_JOBS = "ledger."


def measure(uow: UnitOfWork, calendar: Calendar) -> dict[Figure, int]:
    """Return every figure that is known: a site from which nothing came yet has no rate."""
    rows = {
        Figure.LATE: late(uow),
        Figure.SOON: soon(uow, soon_until(almaty_day(uow.now), calendar)),
        Figure.UNIDENTIFIED: unidentified(uow),
        Figure.NOT_EXECUTED: not_executed(uow),
        Figure.PAST_RETENTION: past_their_day(uow),
        Figure.BREACHES: not_notified(uow),
        Figure.WEBHOOKS: failing(uow),
        Figure.BY_HAND: to_be_told_by_hand(uow),
    }
    counted = uow.session.execute(select(*(up_to(query) for query in rows.values()))).one()
    found = dict(zip(rows, counted, strict=True))
    found[Figure.LACKING_LANGUAGE] = len(lacking_a_language(uow, uow.now))
    worst = worst_unsigned(uow)
    if worst is not None:
        found[Figure.UNSIGNED] = worst
    failed = [run.job for run in latest_runs(uow.session) if run.outcome == "failed"]
    found[Figure.LEDGER] = sum(job.startswith(LEDGER_JOBS) for job in failed)
    found[Figure.JOBS] = len(failed) - found[Figure.LEDGER]
    return found
