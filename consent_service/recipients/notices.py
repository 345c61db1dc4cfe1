"""One notice to one recipient: owed, sent, acknowledged.

It carries the operator's reference of the person and the purposes, nothing else of the person.  The reference is kept
sealed until there is proof that the notice went out, and forgotten then.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.queries import OrderScope
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.outbox.service import Message, drop_unsent, enqueue
from consent_service.recipients.service import open_contact
from consent_service.recipients.states import MOVES, NoticeKind, NoticeState
from consent_service.recipients.tables import Recipient, RecipientNotice, TransferSubject
from consent_service.subjects.service import reveal_ref

RECIPIENT_NOTICE = "recipient_notice"  # the template of the message by which a notice goes out
_RECIPIENTS = table_of(Recipient)
_NOTICES = table_of(RecipientNotice)
REFERENCE = SealedColumn(_NOTICES.c.sealed)


def owe_notice(
    uow: UnitOfWork, order: OrderScope, kind: NoticeKind, recipient_id: UUID, purposes: Sequence[str]
) -> None:
    """Owe a recipient a notice: by mail where there is an address, by hand where there is none."""
    row = uow.session.execute(
        select(_RECIPIENTS.c.cross_border, _RECIPIENTS.c.edition, _RECIPIENTS.c.sealed).where(
            _RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.id == recipient_id, _RECIPIENTS.c.is_current
        )
    ).one()
    contact = open_contact(uow, recipient_id, row.edition, row.sealed)
    languages = ["kk", "ru", "en"] if row.cross_border else ["kk", "ru"]
    notice_id = new_id(uow.now)
    reference = reveal_ref(uow, order.subject_id).encode()
    uow.session.execute(
        insert(_NOTICES).values(
            operator_id=uow.operator_id,
            id=notice_id,
            order_id=order.id,
            recipient_id=recipient_id,
            subject_id=order.subject_id,
            kind=kind,
            purposes=list(purposes),
            languages=languages,
            state=NoticeState.BY_HAND if contact is None else NoticeState.OWED,
            sealed=REFERENCE.seal(uow, reference, notice_id),
            proof=None,
            sent_at=None,
            acknowledged_on=None,
            acknowledgement=None,
            created_at=uow.now,
        )
    )
    if contact is not None:
        enqueue(uow, Message(RECIPIENT_NOTICE, notice_id, languages[0], {}, address=contact))
    append(
        uow,
        EventType.RECIPIENT_NOTICE_OWED,
        notice_id,
        {
            "notice": str(notice_id),
            "recipient": str(recipient_id),
            "order": str(order.id),
            "kind": str(kind),
            "purposes": list(purposes),
        },
    )


def record_sent(uow: UnitOfWork, notice_id: UUID, proof: Mapping[str, str]) -> None:
    """Record that a notice went out, with what proves it; the reference of the person is forgotten.

    Raises:
        NotFoundError: There is no such notice.
        ConflictError: It went out before.
    """
    _move(uow, notice_id, NoticeState.SENT, proof=dict(proof), sent_at=uow.now, sealed=None)
    drop_unsent(uow, notice_id)
    append(uow, EventType.RECIPIENT_NOTICE_SENT, notice_id, {"notice": str(notice_id), "by": sorted(proof)})


def record_unsent(uow: UnitOfWork, notice_id: UUID, state: NoticeState) -> None:
    """Record that a notice could not be mailed: it has to go another way."""
    _move(uow, notice_id, state)
    append(uow, EventType.RECIPIENT_NOTICE_RETURNED, notice_id, {"notice": str(notice_id), "state": str(state)})


def acknowledge(uow: UnitOfWork, notice_id: UUID, *, on: date, words: str) -> None:
    """Record what a recipient answered.

    Raises:
        NotFoundError: There is no such notice.
        ConflictError: It has not gone out, or was acknowledged before.
        InvalidInputError: The day lies before the notice.
    """
    sent_at = uow.session.scalar(
        select(_NOTICES.c.sent_at).where(_NOTICES.c.operator_id == uow.operator_id, _NOTICES.c.id == notice_id)
    )
    if sent_at is not None and on < almaty_day(sent_at):
        raise InvalidInputError.of("on", "A notice cannot be acknowledged before it was sent.")
    _move(uow, notice_id, NoticeState.ACKNOWLEDGED, acknowledged_on=on, acknowledgement=words)
    append(
        uow,
        EventType.RECIPIENT_NOTICE_ACKNOWLEDGED,
        notice_id,
        {"notice": str(notice_id), "on": on.isoformat()},
    )


def open_reference(uow: UnitOfWork, notice_id: UUID) -> str:
    """Return the operator's reference of the person whom a notice is about.

    Raises:
        NotFoundError: There is no such notice, or it has gone out.
    """
    sealed = uow.session.scalar(
        select(_NOTICES.c.sealed).where(_NOTICES.c.operator_id == uow.operator_id, _NOTICES.c.id == notice_id)
    )
    if sealed is None:
        raise NotFoundError("The notice has gone out; whom it was about has been forgotten with that.")
    return REFERENCE.open(uow, sealed, notice_id).decode()


def _move(uow: UnitOfWork, notice_id: UUID, to: NoticeState, **values: Any) -> None:  # Any: column values
    here = (_NOTICES.c.operator_id == uow.operator_id, _NOTICES.c.id == notice_id)
    before = [state for state, ways in MOVES.items() if to in ways]
    moved = uow.session.execute(update(_NOTICES).where(*here, _NOTICES.c.state.in_(before)).values(state=to, **values))
    if changed_rows(moved):
        return
    state = uow.session.scalar(select(_NOTICES.c.state).where(*here))
    if state is None:
        raise NotFoundError("There is no such notice.")
    raise ConflictError(f"The notice is {state}: this step is not possible from there.")


def forget_recipients(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete who was told and what was transferred of people whose evidence term is over."""
    for table in (_NOTICES, table_of(TransferSubject)):
        uow.session.execute(
            delete(table).where(table.c.operator_id == uow.operator_id, table.c.subject_id.in_(subject_ids))
        )
