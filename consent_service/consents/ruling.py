"""Which answers rule for a person, as a fact of the events that change it: so that none can be turned back unseen."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from consent_service.consents.tables import STRAY_ROWS, Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.service import instant
from consent_service.policies.queries import version_by_id

_CHOICES, _CONSENTS = table_of(ConsentChoice), table_of(Consent)
_OF_CONSENT = (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id)
Ruling = dict[str, dict[str, object]]


def ruling_answers(uow: UnitOfWork, subject_id: UUID) -> dict[str, object]:
    """Return the fact that names every answer which rules for a person now; the caller holds their lock."""
    return {"answers": ruling_of(uow, [subject_id]).get(subject_id, {})}


def ruling_of(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, Ruling]:
    """Return the answers that rule, by person and ``document#purpose``; one that stands and does not rule is named too.

    Of each answer: its consent, its state, when it ends, since when it is blocked and which parts were withdrawn.
    """
    found: defaultdict[UUID, Ruling] = defaultdict(dict)
    for row in uow.session.execute(
        select(_CHOICES, _CONSENTS.c.version_id)
        .join(_CONSENTS, _OF_CONSENT)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id.in_(subject_ids),
            or_(_CHOICES.c.is_current, STRAY_ROWS),
        )
    ):
        version = version_by_id(uow, row.version_id)
        replaced = "" if row.is_current else f" of {row.consent_id}"
        found[row.subject_id][f"{version.name}#{version.codes[row.purpose_id]}{replaced}"] = _told(row)
    return found


def _told(row: Any) -> dict[str, object]:  # Any: a row of answers
    return {
        "consent": str(row.consent_id),
        "state": str(row.state),
        **({} if row.ends_at is None else {"ends_at": instant(row.ends_at)}),
        **({} if row.blocked_at is None else {"blocked_at": instant(row.blocked_at)}),
        **({"withdrawn_parts": row.withdrawn_parts} if row.withdrawn_parts else {}),
    }
