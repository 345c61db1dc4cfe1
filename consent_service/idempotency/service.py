"""Reserving a key in the transaction of the work, and keeping the answer it got."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.orm import Session

from consent_service.idempotency.tables import IdempotentAnswer
from consent_service.kernel.crypto import blind_index, derive, seal, unseal
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork

_ANSWERS = table_of(IdempotentAnswer)
KEPT = timedelta(hours=24)
MAX_KEY = 255
_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY}}}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer: HTTP status and body."""

    status: int
    body: bytes


def reserve(uow: UnitOfWork, route: str, key: str, body: bytes) -> Answer | None:
    """Take a key for this transaction, or return the answer that it got before.

    A second request with the same key waits here until the first has committed.

    Raises:
        InvalidInputError: The key was used with another body, or is malformed.
    """
    if not _KEY.fullmatch(key):
        raise InvalidInputError.of("Idempotency-Key", f"Send 1 to {MAX_KEY} printable ASCII characters, no spaces.")
    secret = uow.keys.derived("idempotency|v1")
    key_hash = blind_index(secret, key)
    fingerprint = blind_index(secret, body.hex())
    made = uow.session.execute(
        insert_or_skip(uow.session, _ANSWERS)
        .values(
            operator_id=uow.operator_id,
            route=route,
            key_hash=key_hash,
            fingerprint=fingerprint,
            status=None,
            answer=None,
            expires_at=uow.now + KEPT,
        )
        .returning(_ANSWERS.c.operator_id)
    ).first()
    if made is not None:
        return None
    row = uow.session.execute(
        select(_ANSWERS.c.fingerprint, _ANSWERS.c.status, _ANSWERS.c.answer).where(*_place(uow, route, key_hash))
    ).one()
    if row.fingerprint != fingerprint:
        raise InvalidInputError.of(
            "Idempotency-Key", "This key was used with another body; use a new key for a new request."
        )
    return Answer(row.status, unseal(_answer_key(uow, key), row.answer, f"{uow.operator_id}|{route}"))


def keep(uow: UnitOfWork, route: str, key: str, answer: Answer) -> None:
    """Keep the answer in the transaction of the work: both are there, or neither.

    It may show personal data, so it is sealed under the client's own key, which is kept nowhere: whoever has the
    database and the key file cannot open it.
    """
    key_hash = blind_index(uow.keys.derived("idempotency|v1"), key)
    sealed = seal(_answer_key(uow, key), answer.body, f"{uow.operator_id}|{route}")
    uow.session.execute(
        update(_ANSWERS).where(*_place(uow, route, key_hash)).values(status=answer.status, answer=sealed)
    )


def forget_expired(session: Session, now: datetime, limit: int) -> int:
    """Delete answers past their day; returns how many."""
    key = (_ANSWERS.c.operator_id, _ANSWERS.c.route, _ANSWERS.c.key_hash)
    old = select(*key).where(_ANSWERS.c.expires_at <= now).limit(limit)
    return changed_rows(session.execute(delete(_ANSWERS).where(tuple_(*key).in_(old))))


def _answer_key(uow: UnitOfWork, key: str) -> bytes:
    return derive(uow.keys.derived("idempotency|v1"), f"answer|{key}")


def _place(uow: UnitOfWork, route: str, key_hash: bytes) -> tuple[ColumnElement[bool], ...]:
    return (
        _ANSWERS.c.operator_id == uow.operator_id,
        _ANSWERS.c.route == route,
        _ANSWERS.c.key_hash == key_hash,
    )
