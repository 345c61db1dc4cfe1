"""The list of consents: a rare state is found by its own index over answers, all else by the order of consents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from consent_service.consents.queries import ConsentView, views_of_ids
from consent_service.consents.states import LIVE, ConsentState
from consent_service.consents.tables import BLOCKED_ROWS, NOT_ACTIVE_ROWS, Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.paging import Order, turn_page
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import PurposeRef, document_id, resolve_purposes
from consent_service.subjects.queries import find_id

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class ConsentFilter:
    """Which consents to list; everything is optional.  ``subject`` is a reference, ``subjects`` are pseudonyms."""

    subject: str | None = None
    purpose: str | None = None
    document: str | None = None
    state: ConsentState | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    subjects: Collection[UUID] | None = None
    earliest_first: bool = False


def list_consents(
    uow: UnitOfWork, wanted: ConsentFilter, *, limit: int, cursor: str | None
) -> tuple[list[ConsentView], str | None]:
    """Return a page of consents, the latest first unless ordered otherwise, and the cursor of the next page.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    subjects = wanted.subjects
    if wanted.subject is not None:
        subject_id = find_id(uow, wanted.subject)
        subjects = [] if subject_id is None else [subject_id]
    if subjects is not None and not subjects:
        return [], None
    purpose = None if wanted.purpose is None else resolve_purposes(uow, [wanted.purpose])[0]
    documents = [] if wanted.document is None else [document_id(uow, wanted.document)]
    documents += [] if purpose is None else [purpose.document_id]
    if wanted.state in {None, ConsentState.ACTIVE}:
        query, order = _by_consents(uow, documents, purpose, wanted)
    else:
        query, order = _by_answers(uow, documents, purpose, wanted)
    if subjects is not None:
        source = order.id.table
        query = query.where(source.c.subject_id.in_(subjects))
    if wanted.from_at is not None:
        query = query.where(order.column >= wanted.from_at)
    if wanted.to_at is not None:
        query = query.where(order.column < wanted.to_at)
    page, after = turn_page(uow.session, query, order, limit=limit, cursor=cursor)
    return views_of_ids(uow, [row[1] for row in page]), after


def _by_consents(
    uow: UnitOfWork, documents: Collection[UUID], purpose: PurposeRef | None, wanted: ConsentFilter
) -> tuple[Select[Any, Any], Order]:  # Any: an instant and an id
    query = select(_CONSENTS.c.given_at, _CONSENTS.c.id).where(_CONSENTS.c.operator_id == uow.operator_id)
    for document in documents:
        query = query.where(_CONSENTS.c.document_id == document)
    answers = [] if purpose is None else [_CHOICES.c.purpose_id == purpose.id]
    answers += [] if wanted.state is None else [_is_shown_as(wanted.state)]
    if answers:
        theirs = (_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.consent_id == _CONSENTS.c.id)
        query = query.where(select(_CHOICES.c.consent_id).where(*theirs, *answers).exists())
    return query, Order(_CONSENTS.c.given_at, _CONSENTS.c.id, descending=not wanted.earliest_first)


def _by_answers(
    uow: UnitOfWork, documents: Collection[UUID], purpose: PurposeRef | None, wanted: ConsentFilter
) -> tuple[Select[Any, Any], Order]:  # Any: as above
    state = wanted.state or ConsentState.BLOCKED
    query = (
        select(_CHOICES.c.answered_at, _CHOICES.c.consent_id)
        .where(
            _CHOICES.c.operator_id == uow.operator_id,
            BLOCKED_ROWS if state is ConsentState.BLOCKED else NOT_ACTIVE_ROWS,
            _is_shown_as(state),
        )
        .distinct()
    )
    if purpose is not None:
        query = query.where(_CHOICES.c.purpose_id == purpose.id)
    for document in documents:
        its = (_CONSENTS.c.operator_id == uow.operator_id, _CONSENTS.c.id == _CHOICES.c.consent_id)
        query = query.where(select(_CONSENTS.c.id).where(*its, _CONSENTS.c.document_id == document).exists())
    return query, Order(_CHOICES.c.answered_at, _CHOICES.c.consent_id, descending=not wanted.earliest_first)


def _is_shown_as(state: ConsentState) -> ColumnElement[bool]:
    """Return the condition for what ``shown_state`` says of an answer."""
    blocked = _CHOICES.c.blocked_at.is_not(None) & _CHOICES.c.state.in_(LIVE)
    return blocked if state is ConsentState.BLOCKED else (_CHOICES.c.state == state) & ~blocked
