"""Where the answers of many people stand, for whoever must know how long their data may be kept; and ending them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.ruling import ruling_of
from consent_service.consents.states import LIVE, WITHDRAWABLE, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all, instant
from consent_service.storage.states import StorageStart
from consent_service.webhooks.announcing import Told, announce_all
from consent_service.webhooks.states import Kind

_CHOICES, _CONSENTS = table_of(ConsentChoice), table_of(Consent)
_OF_CONSENT = (_CONSENTS.c.operator_id == _CHOICES.c.operator_id) & (_CONSENTS.c.id == _CHOICES.c.consent_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that rules for one purpose of a person."""

    subject_id: UUID
    document_id: UUID
    version_id: UUID
    purpose_id: UUID
    state: ConsentState
    state_since: datetime
    answered_at: datetime
    ended_by: StorageStart | None
    is_blocked: bool

    @property
    def lives(self) -> bool:
        """Say whether it still stands, or waits to end."""
        return self.state in LIVE


def answers_of(uow: UnitOfWork, subject_ids: Collection[UUID]) -> list[Answer]:
    """Return the answers that rule for some people, by person and document."""
    rows = uow.session.execute(
        select(
            _CHOICES.c.subject_id,
            _CONSENTS.c.document_id,
            _CONSENTS.c.version_id,
            _CHOICES.c.purpose_id,
            _CHOICES.c.state,
            _CHOICES.c.state_since,
            _CHOICES.c.answered_at,
            _CHOICES.c.ended_by,
            _CHOICES.c.blocked_at.is_not(None),
        )
        .join(_CONSENTS, _OF_CONSENT)
        .where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.subject_id.in_(subject_ids), _CHOICES.c.is_current)
        .order_by(_CHOICES.c.subject_id, _CONSENTS.c.document_id)
    )
    return [Answer(*row) for row in rows]


def people_living(uow: UnitOfWork, subject_ids: Collection[UUID]) -> set[UUID]:
    """Return those people of whom an answer still stands."""
    return set(
        uow.session.scalars(
            select(_CHOICES.c.subject_id)
            .where(
                _CHOICES.c.operator_id == uow.operator_id,
                _CHOICES.c.subject_id.in_(subject_ids),
                _CHOICES.c.is_current,
                _CHOICES.c.state.in_(LIVE),
            )
            .distinct()
        )
    )


def end_answers(
    uow: UnitOfWork,
    subject_ids: Collection[UUID],
    *,
    ended_by: StorageStart,
    ended_at: datetime,
    document_id: UUID | None = None,
    purpose_ids: Sequence[UUID] | None = None,
) -> list[UUID]:
    """End what stands of some people: of one document, of some purposes, or all; returns of whom something ended.

    Answers given after ``ended_at`` are later ones and stand.  The caller holds the locks of the people.
    """
    query = update(_CHOICES).where(
        _CHOICES.c.operator_id == uow.operator_id,
        _CHOICES.c.subject_id.in_(subject_ids),
        _CHOICES.c.is_current,
        _CHOICES.c.state.in_(WITHDRAWABLE),
        _CHOICES.c.answered_at <= ended_at,
    )
    if document_id is not None:
        of_document = select(_CONSENTS.c.id).where(
            _CONSENTS.c.operator_id == uow.operator_id,
            _CONSENTS.c.subject_id.in_(subject_ids),
            _CONSENTS.c.document_id == document_id,
        )
        query = query.where(_CHOICES.c.consent_id.in_(of_document))
    if purpose_ids is not None:
        query = query.where(_CHOICES.c.purpose_id.in_(purpose_ids))
    ended = uow.session.execute(
        query.values(state=ConsentState.EXPIRED, state_since=ended_at, ends_at=ended_at, ended_by=ended_by).returning(
            _CHOICES.c.subject_id, _CHOICES.c.consent_id, _CHOICES.c.purpose_id
        )
    ).all()
    stopped: defaultdict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for row in ended:
        stopped[row.subject_id, row.consent_id].append(row.purpose_id)
    pairs = sorted(stopped)
    rule = ruling_of(uow, {subject_id for subject_id, _ in pairs})
    said = {"ended_by": str(ended_by), "ended_at": instant(ended_at)}
    append_all(
        uow,
        EventType.CONSENT_EXPIRED,
        [
            (subject_id, {"consent": str(consent_id), **said, "answers": rule.get(subject_id, {})})
            for subject_id, consent_id in pairs
        ],
    )
    announce_all(
        uow,
        Kind.PERMISSION_CHANGED,
        [Told(pair[0], sorted(stopped[pair]), {"consent": pair[1]}) for pair in pairs],
    )
    return sorted({subject_id for subject_id, _ in pairs})
