"""Reads about withdrawals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from consent_service.consents.endings import is_replaced, standing_choices
from consent_service.consents.queries import states_of
from consent_service.consents.states import ConsentState
from consent_service.duties.assigning import is_work_of
from consent_service.duties.clock_log import EntryView, entries_of
from consent_service.duties.ordering import CaseOrder, in_order
from consent_service.duties.queries import DutyView, duties_of
from consent_service.erasure.queries import OrderView, has_moved_on, order_of
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.paging import turn_page
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import LetterView, letters_of
from consent_service.policies.queries import document_id, version_by_id
from consent_service.policies.terms import TerminationRule
from consent_service.subjects.queries import find_id
from consent_service.withdrawals.course import purposes_of
from consent_service.withdrawals.states import NOT_EXECUTED, Bar, Matter, WithdrawalChannel, WithdrawalState
from consent_service.withdrawals.tables import REFUSED_ROWS, Withdrawal, WithdrawalPurpose


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """One withdrawal with its duties, the clauses applied and its erasure order."""

    id: UUID
    subject_id: UUID
    state: WithdrawalState
    matter: Matter
    document: str
    version: str
    purposes: tuple[str, ...]
    barred: tuple[str, ...]
    parts: Sequence[str]
    acting: Mapping[str, str]
    channel: WithdrawalChannel
    sent_at: datetime | None
    received_at: datetime
    received_on: date
    wanted_on: date | None
    effective_on: date
    effective_at: datetime
    cancellable_until: date | None
    bar: Bar | None
    bar_reference: str | None
    cancelled_by: str | None
    resumed_at: datetime | None
    rules: Sequence[Mapping[str, Any]]  # Any: {code, clause, kk, ru, en} as stored
    duties: tuple[DutyView, ...]
    erasure: OrderView | None
    letters: tuple[LetterView, ...]
    clock_log: tuple[EntryView, ...]


def withdrawal_view(uow: UnitOfWork, withdrawal_id: UUID) -> WithdrawalView:
    """Return one withdrawal.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.get(Withdrawal, (uow.operator_id, withdrawal_id))
    if row is None:
        raise NotFoundError("There is no such withdrawal.")
    version = version_by_id(uow, row.version_id)
    purposes = {version.codes.get(one.purpose_id, str(one.purpose_id)): one for one in purposes_of(uow, withdrawal_id)}
    return WithdrawalView(
        id=row.id,
        subject_id=row.subject_id,
        state=row.state,
        matter=row.matter,
        document=version.name,
        version=version.version,
        purposes=tuple(sorted(purposes)),
        barred=tuple(sorted(code for code, one in purposes.items() if one.is_barred)),
        parts=row.parts,
        acting=row.acting,
        channel=row.channel,
        sent_at=row.sent_at,
        received_at=row.received_at,
        received_on=row.received_on,
        wanted_on=row.wanted_on,
        effective_on=row.effective_on,
        effective_at=row.effective_at,
        cancellable_until=row.cancellable_until,
        bar=row.bar,
        bar_reference=row.bar_reference,
        cancelled_by=row.cancelled_by,
        resumed_at=row.resumed_at,
        rules=row.rules,
        duties=tuple(duties_of(uow, withdrawal_id)),
        erasure=order_of(uow, withdrawal_id),
        letters=tuple(letters_of(uow, withdrawal_id)),
        clock_log=tuple(entries_of(uow, withdrawal_id)),
    )


@dataclass(frozen=True, slots=True)
class WithdrawalLine:
    """A line of the list of withdrawals, or of the register of refusals."""

    id: UUID
    subject_id: UUID
    matter: Matter
    state: WithdrawalState
    document: str
    channel: WithdrawalChannel
    received_on: date
    effective_on: date
    bar: Bar | None
    bar_reference: str | None
    decided_at: datetime | None
    assignee_id: UUID | None


_WITHDRAWALS = table_of(Withdrawal)
_STORED = ["version_id", *(name for name in WithdrawalLine.__dataclass_fields__ if name != "document")]
_LINE = [_WITHDRAWALS.c[name] for name in _STORED]


@dataclass(frozen=True, slots=True)
class PurposeLine:
    """A purpose that a withdrawal covers, and where the consent to it stands now; None once its proof is gone."""

    consent_id: UUID
    code: str
    name: Mapping[str, str]
    state: ConsentState | None
    is_barred: bool


def purpose_lines(uow: UnitOfWork, withdrawal_id: UUID) -> list[PurposeLine]:
    """Return the purposes of a withdrawal in the order of its document.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.get(Withdrawal, (uow.operator_id, withdrawal_id))
    if row is None:
        raise NotFoundError("There is no such withdrawal.")
    version = version_by_id(uow, row.version_id)
    covered = purposes_of(uow, withdrawal_id)
    states = states_of(uow, [one.consent_id for one in covered])
    names = {purpose.code: purpose.name for purpose in version.terms.purposes}
    lines = []
    for one in covered:
        code = version.codes.get(one.purpose_id, str(one.purpose_id))
        name = names.get(code, dict.fromkeys(("kk", "ru", "en"), code))
        lines.append(
            PurposeLine(one.consent_id, code, name, states.get((one.consent_id, one.purpose_id)), one.is_barred)
        )
    order = list(names)
    return sorted(lines, key=lambda line: (order.index(line.code) if line.code in names else len(order), line.code))


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a document stands of a person, and so can be withdrawn; ``endings``: how the agreement may be ended."""

    document: str
    title: Mapping[str, str]
    version: str
    purposes: tuple[tuple[str, Mapping[str, str]], ...]
    endings: tuple[TerminationRule, ...]


