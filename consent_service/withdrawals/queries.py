"""Reads about withdrawals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.duties.queries import DutyView, duties_of
from consent_service.erasure.queries import OrderView, order_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import version_by_id
from consent_service.withdrawals.states import Bar, WithdrawalChannel, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """One withdrawal with its duties, the clauses applied and its erasure order."""

    id: UUID
    subject_id: UUID
    state: WithdrawalState
    document: str
    version: str
    purposes: tuple[str, ...]
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
    rules: Sequence[Mapping[str, Any]]  # Any: {code, clause, kk, ru, en} as stored
    duties: tuple[DutyView, ...]
    erasure: OrderView | None


@dataclass(frozen=True, slots=True)
class WithdrawalLine:
    """One withdrawal as a line of the log, without the person."""

    id: UUID
    document: str
    received_on: date
    channel: WithdrawalChannel
    state: WithdrawalState
    effective_on: date
    bar: Bar | None
    bar_reference: str | None
    closed_at: datetime | None


def withdrawal_view(uow: UnitOfWork, withdrawal_id: UUID) -> WithdrawalView:
    """Return one withdrawal.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.get(Withdrawal, (uow.operator_id, withdrawal_id))
    if row is None:
        raise NotFoundError("There is no such withdrawal.")
    version = version_by_id(uow, row.version_id, uow.now)
    codes = {purpose_id: code for code, purpose_id in version.purposes.items()}
    purposes = uow.session.scalars(
        select(WithdrawalPurpose.purpose_id).where(
            WithdrawalPurpose.operator_id == uow.operator_id, WithdrawalPurpose.withdrawal_id == withdrawal_id
        )
    )
    return WithdrawalView(
        id=row.id,
        subject_id=row.subject_id,
        state=row.state,
        document=f"{version.operator}/{version.document}",
        version=version.version,
        purposes=tuple(sorted(codes.get(purpose_id, str(purpose_id)) for purpose_id in purposes)),
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
        rules=row.rules,
        duties=tuple(duties_of(uow, withdrawal_id)),
        erasure=order_of(uow, withdrawal_id),
    )


def withdrawal_log(uow: UnitOfWork, *, limit: int) -> list[WithdrawalLine]:
    """Return the latest withdrawals as the log of an inspection has them."""
    rows = uow.session.execute(
        select(
            Withdrawal.id,
            Withdrawal.version_id,
            Withdrawal.received_on,
            Withdrawal.channel,
            Withdrawal.state,
            Withdrawal.effective_on,
            Withdrawal.bar,
            Withdrawal.bar_reference,
            Withdrawal.closed_at,
        )
        .where(Withdrawal.operator_id == uow.operator_id)
        .order_by(Withdrawal.received_at.desc(), Withdrawal.id.desc())
        .limit(limit)
    ).all()
    versions = {version_id: version_by_id(uow, version_id, uow.now) for version_id in {row.version_id for row in rows}}
    return [
        WithdrawalLine(
            row.id,
            f"{versions[row.version_id].document} {versions[row.version_id].version}",
            row.received_on,
            row.channel,
            row.state,
            row.effective_on,
            row.bar,
            row.bar_reference,
            row.closed_at,
        )
        for row in rows
    ]


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
    """Return withdrawals that wait for their erasure order, by id."""
    query = select(Withdrawal.id).where(
        Withdrawal.operator_id == uow.operator_id,
        Withdrawal.state.in_((WithdrawalState.EFFECTIVE, WithdrawalState.ERASING)),
    )
    if after is not None:
        query = query.where(Withdrawal.id > after)
    return list(uow.session.scalars(query.order_by(Withdrawal.id).limit(limit)))
