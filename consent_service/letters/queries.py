"""Reads of the register of outgoing letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.letters.tables import Letter

_LETTERS = table_of(Letter)


@dataclass(frozen=True, slots=True)
class LetterView:
    """One line of the register; what the letter says stays sealed."""

    id: UUID
    year: int
    number: int
    kind: LetterKind
    case_kind: str
    case_id: UUID
    subject_id: UUID | None
    languages: Sequence[str]
    written_on: date
    channel: LetterChannel
    state: LetterState
    proof: Mapping[str, Any] | None  # Any: JSON values
    sent_at: datetime | None
    created_at: datetime


_COLUMNS = [_LETTERS.c[name] for name in LetterView.__dataclass_fields__]


def letter_view(uow: UnitOfWork, letter_id: UUID) -> LetterView:
    """Return one letter.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(*_COLUMNS).where(_LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.id == letter_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such letter.")
    return LetterView(*row)


def letters_of(uow: UnitOfWork, case_id: UUID) -> list[LetterView]:
    """Return the letters of a case, the earliest first."""
    rows = uow.session.execute(
        select(*_COLUMNS)
        .where(_LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.case_id == case_id)
        .order_by(_LETTERS.c.year, _LETTERS.c.number)
    )
    return [LetterView(*row) for row in rows]


def sent_letters(uow: UnitOfWork, case_ids: Sequence[UUID], kind: LetterKind) -> dict[UUID, datetime]:
    """Return when the latest letter of a kind went out, by case; cases without one are left out."""
    rows = uow.session.execute(
        select(_LETTERS.c.case_id, _LETTERS.c.sent_at)
        .where(
            _LETTERS.c.operator_id == uow.operator_id,
            _LETTERS.c.case_id.in_(case_ids),
            _LETTERS.c.kind == kind,
            _LETTERS.c.state == LetterState.SENT,
            _LETTERS.c.sent_at.is_not(None),
        )
        .order_by(_LETTERS.c.sent_at)
    )
    return {row.case_id: row.sent_at for row in rows}


def list_letters(uow: UnitOfWork, *, limit: int, cursor: str | None) -> tuple[list[LetterView], str | None]:
    """Return a page of the register, the latest first, and the cursor of the next page.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_COLUMNS).where(_LETTERS.c.operator_id == uow.operator_id)
    if cursor is not None:
        query = query.where(tuple_(_LETTERS.c.year, _LETTERS.c.number) < tuple_(*_read(cursor)))
    rows = uow.session.execute(query.order_by(_LETTERS.c.year.desc(), _LETTERS.c.number.desc()).limit(limit + 1)).all()
    page = [LetterView(*row) for row in rows[:limit]]
    return page, f"{page[-1].year}-{page[-1].number}" if len(rows) > limit else None


def _read(cursor: str) -> tuple[int, int]:
    year, _, number = cursor.partition("-")
    if not (year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and len(cursor) < 16):  # noqa: PLR2004 - longer than any
        raise InvalidInputError.of("cursor", "Send the next_cursor of the page before, unchanged.")
    return int(year), int(number)
