"""Acts of destruction: issued in the transaction that ends an order, numbered without a gap, signed, read again."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, select

from consent_service.consents.holders import versions_answered, versions_by_person
from consent_service.erasure.act import SIGNED_AS, Destroyed, Ordered, answerable, build_act, categories
from consent_service.erasure.act_numbers import act_name, next_number, read_act_name
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


@dataclass(frozen=True, slots=True)
class WholeAct:
    """The act of what was destroyed as a whole: its digest and its signed text."""

    sha256: str
    token: str
    issued_at: datetime

    @property
    def act(self) -> dict[str, Any]:  # Any: JSON values
        """The act as JSON values."""
        read: dict[str, Any] = orjson.loads(payload_of(self.token))  # Any: as above
        return read


def categories_of(uow: UnitOfWork, people: Collection[UUID]) -> list[dict[str, Any]]:  # Any: JSON values
    """Return which data of people are destroyed, by the documents that they ever answered."""
    return _named_by(uow, versions_answered(uow, people))


def categories_by_person(
    uow: UnitOfWork, people: Collection[UUID]
) -> dict[UUID, list[dict[str, Any]]]:  # Any: as above
    """Return which data of each person are destroyed, as ``categories_of`` does of all of them."""
    answered = versions_by_person(uow, people)
    named = {versions: _named_by(uow, versions) for versions in {tuple(answered.get(one, ())) for one in people}}
    return {one: named[tuple(answered.get(one, ()))] for one in people}


def issue_act(
    uow: UnitOfWork,
    order: Ordered,
    data: Mapping[str, Any],  # Any: JSON values
    destroyed: Destroyed,
) -> dict[str, str]:
    """Store the act of an order; returns its number and digest for the ledger.

    The caller holds the lock of the operator, so that the series has no gap and no number twice.
    """
    (issued,) = issue_acts(uow, [(order, data, destroyed)])
    return issued


def issue_acts(
    uow: UnitOfWork,
    asked: Sequence[tuple[Ordered, Mapping[str, Any], Destroyed]],  # Any: as above
) -> list[dict[str, str]]:
    """Store the acts of some orders, one each and numbered in their order, as ``issue_act`` does for one."""
    year, first = next_number(uow)
    responsible = [str(staff_id) for staff_id, _ in in_charge(uow)]
    operator = operator_named(uow)
    acts = [
        (UUID(order.id), number, build_act(act_name(year, number), uow.now, operator, order, data, gone, responsible))
        for number, (order, data, gone) in enumerate(asked, first)
    ]
    return _store(uow, year, acts)


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
    year, number = next_number(uow)
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
    (issued,) = _store(uow, year, [(act_id, number, act)])
    return issued


def issue_whole_act(
    uow: UnitOfWork,
    act_id: UUID,
    build: Callable[[str, OperatorName], Mapping[str, Any]],  # Any: as above
) -> dict[str, str]:
    """Store the act of what is destroyed as a whole, built by its number; returns what the ledger is told of it.

    The caller holds the lock of the operator.
    """
    year, number = next_number(uow)
    (issued,) = _store(uow, year, [(act_id, number, build(act_name(year, number), operator_named(uow)))])
    return issued


def whole_act(uow: UnitOfWork, act_id: UUID) -> WholeAct:
    """Return the act of what was destroyed as a whole.

    Raises:
        NotFoundError: There is none.
    """
    query = select(_ACTS.c.sha256, _ACTS.c.token, _ACTS.c.issued_at)
    row = uow.session.execute(query.where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.order_id == act_id)).first()
    if row is None:
        raise NotFoundError("There is no act of destruction yet.")
    return WholeAct(*row)


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
    year, number = read_act_name(named["number"])
    act = uow.session.execute(
        select(_ACTS).where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.year == year, _ACTS.c.number == number)
    ).one()
    return ActView(
        order_id, act.year, act.number, act.sha256, act.token, act.issued_at, row.copies_closed_at, row.subject_id
    )


def _named_by(uow: UnitOfWork, versions: Sequence[UUID]) -> list[dict[str, Any]]:  # Any: JSON values
    found = [version_by_id(uow, version_id) for version_id in versions]
    return categories([(version.name, version.terms) for version in found])


def _store(
    uow: UnitOfWork,
    year: int,
    acts: Sequence[tuple[UUID, int, Mapping[str, Any]]],  # Any: as above
) -> list[dict[str, str]]:
    """Sign and store acts, as (id, number, act); returns what the ledger is told of each."""
    texts = [canonical(act) for _, _, act in acts]
    digests = [hashlib.sha256(text).hexdigest() for text in texts]
    rows = [
        {
            "operator_id": uow.operator_id,
            "order_id": act_id,
            "year": year,
            "number": number,
            "sha256": sha256,
            "token": sign(text, SIGNED_AS, uow.keys.signer.receipts),
            "issued_at": uow.now,
        }
        for (act_id, number, _), text, sha256 in zip(acts, texts, digests, strict=True)
    ]
    uow.session.execute(insert(_ACTS), rows)
    return [
        {"number": act_name(year, number), "sha256": sha256}
        for (_, number, _), sha256 in zip(acts, digests, strict=True)
    ]