def standing_of(uow: UnitOfWork, subject_ref: str, document: str) -> Standing:
    """Return what a person can withdraw from a document now.

    Raises:
        NotFoundError: The operator does not know the person or the document.
        ConflictError: Nothing stands.
    """
    subject_id = find_id(uow, subject_ref)
    if subject_id is None:
        raise NotFoundError("Nobody is known under this reference.")
    standing = standing_choices(uow, subject_id, document_id(uow, document), until=uow.now)
    if not standing:
        raise ConflictError("The person has no consent to this document that could be withdrawn.")
    version = version_by_id(uow, standing[0].version_id)
    codes: dict[UUID, str] = {}
    for version_id in {choice.version_id for choice in standing}:
        codes |= version_by_id(uow, version_id).codes
    stands = {codes[choice.purpose_id] for choice in standing}
    names = {purpose.code: purpose.name for purpose in version.terms.purposes}
    own = [(code, name) for code, name in names.items() if code in stands]
    older = [(code, dict.fromkeys(("kk", "ru", "en"), code)) for code in sorted(stands - set(names))]
    return Standing(version.document, version.terms.title, version.version, (*own, *older), version.terms.termination)


def not_executed(uow: UnitOfWork) -> Select[UUID]:
    """Return the withdrawals in effect whose data are not destroyed everywhere, as part of another statement."""
    return select(Withdrawal.id).where(Withdrawal.operator_id == uow.operator_id, Withdrawal.state.in_(NOT_EXECUTED))


def list_withdrawals(
    uow: UnitOfWork,
    *,
    states: Collection[WithdrawalState] = (),
    refused: bool = False,
    subject_id: UUID | None = None,
    assignees: Sequence[UUID | None] = (),
    order: CaseOrder = CaseOrder.LATEST,
    limit: int,
    cursor: str | None,
) -> tuple[list[WithdrawalLine], str | None]:
    """Return a page of withdrawals, the latest received first unless ordered otherwise, and the next page's cursor.

    ``refused``: only the register of refusals, with those refused in part and those that went on later;
    ``subject_id``: only those of one person; ``assignees``: only their work, of nobody where it is None.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_LINE, _WITHDRAWALS.c.received_at).where(_WITHDRAWALS.c.operator_id == uow.operator_id)
    if states:
        query = query.where(_WITHDRAWALS.c.state.in_(states))
    if refused:
        query = query.where(REFUSED_ROWS)
    if subject_id is not None:
        query = query.where(_WITHDRAWALS.c.subject_id == subject_id)
    if assignees:
        query = query.where(is_work_of(_WITHDRAWALS.c.assignee_id, assignees))
    query, by = in_order(uow, query, order, case_id=_WITHDRAWALS.c.id, received_at=_WITHDRAWALS.c.received_at)
    rows, after = turn_page(uow.session, query, by, limit=limit, cursor=cursor)
    versions = {version_id: version_by_id(uow, version_id).name for version_id in {row.version_id for row in rows}}
    values = [{name: getattr(row, name) for name in _STORED} for row in rows]
    return [WithdrawalLine(document=versions[one.pop("version_id")], **one) for one in values], after


def answered_again(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Return people with an open withdrawal of a consent that they have answered again since."""
    return list(
        uow.session.scalars(
            select(WithdrawalPurpose.subject_id)
            .distinct()
            .where(
                WithdrawalPurpose.operator_id == uow.operator_id,
                WithdrawalPurpose.is_open,
                is_replaced(WithdrawalPurpose.operator_id, WithdrawalPurpose.consent_id, WithdrawalPurpose.purpose_id),
            )
            .limit(limit)
        )
    )


def due_to_take_effect(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Return scheduled withdrawals whose day has come."""
    return list(
        uow.session.scalars(
            select(Withdrawal.id)
            .where(
                Withdrawal.operator_id == uow.operator_id,
                Withdrawal.state == WithdrawalState.SCHEDULED,
                Withdrawal.effective_at <= uow.now,
            )
            .order_by(Withdrawal.effective_at)
            .limit(limit)
        )
    )


def waiting_for_erasure(uow: UnitOfWork, limit: int, after: UUID | None) -> list[UUID]:
    """Return withdrawals whose erasure order has moved on without them, by id."""
    query = select(Withdrawal.id).where(
        Withdrawal.operator_id == uow.operator_id,
        Withdrawal.state.in_((WithdrawalState.EFFECTIVE, WithdrawalState.ERASING)),
        has_moved_on(Withdrawal.operator_id, Withdrawal.id, Withdrawal.state == WithdrawalState.ERASING),
    )
    if after is not None:
        query = query.where(Withdrawal.id > after)
    return list(uow.session.scalars(query.order_by(Withdrawal.id).limit(limit)))


def withdrawals_of(uow: UnitOfWork, subject_id: UUID) -> list[dict[str, str]]:
    """Return the withdrawals of a person as data, the earliest first."""
    rows = uow.session.scalars(
        select(Withdrawal)
        .where(Withdrawal.operator_id == uow.operator_id, Withdrawal.subject_id == subject_id)
        .order_by(Withdrawal.received_at)
    )
    return [
        {
            "id": str(row.id),
            "document": version_by_id(uow, row.version_id).name,
            "received_on": row.received_on.isoformat(),
            "effective_on": row.effective_on.isoformat(),
            "state": str(row.state),
        }
        for row in rows
    ]
