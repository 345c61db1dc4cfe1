"""Reads: one consent, the history of a person, and the permission check."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from consent_service.consents.parts import stopped_parts
from consent_service.consents.rules import is_allowed, overall, reason_for, shown_state, until_reached
from consent_service.consents.states import LIVE, Act, Channel, ConsentState, EvidenceGrade
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.deadlines.rules import ALMATY
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import EventProof, prove_events
from consent_service.policies.queries import PurposeRef, Version, resolve_purposes, version_by_id
from consent_service.policies.reached import reached_at
from consent_service.policies.states import TextKind
from consent_service.subjects.queries import id_of

_CONSENTS = table_of(Consent)
_CHOICES = table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """The answer to one purpose."""

    purpose: str
    granted: bool
    state: ConsentState
    expires_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One record of consent as the API and the dashboard show it."""

    id: UUID
    subject_id: UUID
    version_id: UUID
    state: ConsentState
    evidence_grade: EvidenceGrade
    document: str
    version: str
    text_sha256: str
    text_kind: TextKind
    language: str
    choices: tuple[ChoiceView, ...]
    act: Act
    channel: Channel
    declarations: Mapping[str, bool]
    given_at: datetime
    recorded_at: datetime
    expires_on: date | None
    form_answer_id: UUID | None
    leaf_input: bytes | None


@dataclass(frozen=True, slots=True)
class PermissionItem:
    """May data of a person be processed for a purpose, now?"""

    purpose: str
    allowed: bool
    state: str
    consent_id: UUID | None
    document: str
    version: str | None
    since: datetime | None
    ends_on: date | None
    reason: str
    withdrawn_parts: tuple[str, ...] = ()


def states_of(uow: UnitOfWork, consent_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], ConsentState]:
    """Return where each answer of some consents stands, by consent and purpose."""
    rows = uow.session.execute(
        select(_CHOICES.c.consent_id, _CHOICES.c.purpose_id, _CHOICES.c.state, _CHOICES.c.blocked_at).where(
            _CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.consent_id.in_(consent_ids)
        )
    )
    return {(row.consent_id, row.purpose_id): shown_state(row.state, row.blocked_at) for row in rows}


def consent_view(uow: UnitOfWork, consent_id: UUID) -> ConsentView:
    """Return one consent.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    views = views_of_ids(uow, [consent_id])
    if not views:
        raise NotFoundError("There is no such consent.")
    return views[0]


def prove_consent(uow: UnitOfWork, consent_id: UUID) -> list[EventProof]:
    """Return the proofs of all that happened to the person of a consent, in order, so that no omission can hide.

    Raises:
        NotFoundError: The operator has no consent with this id.
    """
    subject_id = uow.session.scalar(
        select(_CONSENTS.c.subject_id).where(_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.id == consent_id)
    )
    if subject_id is None:
        raise NotFoundError("There is no such consent.")
    return prove_events(uow, subject_id)


def leaf_of(uow: UnitOfWork, consent_id: UUID) -> tuple[UUID, bytes | None] | None:
    """Return the stream of a consent's events and the leaf input of the one that recorded it; None if there is none."""
    row = uow.session.execute(
        select(_CONSENTS.c.subject_id, _CONSENTS.c.leaf_input).where(
            _CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.id == consent_id
        )
    ).first()
    return (row.subject_id, row.leaf_input) if row else None


def version_of(uow: UnitOfWork, consent_id: UUID) -> UUID:
    """Return the version that a consent was given to.

    Raises:
        NotFoundError: The operator has no consent with this id.
    """
    version_id: UUID | None = uow.session.scalar(
        select(_CONSENTS.c.version_id).where(_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.id == consent_id)
    )
    if version_id is None:
        raise NotFoundError("There is no such consent.")
    return version_id


def keeper_of(session: Session, operators: Sequence[int], consent_id: UUID) -> int | None:
    """Return which of these operators keeps a consent, for whoever has nothing but its number."""
    return session.scalar(
        select(_CONSENTS.c.operator_id).where(_CONSENTS.c.operator_id.in_(operators), _CONSENTS.c.id == consent_id)
    )


