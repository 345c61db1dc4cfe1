"""The act of destruction as data: what was destroyed, for whom by pseudonym, on which ground, how, and who answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent_service.erasure.act_words import GROUNDS
from consent_service.erasure.states import Ground
from consent_service.kernel.db import write_instant
from consent_service.operators.queries import OperatorName
from consent_service.policies.terms import Terms

PROFILE = "kelisim-destruction-act/1"
SIGNED_AS = "destruction-act+jwt"
HERE = "rows_and_key_deleted"  # how our own tables are emptied: rows deleted, the person's key with them
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order that an act is about; people as actors, never by name."""

    id: str
    person: str
    cause: str
    ground: Ground
    ordered_at: datetime
    ordered_by: str | None
    approved_by: str | None
    reference: str | None
    due_on: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is gone: of our own tables, with what reading back found, and by what each target has confirmed."""

    deleted: Mapping[str, int]
    left: Mapping[str, int]
    key_epoch: int | None
    targets: Sequence[Mapping[str, Any]]  # Any: JSON values
    kept: str | None


def build_act(
    number: str,
    issued_at: datetime,
    operator: OperatorName,
    order: Ordered,
    data: Mapping[str, Any],  # Any: JSON values
    destroyed: Destroyed,
    responsible: Sequence[str],
) -> Json:
    """Build the act; ``responsible`` are those in charge of personal data, by their number."""
    return {
        **heading(number, issued_at, operator, order.ground),
        "person": order.person,
        "order": {
            "id": order.id,
            "cause": order.cause,
            "reference": order.reference,
            "due_on": order.due_on,
            "ordered_at": write_instant(order.ordered_at),
            "started_at": write_instant(order.started_at),
        },
        "data": dict(data),
        "here": {
            "method": HERE if destroyed.deleted else None,
            "deleted": dict(destroyed.deleted),
            "left": dict(destroyed.left),
            "key_epoch": destroyed.key_epoch,
            "kept": destroyed.kept,
        },
        "targets": [{**one, "confirmed_at": write_instant(one["confirmed_at"])} for one in destroyed.targets],
        "responsible": answerable(responsible, order.ordered_by, order.approved_by),
    }


def heading(number: str, issued_at: datetime, operator: OperatorName, ground: Ground) -> Json:
    """Return what every act begins with: its number and time, whose it is, and on which ground."""
    return {
        "schema_version": PROFILE,
        "number": number,
        "issued_at": write_instant(issued_at),
        "operator": {
            "slug": operator.slug,
            "name": dict(operator.name),
            "identifier_kind": operator.identifier_kind,
            "identifier": operator.identifier,
        },
        "ground": {"article": f"94-V {ground}", "words": dict(GROUNDS[ground])},
    }


def answerable(in_charge: Sequence[str], ordered_by: str | None, approved_by: str | None) -> list[dict[str, str]]:
    """Return who answers for an act, by role: those in charge, who ordered it, who approved it."""
    return [
        *({"role": "dpo", "who": f"staff:{staff_id}"} for staff_id in in_charge),
        *([{"role": "ordered", "who": ordered_by}] if ordered_by else []),
        *([{"role": "approved", "who": approved_by}] if approved_by else []),
    ]


def categories(documents: Sequence[tuple[str, Terms]]) -> list[Json]:
    """Return the categories of data that some documents name, each once."""
    found: dict[tuple[str, str], Json] = {}
    for document, terms in documents:
        for one in terms.data:
            found.setdefault((document, one.code), {"document": document, "code": one.code, "name": dict(one.name)})
    return list(found.values())
