"""Finding whom a withdrawal or an erasure concerns, and telling them (Law 94-V art. 18 binds third parties too)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.holders import purposes_given
from consent_service.erasure.queries import OrderScope, cancelled_among, open_orders, order_scope, why_kept
from consent_service.erasure.states import OrderState
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import purposes_of_ids
from consent_service.recipients.named import named_recipients, purposes_naming
from consent_service.recipients.notices import owe_notice
from consent_service.recipients.queries import has_recipients, list_recipients
from consent_service.recipients.rules import Holder, concerned
from consent_service.recipients.states import NoticeKind
from consent_service.recipients.tables import NoticeRound, RecipientNotice, Transfer, TransferSubject
from consent_service.subjects.service import lock_by_id

_WAITS_FOR_SOMEBODY = frozenset({OrderState.HELD, OrderState.AWAITING_APPROVAL})
_NOTICES = table_of(RecipientNotice)
_ROUNDS = table_of(NoticeRound)
_TRANSFERS = table_of(Transfer)
_PEOPLE = table_of(TransferSubject)


def tell_to_destroy(uow: UnitOfWork, order_id: UUID) -> int:
    """Tell those whom an erasure concerns, in its own transaction, before the person's reference is gone.

    Where nothing else stands, the person goes as a whole: then the other open orders are told of as well, and everybody
    to whom data of the person were transferred.  Returns how many notices are owed.
    """
    order = order_scope(uow, order_id) if has_recipients(uow) else None
    if order is None or lock_by_id(uow, order.subject_id) is None:
        return 0
    if why_kept(uow, order.subject_id, demanded=order.demanded):
        return _tell(uow, order, NoticeKind.DESTROY, _names(uow, order))
    told = 0
    for other in open_orders(uow, subject_id=order.subject_id):
        ended = _names(uow, other)
        if other.id == order.id:
            ended |= {purpose for given in _transferred(uow, order.subject_id).values() for purpose in given}
        told += _tell(uow, other, NoticeKind.DESTROY, ended)
    return told


def tell_to_stop(uow: UnitOfWork, order_id: UUID) -> None:
    """Tell those whom an erasure of a later day concerns to stop now: the consent has ended already."""
    order = order_scope(uow, order_id)
    if order is not None:
        _tell(uow, order, NoticeKind.STOP, _names(uow, order))


def tell_to_resume(uow: UnitOfWork, order_id: UUID) -> None:
    """Tell those who were told to stop that the consent stands again."""
    order = order_scope(uow, order_id)
    if order is None or not _begin(uow, order_id, NoticeKind.RESUME):
        return
    if lock_by_id(uow, order.subject_id) is None:
        return
    rows = uow.session.execute(
        select(_NOTICES.c.recipient_id, _NOTICES.c.purposes).where(
            _NOTICES.c.operator_id == uow.operator_id,
            _NOTICES.c.order_id == order_id,
            _NOTICES.c.kind == NoticeKind.STOP,
        )
    ).all()
    for row in rows:
        owe_notice(uow, order, NoticeKind.RESUME, row.recipient_id, row.purposes)


def orders_to_stop(uow: UnitOfWork, *, after: UUID | None, limit: int) -> tuple[list[UUID], UUID | None]:
    """Return, of a page of open orders, those of a later day that were not told of yet, and where the next page begins.

    An order whose time has come is told of by the erasure itself, unless it waits for a decision.
    """
    if not has_recipients(uow):
        return [], None  # nobody is to be told; a run of many people has as many orders
    page = open_orders(uow, after=after, limit=limit)
    known = _told(uow, [order.id for order in page])
    due = [
        order.id
        for order in page
        if order.id not in known and (order.run_after > uow.now or order.state in _WAITS_FOR_SOMEBODY)
    ]
    return due, page[-1].id if len(page) == limit else None


def orders_to_resume(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Return cancelled orders of which recipients were told to stop and nothing since."""
    later = _ROUNDS.alias()
    stopped = uow.session.scalars(
        select(_ROUNDS.c.order_id)
        .outerjoin(
            later,
            (later.c.operator_id == _ROUNDS.c.operator_id)
            & (later.c.order_id == _ROUNDS.c.order_id)
            & (later.c.kind != NoticeKind.STOP),
        )
        .where(
            _ROUNDS.c.operator_id == uow.operator_id,
            _ROUNDS.c.kind == NoticeKind.STOP,
            _ROUNDS.c.told > 0,
            later.c.order_id.is_(None),
        )
        .order_by(_ROUNDS.c.order_id)
    ).all()
    return cancelled_among(uow, stopped)[:limit]


def _tell(uow: UnitOfWork, order: OrderScope, kind: NoticeKind, ended: set[str]) -> int:
    if not _begin(uow, order.id, kind) or lock_by_id(uow, order.subject_id) is None:
        return 0
    found = concerned(_holders(uow), ended, _transferred(uow, order.subject_id))
    for recipient_id, purposes in found.items():
        owe_notice(uow, order, kind, recipient_id, purposes)
    uow.session.execute(
        update(_ROUNDS)
        .where(_ROUNDS.c.operator_id == uow.operator_id, _ROUNDS.c.order_id == order.id, _ROUNDS.c.kind == kind)
        .values(told=len(found))
    )
    return len(found)


def _begin(uow: UnitOfWork, order_id: UUID, kind: NoticeKind) -> bool:
    """Begin the round of an order; False when it was made before, or another worker is at it."""
    made = uow.session.execute(
        insert_or_skip(uow.session, _ROUNDS)
        .values(operator_id=uow.operator_id, order_id=order_id, kind=kind, told=0, made_at=uow.now)
        .returning(_ROUNDS.c.order_id)
    ).first()
    return made is not None


def _names(uow: UnitOfWork, order: OrderScope) -> set[str]:
    ids = [UUID(purpose) for purpose in order.purposes] or purposes_given(uow, order.subject_id)
    refs = purposes_of_ids(uow, ids)
    return {f"{ref.document}#{ref.code}" for ref in refs}


def _holders(uow: UnitOfWork) -> list[Holder]:
    entries, named = list_recipients(uow), named_recipients(uow)
    return [Holder(entry.id, frozenset(entry.purposes) | purposes_naming(named, entry.named_as)) for entry in entries]


def _transferred(uow: UnitOfWork, subject_id: UUID) -> dict[UUID, set[str]]:
    rows = uow.session.execute(
        select(_TRANSFERS.c.recipient_id, _TRANSFERS.c.purpose)
        .join(
            _PEOPLE,
            (_PEOPLE.c.operator_id == _TRANSFERS.c.operator_id) & (_PEOPLE.c.transfer_id == _TRANSFERS.c.id),
        )
        .where(_TRANSFERS.c.operator_id == uow.operator_id, _PEOPLE.c.subject_id == subject_id)
    )
    found: dict[UUID, set[str]] = {}
    for row in rows:
        found.setdefault(row.recipient_id, set()).add(row.purpose)
    return found


def _told(uow: UnitOfWork, order_ids: Sequence[UUID]) -> set[UUID]:
    return set(
        uow.session.scalars(
            select(_ROUNDS.c.order_id).where(
                _ROUNDS.c.operator_id == uow.operator_id, _ROUNDS.c.order_id.in_(order_ids)
            )
        )
    )
