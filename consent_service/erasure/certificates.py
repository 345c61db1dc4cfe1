"""Acts of destruction: issued in the transaction that ends an order, numbered without a gap, signed, read again."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, insert, select

from consent_service.consents.holders import versions_answered
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.act import SIGNED_AS, Destroyed, Ordered, answerable, build_act, categories
from consent_service.erasure.approvals import decided_by
from consent_service.erasure.joint_act import Line, build_joint_act
from consent_service.erasure.states import Ground
from consent_service.erasure.tables import Certificate, ErasedSubject, ErasureOrder
from consent_service.kernel.canonical import canonical
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.signing import payload_of, sign
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import OperatorName, operator_named
from consent_service.operators.staff import in_charge
from consent_service.policies.queries import version_by_id
from consent_service.subjects.key_epochs import retired_at

_ACTS, _ORDERS, _ERASED = table_of(Certificate), table_of(ErasureOrder), table_of(ErasedSubject)


@dataclass(frozen=True, slots=True)
class ActView:
    """One act: its number, its signed text and digest, and since when no copy from before it opens.

    ``person``: whom the order is about that it was asked for; the act may cover others too.
    """

    order_id: UUID
    year: int
    number: int
    sha256: str
    token: str
    issued_at: datetime
    copies_closed_at: datetime | None
    person: UUID

    @property
    def name(self) -> str:
        """The number in the operator's series."""
        return act_name(self.year, self.number)

    @property
    def text(self) -> bytes:
        """The canonical JSON that was signed."""
        return payload_of(self.token)

    @property
    def act(self) -> dict[str, Any]:  # Any: JSON values
        """The act as JSON values."""
        read: dict[str, Any] = orjson.loads(self.text)  # Any: as above
        return read


def categories_of(uow: UnitOfWork, people: Collection[UUID]) -> list[dict[str, Any]]:  # Any: JSON values
    """Return which data of people are destroyed, by the documents that they ever answered."""
    versions = [version_by_id(uow, version_id) for version_id in versions_answered(uow, people)]
    return categories([(version.name, version.terms) for version in versions])


def issue_act(
    uow: UnitOfWork,
    order: Ordered,
    data: Mapping[str, Any],  # Any: JSON values
    destroyed: Destroyed,
) -> dict[str, str]:
    """Store the act of an order; returns its number and digest for the ledger.

    The caller holds the lock of the operator, so that the series has no gap and no number twice.
    """
    year, number = _next_number(uow)
    responsible = [str(staff_id) for staff_id, _ in in_charge(uow)]
    act = build_act(act_name(year, number), uow.now, operator_named(uow), order, data, destroyed, responsible)
    return _store(uow, UUID(order.id), year, number, act)


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers for a joint act: the operator, those in charge there, and who approved the run."""

    operator: OperatorName
    in_charge: Sequence[str]
    approved_by: str | None


def answering(uow: UnitOfWork, run_id: UUID) -> Answering:
    """Return who answers for the acts of a run."""
    staff = [str(staff_id) for staff_id, _ in in_charge(uow)]
    return Answering(operator_named(uow), staff, decided_by(uow, run_id))


def issue_joint_act(
    uow: UnitOfWork,
    ground: Ground,
    lines: Sequence[Line],
    left: Mapping[str, int],
    data: Mapping[str, Any],  # Any: JSON values
    who: Answering,
) -> dict[str, str]:
    """Store one act for many orders that were carried out together; returns its number and digest for the ledger.

    The caller holds the lock of the operator.
    """
    year, number = _next_number(uow)
    act_id = new_id(uow.now)
    act = build_joint_act(
        act_name(year, number),
        act_id,
        uow.now,
        who.operator,
        ground,
        lines,
        left,
        data,
        answerable(who.in_charge, lines[0].ordered_by, who.approved_by),
    )
    return _store(uow, act_id, year, number, act)


def act_of(uow: UnitOfWork, order_id: UUID) -> ActView:
    """Return the act of an order: its own, or the one that it shares with others.

    Raises:
        NotFoundError: There is no such order, or nothing was destroyed by it yet.
    """
    row = uow.session.execute(
        select(_ORDERS.c.subject_id, _ORDERS.c.result, retired_at(_ERASED.c.key_epoch).label("copies_closed_at"))
        .select_from(_ORDERS)
        .outerjoin(
            _ERASED, (_ERASED.c.operator_id == _ORDERS.c.operator_id) & (_ERASED.c.subject_id == _ORDERS.c.subject_id)
        )
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    ).first()
    named = None if row is None else (row.result or {}).get("act")
    if row is None or named is None:
        raise NotFoundError("There is no act of destruction for this order.")
    year, number = map(int, named["number"].split("/"))
    act = uow.session.execute(
        select(_ACTS).where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.year == year, _ACTS.c.number == number)
    ).one()
    return ActView(
        order_id, act.year, act.number, act.sha256, act.token, act.issued_at, row.copies_closed_at, row.subject_id
    )


def _next_number(uow: UnitOfWork) -> tuple[int, int]:
    year = almaty_day(uow.now).year
    last = uow.session.scalar(
        select(func.max(_ACTS.c.number)).where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.year == year)
    )
    return year, (last or 0) + 1


def _store(
    uow: UnitOfWork,
    act_id: UUID,
    year: int,
    number: int,
    act: Mapping[str, Any],  # Any: JSON values
) -> dict[str, str]:
    text = canonical(act)
    sha256 = hashlib.sha256(text).hexdigest()
    uow.session.execute(
        insert(_ACTS).values(
            operator_id=uow.operator_id,
            order_id=act_id,
            year=year,
            number=number,
            sha256=sha256,
            token=sign(text, SIGNED_AS, uow.keys.signer.receipts),
            issued_at=uow.now,
        )
    )
    return {"number": act_name(year, number), "sha256": sha256}


def act_name(year: int, number: int) -> str:
    """Return how a number in a series is written.

    >>> act_name(2026, 17)
    '2026/17'
    """
    return f"{year}/{number}"