def check_permissions(uow: UnitOfWork, ref: str, names: Sequence[str]) -> list[PermissionItem]:
    """Say for each purpose whether processing is allowed now; what was never asked is not allowed."""
    wanted = resolve_purposes(uow, names)
    rows = {
        row.purpose_id: row
        for row in uow.session.execute(
            select(
                _CHOICES.c.purpose_id,
                _CHOICES.c.consent_id,
                _CHOICES.c.state,
                _CHOICES.c.state_since,
                _CHOICES.c.needs_consent,
                _CHOICES.c.ends_at,
                _CHOICES.c.answered_at,
                reached_at(uow.operator_id, _CHOICES.c.purpose_id).label("reached_at"),
                _CHOICES.c.blocked_at,
                _CHOICES.c.withdrawn_parts,
                _CONSENTS.c.version_id,
            )
            .join(
                _CONSENTS,
                and_(_CONSENTS.c.operator_id == _CHOICES.c.operator_id, _CONSENTS.c.id == _CHOICES.c.consent_id),
            )
            .where(
                _CHOICES.c.operator_id == uow.operator_id,
                _CHOICES.c.subject_id == id_of(uow, ref),
                _CHOICES.c.purpose_id.in_([purpose.id for purpose in wanted]),
                _CHOICES.c.is_current,
            )
        )
    }
    return [_permission(uow, purpose, rows.get(purpose.id)) for purpose in wanted]


def has_live_consent(uow: UnitOfWork, subject_id: UUID) -> bool:
    """Say whether any consent of a person still stands, so that the person must stay known."""
    return bool(uow.session.scalar(select(stands(uow.operator_id, subject_id))))


def stands(operator_id: int, subject_id: Any) -> ColumnElement[bool]:  # Any: a pseudonym, or a column
    """Return the condition that any consent of a person still stands, for a statement of another capability."""
    return (
        select(_CHOICES.c.consent_id)
        .where(
            _CHOICES.c.operator_id == operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.is_current,
            _CHOICES.c.state.in_(LIVE),
        )
        .exists()
    )


def _permission(uow: UnitOfWork, purpose: PurposeRef, row: Any) -> PermissionItem:  # Any: a result row
    if row is None:
        return PermissionItem(
            str(purpose), False, "never_asked", None, purpose.document_name, None, None, None, "never_asked"
        )
    state = shown_state(row.state, row.blocked_at)
    ends_at = until_reached(row.ends_at, answered_at=row.answered_at, reached_at=row.reached_at)
    allowed = is_allowed(state, needs_consent=row.needs_consent, ends_at=ends_at, now=uow.now)
    return PermissionItem(
        str(purpose),
        allowed,
        str(state),
        row.consent_id,
        purpose.document_name,
        version_by_id(uow, row.version_id).version,
        row.blocked_at if state is ConsentState.BLOCKED else row.state_since,
        last_day(ends_at),
        reason_for(state, allowed=allowed, ends_at=ends_at, now=uow.now),
        stopped_parts(row.withdrawn_parts, uow.now),
    )


def last_day(ends_at: datetime | None) -> date | None:
    """Return the last Almaty day before an instant at which something ends."""
    return None if ends_at is None else (ends_at - timedelta(microseconds=1)).astimezone(ALMATY).date()


def views_of_ids(uow: UnitOfWork, ids: Sequence[UUID]) -> list[ConsentView]:
    """Return consents in the order of their ids, by two statements."""
    if not ids:
        return []
    consents = {
        row.id: row
        for row in uow.session.execute(
            select(_CONSENTS).where(_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.id.in_(ids))
        )
    }
    choices: defaultdict[UUID, list[Any]] = defaultdict(list)  # Any: result rows
    for row in uow.session.execute(
        select(_CHOICES).where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.consent_id.in_(ids))
    ):
        choices[row.consent_id].append(row)
    found = (consents[consent_id] for consent_id in ids if consent_id in consents)
    return [shown(version_by_id(uow, row.version_id), row, choices[row.id]) for row in found]


def shown(version: Version, consent: Any, choices: Iterable[Any]) -> ConsentView:  # Any: rows, or what rows are made of
    """Build the view of a consent from its row and those of its answers."""
    codes, order = version.codes, {purpose.code: place for place, purpose in enumerate(version.terms.purposes)}
    answers = [
        ChoiceView(
            codes[row.purpose_id],
            row.granted,
            shown_state(row.state, row.blocked_at),
            row.expires_on,
            last_day(row.ends_at),
        )
        for row in choices
    ]
    answers.sort(key=lambda answer: order[answer.purpose])
    return ConsentView(
        id=consent.id,
        subject_id=consent.subject_id,
        version_id=version.id,
        state=overall([answer.state for answer in answers]),
        evidence_grade=consent.evidence_grade,
        document=version.name,
        version=version.version,
        text_sha256=consent.text_sha256,
        text_kind=consent.text_kind,
        language=consent.language,
        choices=tuple(answers),
        act=consent.act,
        channel=consent.channel,
        declarations=consent.declarations,
        given_at=consent.given_at,
        recorded_at=consent.recorded_at,
        expires_on=min((answer.expires_on for answer in answers if answer.expires_on is not None), default=None),
        form_answer_id=consent.form_answer_id,
        leaf_input=consent.leaf_input,
    )
