"""Orders, holds, approvals and acts of destruction against the events that made and moved them."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from joserfc.errors import JoseError
from sqlalchemy import select

from consent_service.consents.verifying import people_gone
from consent_service.erasure.act_numbers import act_name
from consent_service.erasure.states import ApprovalState, Cancelled, OrderState
from consent_service.erasure.tables import Approval, Certificate, ErasureOrder, LegalHold
from consent_service.kernel.db import table_of
from consent_service.kernel.signing import payload_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.bodies import bodies_of
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record, Said
from consent_service.ledger.service import instant

_ACTS, _APPROVALS = table_of(Certificate), table_of(Approval)
_UNREAD = (JoseError, ValueError, TypeError, LookupError)
# Before an order is done or cancelled it waits, is held, is tried and fails: steps on the way, not ends.
_ON_THE_WAY = "open"
_ENDS = frozenset({OrderState.DONE, OrderState.CANCELLED})
_DECIDED = (ApprovalState.APPROVED, ApprovalState.REJECTED)


def _ordered(facts: Fixed) -> Fixed:
    return {
        "cause": facts["cause"],
        "ground": facts["ground"],
        "run": facts.get("run"),
        "reference": facts.get("reference"),
        "state": _ON_THE_WAY,
        "result": None,
        "cancelled": None,
    }


def _done(said: Fixed, facts: Fixed) -> Fixed:
    return said | {"state": str(OrderState.DONE), "result": facts["result"]}


def _cancelled(said: Fixed, facts: Fixed) -> Fixed:
    reference = {"reference": facts["reference"]} if "reference" in facts else None
    return said | {"state": str(OrderState.CANCELLED), "cancelled": facts["why"], "result": reference}


def _orders(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of orders
    return [
        Record(
            row.id,
            [row.id],
            {
                "cause": f"{row.cause_kind}:{row.cause_id}",
                "ground": str(row.ground),
                "run": None if row.run_id is None else str(row.run_id),
                "reference": row.reference,
                "state": str(row.state) if row.state in _ENDS else _ON_THE_WAY,
                "result": row.result,
                "cancelled": None if row.cancelled is None else str(Cancelled(row.cancelled)),
            },
        )
        for row in rows
    ]


ORDERS = Covered(
    "erasure order",
    table_of(ErasureOrder),
    EventType.ERASURE_ORDERED,
    "order",
    _orders,
    _ordered,
    amended={EventType.ERASURE_DONE: _done, EventType.ERASURE_CANCELLED: _cancelled},
)


def _placed(facts: Fixed) -> Fixed:
    return {"on": facts["on"], "reference": facts["reference"], "basis": facts["basis"], "lifted": None}


def _lifted(said: Fixed, facts: Fixed) -> Fixed:
    return said | {"lifted": [facts["reference"], facts["at"]]}


def _holds(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of holds
    return [
        Record(
            row.id,
            [row.id],
            {
                "on": row.covers or f"person:{row.subject_id}",
                "reference": row.reference,
                "basis": row.basis,
                "lifted": None if row.lifted_at is None else [row.lift_reference, instant(row.lifted_at)],
            },
        )
        for row in rows
    ]


HOLDS = Covered(
    "legal hold",
    table_of(LegalHold),
    EventType.LEGAL_HOLD_PLACED,
    "hold",
    _holds,
    _placed,
    amended={EventType.LEGAL_HOLD_LIFTED: _lifted},
)


def _decided(facts: Fixed) -> Fixed:
    return {"people": facts["people"], "by": facts["by"], "state": str(ApprovalState.APPROVED)}


def _rejected(facts: Fixed) -> Said:
    return _decided(facts) | {"state": str(ApprovalState.REJECTED)}


def _approvals(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of approvals
    return [
        Record(row.id, [row.id], {"people": row.people, "by": row.decided_by, "state": str(row.state)}) for row in rows
    ]


APPROVALS = Covered(
    "approval",
    _APPROVALS,
    EventType.ERASURE_APPROVED,
    "approval",
    _approvals,
    _decided,
    _APPROVALS.c.state == ApprovalState.APPROVED,
)


def wrong_with_erased(uow: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Return each person, by place, whose answers are kept, who is gone, and whom no erasure on record took."""
    gone = people_gone(uow)
    for _, _, body in bodies_of(uow.session, EventType.ERASURE_DONE, uow.operator_id) if gone else ():
        with suppress(*_UNREAD):
            gone.discard(UUID(body["facts"]["subject"]))
    for subject_id in sorted(gone):
        yield f"person {subject_id}", "nobody is known under this pseudonym, and no erasure says why"


def wrong_with_acts(uow: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Return each act of destruction of an operator, by place, that is not the one which events name, or is gone."""
    named: dict[str, str] = {}
    for _, _, body in bodies_of(uow.session, EventType.ERASURE_DONE, uow.operator_id):
        with suppress(*_UNREAD):
            act = body["facts"]["result"]["act"]
            named[act["number"]] = act["sha256"]
    for _, _, body in bodies_of(uow.session, EventType.OPERATOR_ENDED, uow.operator_id):
        with suppress(*_UNREAD):
            named[body["facts"]["act"]["number"]] = body["facts"]["act"]["sha256"]
    acts = uow.session.execute(select(_ACTS).where(_ACTS.c.operator_id == uow.operator_id).order_by(_ACTS.c.order_id))
    for row in acts:
        said = named.pop(act_name(row.year, row.number), None)
        if said is None:
            yield f"act of destruction {row.order_id}", "no event made it"
        elif not said == row.sha256 == _digest(row.token):
            yield f"act of destruction {row.order_id}", "it is not the one that the event names"
    for number in sorted(named):
        yield f"act of destruction {number}", "an event made it, and it is gone"


def _digest(token: str) -> str | None:
    with suppress(*_UNREAD):
        return hashlib.sha256(payload_of(token)).hexdigest()
    return None
