"""Ends what has a term: offers to renew, expiry.  Each item is its own decision."""

from collections.abc import Sequence
from datetime import timedelta

from consent_service.consents.endings import EndingChoice, ending_choices, expire_choice, mark_renewal_offered
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


def expire_consent(uow: UnitOfWork, ending: EndingChoice, law: Law) -> None:
    """End a consent whose last day is over; where nothing else stands, what was kept is to go (art. 18(1))."""
    person = lock_by_id(uow, ending.subject_id)
    if not expire_choice(uow, ending.consent_id, ending.purpose_id, ended_at=ending.ends_at):
        return
    append(
        uow,
        EventType.CONSENT_EXPIRED,
        ending.subject_id,
        {"consent": str(ending.consent_id), "ended_on": ending.expires_on.isoformat()},
    )
    if person is not None and not has_live_consent(uow, ending.subject_id):
        _order_erasure(uow, law, ending)


def _order_erasure(uow: UnitOfWork, law: Law, ending: EndingChoice) -> None:
    case_id = ending.consent_id
    rule = law.catalogue.rule(EXPIRED, almaty_day(ending.ends_at))
    spec = DutySpec.of_law(rule, ending.ends_at, law.catalogue.edition, Moment.ENDED)
    owe(uow, Case("expiry", case_id, ending.subject_id), [spec], law.calendar)
    order_erasure(
        uow,
        OrderErasure(
            subject_id=ending.subject_id,
            cause_kind="expiry",
            cause_id=case_id,
            ground=Ground.STORAGE_ENDED,
            run_after=uow.now,
            due_on=deadline_for(spec.period, spec.from_at, law.calendar).due_on,
        ),
    )
