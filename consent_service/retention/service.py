"""Ends what has a term: offers to renew, expiry, evidence past its term.  Each item is its own decision."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from consent_service.consents.endings import ending_choices, expire_choice, mark_renewal_offered
from consent_service.consents.queries import has_live_consent
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law, deadline_for
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.duties.states import Moment
from consent_service.erasure.service import OrderErasure, order_erasure
from consent_service.erasure.states import Ground
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.outbox.service import Message, enqueue
from consent_service.retention.words import RENEWAL_OFFER
from consent_service.subjects.service import lock_by_id

RENEWAL_NOTICE = timedelta(days=30)
EXPIRED = "destroy_expired"


def offer_renewals(uow: UnitOfWork, limit: int) -> int:
    """Warn everybody whose consent ends within 30 days, once, and offer to renew it."""
    rows = ending_choices(uow, last_on=almaty_day(uow.now) + RENEWAL_NOTICE, offered=False, limit=limit)
    for row in rows:
        if lock_by_id(uow, row.subject_id) is None:
            continue
        mark_renewal_offered(uow, row.consent_id, row.purpose_id)
        enqueue(
            uow,
            Message(
                RENEWAL_OFFER,
                row.consent_id,
                row.language,
                {"ends_on": row.expires_on.isoformat()},
                subject_id=row.subject_id,
            ),
        )
        append(
            uow,
            EventType.RENEWAL_OFFERED,
            row.subject_id,
            {"consent": str(row.consent_id), "ends_on": row.expires_on.isoformat()},
        )
    return len(rows)


def expire_consents(uow: UnitOfWork, law: Law, limit: int) -> int:
    """End consents whose last day is over; where nothing else stands, what was kept is to go (art. 18(1))."""
    yesterday = almaty_day(uow.now) - timedelta(days=1)
    rows = ending_choices(uow, last_on=yesterday, offered=None, limit=limit)
    for row in rows:
        person = lock_by_id(uow, row.subject_id)
        if not expire_choice(uow, row.consent_id, row.purpose_id, ended_at=row.ends_at):
            continue
        append(
            uow,
            EventType.CONSENT_EXPIRED,
            row.subject_id,
            {"consent": str(row.consent_id), "ended_on": row.expires_on.isoformat()},
        )
        if person is not None and not has_live_consent(uow, row.subject_id):
            _order_erasure(uow, law, row)
    return len(rows)


def _order_erasure(uow: UnitOfWork, law: Law, row: Any) -> None:  # Any: a result row of ending_choices
    case_id: UUID = row.consent_id
    rule = law.catalogue.rule(EXPIRED, almaty_day(row.ends_at))
    spec = DutySpec.of_law(rule, row.ends_at, law.catalogue.edition, Moment.ENDED)
    owe(uow, Case("expiry", case_id, row.subject_id), [spec], law.calendar)
    order_erasure(
        uow,
        OrderErasure(
            subject_id=row.subject_id,
            cause_kind="expiry",
            cause_id=case_id,
            ground=Ground.STORAGE_ENDED,
            run_after=uow.now,
            due_on=deadline_for(spec.period, spec.from_at, law.calendar).due_on,
        ),
    )
