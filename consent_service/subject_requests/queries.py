"""Reads about requests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from consent_service.duties.assigning import is_work_of
from consent_service.duties.clock_log import EntryView, entries_of
from consent_service.duties.ordering import CaseOrder, in_order
from consent_service.duties.queries import DutyView, duties_of
from consent_service.erasure.queries import OrderView, order_of
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.paging import turn_page
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import LetterView, letters_of
from consent_service.policies.queries import version_by_id
from consent_service.subject_requests.states import (
    DECIDED,
    UNIDENTIFIED,
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
    Violation,
)
from consent_service.subject_requests.tables import SubjectRequest


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A line of the list of requests."""

    id: UUID
    subject_id: UUID
    type: RequestType
    state: RequestState
    channel: RequestChannel
    received_on: date
    decided_at: datetime | None
    reference: str | None
    assignee_id: UUID | None


_REQUESTS = table_of(SubjectRequest)
_LINE = [_REQUESTS.c[name] for name in RequestLine.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request with its duties, letters and clock log."""

    id: UUID
    subject_id: UUID
    type: RequestType
    document: str | None
    channel: RequestChannel
    state: RequestState
    language: str
    received_at: datetime
    received_on: date
    acting: Mapping[str, str]
    purposes: Sequence[str] | None
    linked_to: UUID | None
    identity: IdentityMethod | None
    identified_at: datetime | None
    violation: Violation | None
    reference: str | None
    rules: Sequence[Mapping[str, Any]]  # Any: {code, clause, kk, ru, en} as stored
    duties: tuple[DutyView, ...]
    erasure: OrderView | None
    letters: tuple[LetterView, ...]
    clock_log: tuple[EntryView, ...]


def request_view(uow: UnitOfWork, request_id: UUID) -> RequestView:
    """Return one request.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.get(SubjectRequest, (uow.operator_id, request_id))
    if row is None:
        raise NotFoundError("There is no such request.")
    return RequestView(
        id=row.id,
        subject_id=row.subject_id,
        type=row.type,
        document=None if row.version_id is None else version_by_id(uow, row.version_id).name,
        channel=row.channel,
        state=row.state,
        language=row.language,
        received_at=row.received_at,
        received_on=row.received_on,
        acting=row.acting,
        purposes=row.purposes,
        linked_to=row.linked_to,
        identity=row.identity,
        identified_at=row.identified_at,
        violation=row.violation,
        reference=row.reference,
        rules=row.rules,
        duties=tuple(duties_of(uow, request_id)),
        erasure=order_of(uow, request_id),
        letters=tuple(letters_of(uow, request_id)),
        clock_log=tuple(entries_of(uow, request_id)),
    )


def unidentified(uow: UnitOfWork) -> Select[UUID]:
    """Return the requests that wait for the proof of who asks, as part of another statement."""
    return select(SubjectRequest.id).where(
        SubjectRequest.operator_id == uow.operator_id, SubjectRequest.state.in_(UNIDENTIFIED)
    )


def list_requests(
    uow: UnitOfWork,
    *,
    states: Collection[RequestState] = (),
    types: Collection[RequestType] = (),
    subject_id: UUID | None = None,
    assignees: Sequence[UUID | None] = (),
    order: CaseOrder = CaseOrder.LATEST,
    limit: int,
    cursor: str | None,
) -> tuple[list[RequestLine], str | None]:
    """Return a page of requests, the latest received first unless ordered otherwise, and the cursor of the next page.

    ``subject_id``: only those of one person; ``assignees``: only their work, of nobody where it is None.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_LINE, _REQUESTS.c.received_at).where(_REQUESTS.c.operator_id == uow.operator_id)
    if states:
        query = query.where(_REQUESTS.c.state.in_(states))
    if types:
        query = query.where(_REQUESTS.c.type.in_(types))
    if subject_id is not None:
        query = query.where(_REQUESTS.c.subject_id == subject_id)
    if assignees:
        query = query.where(is_work_of(_REQUESTS.c.assignee_id, assignees))
    query, by = in_order(uow, query, order, case_id=_REQUESTS.c.id, received_at=_REQUESTS.c.received_at)
    rows, after = turn_page(uow.session, query, by, limit=limit, cursor=cursor)
    return [RequestLine(*row[: len(_LINE)]) for row in rows], after


def requests_of(uow: UnitOfWork, subject_id: UUID) -> list[dict[str, Any]]:  # Any: JSON values
    """Return the requests of a person as data, the earliest first."""
    rows = uow.session.scalars(
        select(SubjectRequest)
        .where(SubjectRequest.operator_id == uow.operator_id, SubjectRequest.subject_id == subject_id)
        .order_by(SubjectRequest.received_at)
    )
    return [
        {"id": str(row.id), "type": str(row.type), "received_on": row.received_on.isoformat(), "state": str(row.state)}
        for row in rows
    ]


def decided(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Return requests that are answered or refused, and may be ready to be closed."""
    return list(
        uow.session.scalars(
            select(SubjectRequest.id)
            .where(SubjectRequest.operator_id == uow.operator_id, SubjectRequest.state.in_(DECIDED))
            .order_by(SubjectRequest.decided_at)
            .limit(limit)
        )
    )
