"""Who is bound by a document: people with an answer to it that stands."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from consent_service.consents.states import LIVE, Act, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)
_OF_CONSENT = (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id)
_STANDS = _CHOICES.c.is_current & _CHOICES.c.state.in_(LIVE)


@dataclass(frozen=True, slots=True)
class Held:
    """One version that a person's standing answers were given to, by the latest of them."""

    version_id: UUID
    given_at: datetime
    language: str
    is_implied: bool


def recorded_after(
    uow: UnitOfWork, document_id: UUID, after: UUID | None, before: UUID, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Return (consent, person) of a document as they were recorded, between two ids."""
    query = select(_CONSENTS.c.id, _CONSENTS.c.subject_id).where(
        _CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.document_id == document_id, _CONSENTS.c.id < before
    )
    if after is not None:
        query = query.where(_CONSENTS.c.id > after)
    return [(row.id, row.subject_id) for row in uow.session.execute(query.order_by(_CONSENTS.c.id).limit(limit))]


def held_by(uow: UnitOfWork, document_id: UUID, subject_ids: Collection[UUID]) -> dict[UUID, list[Held]]:
    """Return the versions that people's standing answers to a document were given to, the earliest answer first."""
    found: defaultdict[UUID, dict[UUID, Held]] = defaultdict(dict)
    query = _held(_CHOICES.c.subject_id, _CONSENTS.c.given_at, _CONSENTS.c.language, _CONSENTS.c.act, _CHOICES.c.state)
    for row in uow.session.execute(
        query.where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id.in_(subject_ids),
            _CONSENTS.c.document_id == document_id,
        ).order_by(_CONSENTS.c.given_at)
    ):
        implied = row.act is Act.USED or row.state is ConsentState.IMPLIED
        known = found[row.subject_id].get(row.version_id)
        found[row.subject_id][row.version_id] = Held(
            row.version_id, row.given_at, row.language, implied and (known is None or known.is_implied)
        )
    return {subject_id: list(held.values()) for subject_id, held in found.items()}


def documents_held(uow: UnitOfWork, subject_id: UUID) -> set[UUID]:
    """Return the documents by which a person is bound."""
    rows = uow.session.scalars(
        select(_CONSENTS.c.document_id)
        .join(_CHOICES, _OF_CONSENT)
        .where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.subject_id == subject_id, _STANDS)
        .distinct()
    )
    return set(rows)


def purposes_given(uow: UnitOfWork, subject_id: UUID) -> list[UUID]:
    """Return every purpose that a person has ever consented to."""
    return list(
        uow.session.scalars(
            select(_CHOICES.c.purpose_id)
            .where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.subject_id == subject_id, _CHOICES.c.granted)
            .distinct()
        )
    )


def last_languages(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the language of each person's last answer."""
    rows = uow.session.execute(
        select(_CONSENTS.c.subject_id, _CONSENTS.c.language)
        .where(_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.subject_id.in_(subject_ids))
        .order_by(_CONSENTS.c.given_at, _CONSENTS.c.id)
    )
    return {row.subject_id: row.language for row in rows}


def versions_by_person(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return the versions that each of some people ever answered."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    answered = select(_CONSENTS.c.subject_id, _CONSENTS.c.version_id).where(
        _CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.subject_id.in_(subject_ids)
    )
    for row in uow.session.execute(answered.distinct()):
        found[row.subject_id].append(row.version_id)
    return {one: sorted(versions) for one, versions in found.items()}


def versions_answered(uow: UnitOfWork, subject_ids: Collection[UUID]) -> list[UUID]:
    """Return the versions that any of some people ever answered."""
    versions = select(_CONSENTS.c.version_id).where(
        _CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.subject_id.in_(subject_ids)
    )
    return sorted(uow.session.scalars(versions.distinct()))


def has_answered(
    operator_id: int,
    subject_id: Any,  # Any: a pseudonym, or a column, as the next two
    document_id: Any,
    purpose_id: Any,
) -> ColumnElement[bool]:
    """Return the condition that a person ever answered a document, or said yes to the purpose where one is named."""
    return (
        select(_CONSENTS.c.id)
        .where(
            _CONSENTS.c.operator_id == operator_id,
            _CONSENTS.c.subject_id == subject_id,
            _CONSENTS.c.document_id == document_id,
            purpose_id.is_(None) | _says_yes(purpose_id),
        )
        .correlate_except(_CONSENTS)
        .exists()
    )


def answered_among(
    uow: UnitOfWork, subject_ids: Collection[UUID], document_id: UUID, purpose_id: UUID | None
) -> set[UUID]:
    """Return those people who ever answered a document, or said yes to the purpose where one is named."""
    query = select(_CONSENTS.c.subject_id).where(
        _CONSENTS.c.operator_id == uow.operator_id,
        _CONSENTS.c.subject_id.in_(subject_ids),
        _CONSENTS.c.document_id == document_id,
    )
    if purpose_id is not None:
        query = query.where(_says_yes(purpose_id))
    return set(uow.session.scalars(query.distinct()))


def holders(operator_id: int, document_id: UUID) -> Select[Any]:  # Any: columns
    """Return the statement for (person, version) of a document, to be joined by another capability."""
    return _held(_CHOICES.c.subject_id).where(
        _CHOICES.c.operator_id == operator_id, _CONSENTS.c.document_id == document_id
    )


def _says_yes(purpose_id: Any) -> ColumnElement[bool]:  # Any: an id, or a column
    return (
        select(_CHOICES.c.purpose_id)
        .where(_OF_CONSENT, _CHOICES.c.purpose_id == purpose_id, _CHOICES.c.granted)
        .correlate_except(_CHOICES)
        .exists()
    )


def _held(*columns: Any) -> Select[Any]:  # Any: columns
    return select(_CONSENTS.c.version_id, *columns).join(_CHOICES, _OF_CONSENT).where(_STANDS)
