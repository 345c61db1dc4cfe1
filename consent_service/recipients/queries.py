"""Reads of the register: entries with their history, transfers, notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.recipients.rules import Entry
from consent_service.recipients.service import open_contact
from consent_service.recipients.states import Condition, NoticeKind, NoticeState
from consent_service.recipients.tables import Recipient, RecipientNotice, Transfer, TransferSubject

_RECIPIENTS = table_of(Recipient)
_TRANSFERS = table_of(Transfer)
_TRANSFER_SUBJECTS = table_of(TransferSubject)
_NOTICES = table_of(RecipientNotice)


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One edition of an entry; its contact stays sealed."""

    id: UUID
    edition: int
    is_current: bool
    name: str
    country: str
    bin: str | None
    data: Sequence[str]
    purposes: Sequence[str]
    named_as: Sequence[str]
    cross_border: bool
    condition: Condition | None
    publication: bool
    contract: str | None
    contract_on: date | None
    since_on: date
    until_on: date | None
    has_contact: bool
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TransferView:
    """One transfer that took place."""

    id: UUID
    recipient_id: UUID
    recipient: str
    transferred_on: date
    data: Sequence[str]
    purpose: str
    people: int
    must_tell: bool
    told_at: datetime | None
    told_how: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice to a recipient, without the person."""

    id: UUID
    recipient_id: UUID
    recipient: str
    subject_id: UUID
    kind: NoticeKind
    purposes: Sequence[str]
    languages: Sequence[str]
    state: NoticeState
    proof: Mapping[str, Any] | None  # Any: JSON values
    sent_at: datetime | None
    acknowledged_on: date | None
    acknowledgement: str | None
    created_at: datetime


_RECIPIENT = [
    _RECIPIENTS.c.sealed.is_not(None) if name == "has_contact" else _RECIPIENTS.c[name]
    for name in RecipientView.__dataclass_fields__
]
_TRANSFER = [
    _RECIPIENTS.c.name if name == "recipient" else _TRANSFERS.c[name] for name in TransferView.__dataclass_fields__
]
_NOTICE = [_RECIPIENTS.c.name if name == "recipient" else _NOTICES.c[name] for name in NoticeView.__dataclass_fields__]


def list_recipients(uow: UnitOfWork) -> list[RecipientView]:
    """Return the entries as they stand, by name."""
    rows = uow.session.execute(
        select(*_RECIPIENT)
        .where(_RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.is_current)
        .order_by(_RECIPIENTS.c.name, _RECIPIENTS.c.id)
    )
    return [RecipientView(*row) for row in rows]


def has_recipients(uow: UnitOfWork) -> bool:
    """Say whether anybody was ever entered into the register."""
    entered = select(_RECIPIENTS.c.id).where(_RECIPIENTS.c.operator_id == uow.operator_id).exists()
    return bool(uow.session.scalar(select(entered)))


def history(uow: UnitOfWork, recipient_id: UUID) -> list[RecipientView]:
    """Return the editions of an entry, the latest first.

    Raises:
        NotFoundError: The operator has no such entry.
    """
    rows = uow.session.execute(
        select(*_RECIPIENT)
        .where(_RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.id == recipient_id)
        .order_by(_RECIPIENTS.c.edition.desc())
    ).all()
    if not rows:
        raise NotFoundError("There is no such recipient.")
    return [RecipientView(*row) for row in rows]


def entry_of(uow: UnitOfWork, recipient_id: UUID) -> Entry:
    """Return an entry as it was entered last, contact included.

    Raises:
        NotFoundError: The operator has no such entry.
    """
    view = history(uow, recipient_id)[0]
    sealed = uow.session.scalar(
        select(_RECIPIENTS.c.sealed).where(
            _RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.id == recipient_id, _RECIPIENTS.c.is_current
        )
    )
    fields = {name: getattr(view, name) for name in Entry.__dataclass_fields__ if name != "contact"}
    return Entry(**fields, contact=open_contact(uow, recipient_id, view.edition, sealed))


def list_transfers(uow: UnitOfWork, *, limit: int, recipient_id: UUID | None = None) -> list[TransferView]:
    """Return the latest transfers, of one recipient or of all."""
    query = select(*_TRANSFER).join(_RECIPIENTS, _named(_TRANSFERS)).where(_TRANSFERS.c.operator_id == uow.operator_id)
    if recipient_id is not None:
        query = query.where(_TRANSFERS.c.recipient_id == recipient_id)
    rows = uow.session.execute(query.order_by(_TRANSFERS.c.transferred_on.desc(), _TRANSFERS.c.id.desc()).limit(limit))
    return [TransferView(*row) for row in rows]


def transfers_of(uow: UnitOfWork, subject_id: UUID) -> list[TransferView]:
    """Return the transfers of one person's data, the earliest first."""
    person = (_TRANSFER_SUBJECTS.c.operator_id == _TRANSFERS.c.operator_id) & (
        _TRANSFER_SUBJECTS.c.transfer_id == _TRANSFERS.c.id
    )
    rows = uow.session.execute(
        select(*_TRANSFER)
        .join(_RECIPIENTS, _named(_TRANSFERS))
        .join(_TRANSFER_SUBJECTS, person)
        .where(_TRANSFER_SUBJECTS.c.operator_id == uow.operator_id, _TRANSFER_SUBJECTS.c.subject_id == subject_id)
        .order_by(_TRANSFERS.c.transferred_on, _TRANSFERS.c.id)
    )
    return [TransferView(*row) for row in rows]


def transfer_view(uow: UnitOfWork, transfer_id: UUID) -> TransferView:
    """Return one transfer.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(*_TRANSFER)
        .join(_RECIPIENTS, _named(_TRANSFERS))
        .where(_TRANSFERS.c.operator_id == uow.operator_id, _TRANSFERS.c.id == transfer_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such transfer.")
    return TransferView(*row)


def list_notices(
    uow: UnitOfWork, *, limit: int, recipient_id: UUID | None = None, states: frozenset[NoticeState] | None = None
) -> list[NoticeView]:
    """Return the latest notices, of one recipient or of all."""
    query = select(*_NOTICE).join(_RECIPIENTS, _named(_NOTICES)).where(_NOTICES.c.operator_id == uow.operator_id)
    if recipient_id is not None:
        query = query.where(_NOTICES.c.recipient_id == recipient_id)
    if states is not None:
        query = query.where(_NOTICES.c.state.in_(states))
    rows = uow.session.execute(query.order_by(_NOTICES.c.created_at.desc(), _NOTICES.c.id.desc()).limit(limit))
    return [NoticeView(*row) for row in rows]


def notice_view(uow: UnitOfWork, notice_id: UUID) -> NoticeView:
    """Return one notice.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(*_NOTICE)
        .join(_RECIPIENTS, _named(_NOTICES))
        .where(_NOTICES.c.operator_id == uow.operator_id, _NOTICES.c.id == notice_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such notice.")
    return NoticeView(*row)


def _named(table: Any) -> Any:  # Any: a Core table in, an SQL expression out
    return (
        (_RECIPIENTS.c.operator_id == table.c.operator_id)
        & (_RECIPIENTS.c.id == table.c.recipient_id)
        & _RECIPIENTS.c.is_current
    )
