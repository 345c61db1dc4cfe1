"""Ends what has a term: offers to renew, expiry.  Each item is its own decision."""

from collections.abc import Sequence
from datetime import timedelta

from consent_service.consents.endings import EndingChoice, ending_choices, expire_choice, mark_renewal_offered
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.outbox.service import Message, enqueue
from consent_service.retention.words import RENEWAL_OFFER
from consent_service.subjects.service import lock_by_id
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

RENEWAL_NOTICE = timedelta(days=30)


def to_offer(uow: UnitOfWork, limit: int) -> Sequence[EndingChoice]:
    """Return answers that end within 30 days and whose people were not told yet."""
    return ending_choices(uow, last_on=almaty_day(uow.now) + RENEWAL_NOTICE, offered=False, limit=limit)


def offer_renewal(uow: UnitOfWork, ending: EndingChoice) -> None:
    """Warn a person whose consent ends within 30 days, once, and offer to renew it."""
    if lock_by_id(uow, ending.subject_id) is None:
        return
    if not mark_renewal_offered(uow, ending.consent_id, ending.purpose_id):
        return
    ends_on = {"ends_on": ending.expires_on.isoformat()}
    enqueue(
        uow,
        Message(RENEWAL_OFFER, ending.consent_id, ending.language, ends_on, subject_id=ending.subject_id),
    )
    append(uow, EventType.RENEWAL_OFFERED, ending.subject_id, {"consent": str(ending.consent_id), **ends_on})


def to_expire(uow: UnitOfWork, limit: int) -> Sequence[EndingChoice]:
    """Return answers whose last day is over."""
    return ending_choices(uow, last_on=almaty_day(uow.now) - timedelta(days=1), offered=None, limit=limit)


def expire_consent(uow: UnitOfWork, ending: EndingChoice) -> None:
    """End a consent whose last day is over; how long what was kept may still be kept is decided next (art. 18(1))."""
    lock_by_id(uow, ending.subject_id)
    if expire_choice(uow, ending.consent_id, ending.purpose_id, ended_at=ending.ends_at):
        append(
            uow,
            EventType.CONSENT_EXPIRED,
            ending.subject_id,
            {
                "consent": str(ending.consent_id),
                "ended_on": ending.expires_on.isoformat(),
                **ruling_answers(uow, ending.subject_id),
            },
        )
        announce(uow, Kind.PERMISSION_CHANGED, ending.subject_id, [ending.purpose_id], consent=ending.consent_id)
