"""Ends what has a term: offers to renew, expiry.  Each item is its own decision."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from consent_service.consents.endings import EndingChoice, ending_choices, expire_choice, mark_renewal_offered
from consent_service.consents.loose_ends import LooseEndView, tied
from consent_service.consents.queries import has_live_consent
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import ALMATY, almaty_day, moment_before
from consent_service.deadlines.service import Law
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.duties.states import Moment
from consent_service.erasure.queries import has_open_order
from consent_service.erasure.service import OrderErasure, order_erasure
from consent_service.erasure.states import Ground
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.outbox.service import Message, enqueue
from consent_service.retention.words import RENEWAL_OFFER
from consent_service.subjects.service import lock_by_id
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

RENEWAL_NOTICE = timedelta(days=30)
EXPIRED = "destroy_expired"
LAST_DAY_RUN_AT = time(20)


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
        {
            "consent": str(ending.consent_id),
            "ended_on": ending.expires_on.isoformat(),
            **ruling_answers(uow, ending.subject_id),
        },
    )
    announce(uow, Kind.PERMISSION_CHANGED, ending.subject_id, [ending.purpose_id], consent=ending.consent_id)
    if person is not None and not has_live_consent(uow, ending.subject_id):
        _order_erasure(
            uow, law, ending.consent_id, ending.subject_id, ending.ends_at, Ground.STORAGE_ENDED, [ending.purpose_id]
        )


def tie_loose_end(uow: UnitOfWork, end: LooseEndView, law: Law) -> None:
    """Order the erasure of a person who said no and of whom nothing else stands (art. 18); they may yet say yes."""
    person = lock_by_id(uow, end.subject_id)
    tied(uow, end.consent_id)
    if person is None or has_live_consent(uow, end.subject_id) or has_open_order(uow, end.subject_id):
        return
    _order_erasure(uow, law, end.consent_id, end.subject_id, end.since, Ground.OTHER_LAW)


def _order_erasure(
    uow: UnitOfWork,
    law: Law,
    case_id: UUID,
    subject_id: UUID,
    ended_at: datetime,
    ground: Ground,
    purposes: Sequence[UUID] = (),
) -> None:
    rule = law.catalogue.rule(EXPIRED, almaty_day(ended_at))
    spec = DutySpec.of_law(rule, moment_before(ended_at), law.catalogue.edition, Moment.ENDED)
    (deadline,) = owe(uow, Case("expiry", case_id, subject_id), [spec], law.calendar)
    # Who has only just said no may still say yes until the evening of the last day.
    last_try = datetime.combine(deadline.due_on, LAST_DAY_RUN_AT, ALMATY)
    order_erasure(
        uow,
        OrderErasure(
            subject_id=subject_id,
            cause_kind="expiry",
            cause_id=case_id,
            ground=ground,
            run_after=uow.now if ground is Ground.STORAGE_ENDED else max(uow.now, last_try),
            due_on=deadline.due_on,
            purposes=purposes,
        ),
    )
