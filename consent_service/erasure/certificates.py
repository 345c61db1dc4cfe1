"""Acts of destruction: issued in the transaction that ends an order, numbered without a gap, signed, read again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, insert, select

from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.act import SIGNED_AS, Destroyed, Ordered, build_act, canonical
from consent_service.erasure.tables import Certificate, ErasedSubject, ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.signing import payload_of, sign
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_named
from consent_service.operators.staff import in_charge
from consent_service.subjects.key_epochs import retired_at

_ACTS, _ORDERS, _ERASED = table_of(Certificate), table_of(ErasureOrder), table_of(ErasedSubject)


@dataclass(frozen=True, slots=True)
class ActView:
    """One act: its number, its signed text and digest, and since when no copy from before it opens."""

    order_id: UUID
    year: int
    number: int
    sha256: str
    token: str
    issued_at: datetime
    copies_closed_at: datetime | None

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


def issue_act(
    uow: UnitOfWork,
    order: Ordered,
    data: Mapping[str, Any],  # Any: JSON values
    destroyed: Destroyed,
) -> dict[str, str]:
    """Store the act of an order; returns its number and digest for the ledger.

    The caller holds the lock of the operator, so that the series has no gap and no number twice.
    """
    year = almaty_day(uow.now).year
    last = uow.session.scalar(
        select(func.max(_ACTS.c.number)).where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.year == year)
    )
    number = (last or 0) + 1
    responsible = [str(staff_id) for staff_id, _ in in_charge(uow)]
    act = build_act(act_name(year, number), uow.now, operator_named(uow), order, data, destroyed, responsible)
    text = canonical(act)
    sha256 = hashlib.sha256(text).hexdigest()
    uow.session.execute(
        insert(_ACTS).values(
            operator_id=uow.operator_id,
            order_id=UUID(order.id),
            year=year,
            number=number,
            sha256=sha256,
            token=sign(text, SIGNED_AS, uow.keys.signer.receipts),
            issued_at=uow.now,
        )
    )
    return {"number": act_name(year, number), "sha256": sha256}


def act_of(uow: UnitOfWork, order_id: UUID) -> ActView:
    """Return the act of an order.

    Raises:
        NotFoundError: There is no such order, or nothing was destroyed by it yet.
    """
    row = uow.session.execute(
        select(*_ACTS.c, retired_at(_ERASED.c.key_epoch).label("copies_closed_at"))
        .join(_ORDERS, (_ORDERS.c.operator_id == _ACTS.c.operator_id) & (_ORDERS.c.id == _ACTS.c.order_id))
        .outerjoin(
            _ERASED, (_ERASED.c.operator_id == _ORDERS.c.operator_id) & (_ERASED.c.subject_id == _ORDERS.c.subject_id)
        )
        .where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.order_id == order_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no act of destruction for this order.")
    return ActView(row.order_id, row.year, row.number, row.sha256, row.token, row.issued_at, row.copies_closed_at)


def act_name(year: int, number: int) -> str:
    """Return how a number in a series is written.

    >>> act_name(2026, 17)
    '2026/17'
    """
    return f"{year}/{number}"
