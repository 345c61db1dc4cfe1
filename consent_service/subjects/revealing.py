"""What people are known by, in clear, of many at once; and whose key is gone, so that nobody can say it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.keys import epoch_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import Person, key_place, lock_by_id, open_identifier, open_ref
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)


@dataclass(frozen=True, slots=True, repr=False)
class KnownBy:
    """The operator's reference of a person, and every identifier, the latest last.  Lives in memory alone."""

    ref: str
    identifiers: Sequence[dict[str, str]]


def reveal_many(uow: UnitOfWork, people: Sequence[UUID]) -> dict[UUID, KnownBy | KeyUnavailableError]:
    """Return what each of some people is known by, or why nobody can say it; erased ones are left out."""
    subjects = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.ref_sealed, _SUBJECTS.c.key_wrapped).where(
            _SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(people)
        )
    ).all()
    identifiers: dict[UUID, list[tuple[Any, ...]]] = {row.id: [] for row in subjects}  # Any: kind, index, sealed value
    of_people = (_IDENTIFIERS.c.operator_id == uow.operator_id, _IDENTIFIERS.c.subject_id.in_(people))
    names = [_IDENTIFIERS.c[name] for name in ("subject_id", "kind", "value_index", "value_sealed")]
    ordered = select(*names).where(*of_people).order_by(_IDENTIFIERS.c.created_at, _IDENTIFIERS.c.kind)
    for subject_id, *one in uow.session.execute(ordered):
        identifiers.setdefault(subject_id, []).append(tuple(one))
    found: dict[UUID, KnownBy | KeyUnavailableError] = {}
    for row in subjects:
        uow.concerned.add(row.id)
        try:
            person = Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id)))
            found[row.id] = KnownBy(
                open_ref(uow, person, row.ref_sealed),
                [
                    {"kind": kind, "value": open_identifier(uow, person, kind, index, sealed)}
                    for kind, index, sealed in identifiers[row.id]
                ],
            )
        except KeyUnavailableError as error:
            found[row.id] = error
    return found


def lock_unopened(uow: UnitOfWork, subject_id: UUID) -> int | None:
    """Lock a person whose key may be gone; returns the epoch that wraps it, None once the person has been erased."""
    wrapped = uow.session.scalar(
        select(_SUBJECTS.c.key_wrapped)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == subject_id)
        .with_for_update()
    )
    return None if wrapped is None else epoch_of(wrapped)


def opens(uow: UnitOfWork, subject_id: UUID) -> bool:
    """Say whether the key of a person can still be opened, so that anybody could say who it is."""
    try:
        return lock_by_id(uow, subject_id) is not None
    except KeyUnavailableError:
        return False
