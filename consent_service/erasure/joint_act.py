"""One act of destruction for many people who went together, on one ground and by one rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_service.erasure.act import HERE, heading
from consent_service.erasure.states import Ground
from consent_service.kernel.db import write_instant
from consent_service.operators.queries import OperatorName

Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a joint act, with the order by which they went."""

    order_id: UUID
    person: UUID
    cause: str
    reference: str | None
    ordered_at: datetime
    ordered_by: str | None
    due_on: date
    deleted: Mapping[str, int]
    key_epoch: int


def build_joint_act(
    number: str,
    act_id: UUID,
    issued_at: datetime,
    operator: OperatorName,
    ground: Ground,
    lines: Sequence[Line],
    left: Mapping[str, int],
    data: Mapping[str, Any],  # Any: JSON values
    responsible: Sequence[Mapping[str, str]],
) -> Json:
    """Build the act: the same fields as for one person, with all ``people`` and their orders in place of one.

    ``left``: what reading back found of all who went together.
    """
    deleted: Counter[str] = Counter()
    for line in lines:
        deleted.update(line.deleted)
    return {
        **heading(number, issued_at, operator, ground),
        "person": None,
        "people": [
            {"person": str(line.person), "order": str(line.order_id), "deleted": dict(line.deleted)} for line in lines
        ],
        "order": {
            "id": str(act_id),
            "cause": lines[0].cause.partition(":")[0],
            "reference": lines[0].reference,
            "due_on": min(line.due_on for line in lines).isoformat(),
            "ordered_at": write_instant(min(line.ordered_at for line in lines)),
            "started_at": write_instant(issued_at),
        },
        "data": dict(data),
        "here": {
            "method": HERE,
            "deleted": dict(deleted),
            "left": dict(left),
            "key_epoch": max(line.key_epoch for line in lines),
            "kept": None,
        },
        "targets": [],
        "responsible": list(responsible),
    }
