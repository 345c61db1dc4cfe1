"""Reserving a key in the transaction of the work, and keeping the answer it got."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from consent_service.idempotency.tables import ConcernedPerson, IdempotentAnswer
from consent_service.kernel.crypto import blind_index, derive, seal, unseal
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.uow import UnitOfWork

_ANSWERS, _PEOPLE = table_of(IdempotentAnswer), table_of(ConcernedPerson)
_LOOKUP = "idempotency|v1"
_KEEP = (
    update(_ANSWERS)
    .where(
        _ANSWERS.c.operator_id == bindparam("of_operator"),
        _ANSWERS.c.route == bindparam("of_route"),
        _ANSWERS.c.key_hash == bindparam("of_key"),
    )
    .values(status=bindparam("kept_status"), answer=bindparam("kept_answer"), subject_id=bindparam("of_person"))
)
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
        ConflictError: It was used, and somebody whom the answer concerned has been erased since.
    """
    if not _KEY.fullmatch(key):
        raise InvalidInputError.of("Idempotency-Key", f"Send 1 to {MAX_KEY} printable ASCII characters, no spaces.")
    key_hash = _key_hash(uow, key)
    fresh = _fresh(uow, route, key, body)
    made = uow.session.execute(insert_or_skip(uow.session, _ANSWERS).returning(_ANSWERS.c.operator_id), [fresh]).first()
    if made is not None:
        return None
    row = uow.session.execute(
        select(_ANSWERS.c.fingerprint, _ANSWERS.c.status, _ANSWERS.c.answer).where(*_place(uow, route, key_hash))
    ).one()
    if row.answer is None:
        raise ConflictError(
            "This was done before, and somebody whom it concerned has been erased: the answer is not kept any more."
        )
    if row.fingerprint != fresh["fingerprint"]:
        raise InvalidInputError.of(
            "Idempotency-Key", "This key was used with another body; use a new key for a new request."
        )
    return Answer(row.status, unseal(_derived(uow, f"answer|{key}"), row.answer, f"{uow.operator_id}|{route}"))


def reserve_all(uow: UnitOfWork, requests: Mapping[tuple[str, str], bytes]) -> set[tuple[str, str]]:
    """Take those of some keys, each of a route, that were never used, for their bodies; returns them.

    Whatever else there is to say of a key, ``reserve`` says.
    """
    rows = {
        (route, row["key_hash"]): row
        for (route, key), body in requests.items()
        if _KEY.fullmatch(key)
        for row in [_fresh(uow, route, key, body)]
    }
    if not rows:
        return set()
    making = insert_or_skip(uow.session, _ANSWERS).returning(_ANSWERS.c.route, _ANSWERS.c.key_hash)
    made = {(row.route, row.key_hash) for row in uow.session.execute(making, [rows[one] for one in sorted(rows)])}
    return {(route, key) for route, key in requests if (route, _key_hash(uow, key)) in made}


def keep_all(uow: UnitOfWork, answers: Mapping[tuple[str, str], tuple[Answer, UUID]]) -> None:
    """Keep the answers of keys that were taken together, each about one person, as ``keep`` does."""
    rows = [
        {
            "of_operator": uow.operator_id,
            "of_route": route,
            "of_key": _key_hash(uow, key),
            "of_person": person,
            "kept_status": answer.status,
            "kept_answer": _sealed(uow, route, key, answer),
        }
        for (route, key), (answer, person) in answers.items()
    ]
    if rows:
        uow.session.execute(_KEEP, rows)


def keep(uow: UnitOfWork, route: str, key: str, answer: Answer) -> None:
    """Keep the answer in the transaction of the work: both are there, or neither.

    It may show personal data, so it is sealed under the client's own key, which is kept nowhere: whoever has the
    database and the key file cannot open it; and it goes with whom it concerns.
    """
    key_hash, people = _key_hash(uow, key), sorted(uow.concerned)
    sealed = _sealed(uow, route, key, answer)
    uow.session.execute(
        update(_ANSWERS)
        .where(*_place(uow, route, key_hash))
        .values(status=answer.status, answer=sealed, subject_id=people[0] if len(people) == 1 else None)
    )
    if len(people) > 1:
        row = {"operator_id": uow.operator_id, "route": route, "key_hash": key_hash}
        uow.session.execute(insert(_PEOPLE), [row | {"subject_id": person} for person in people])


def forget_people(uow: UnitOfWork, subject_ids: Collection[UUID]) -> None:
    """Destroy what was kept of answers that concern people who are erased: what is left says that a key was used."""
    key = (_ANSWERS.c.operator_id, _ANSWERS.c.route, _ANSWERS.c.key_hash)
    among = select(_PEOPLE.c.operator_id, _PEOPLE.c.route, _PEOPLE.c.key_hash).where(
        _PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.subject_id.in_(subject_ids)
    )
    for concerns in (_ANSWERS.c.subject_id.in_(subject_ids), tuple_(*key).in_(among)):  # each has an index of its own
        uow.session.execute(
            update(_ANSWERS)
            .where(_ANSWERS.c.operator_id == uow.operator_id, concerns)
            .values(answer=None, fingerprint=None, subject_id=None)
        )


def forget_expired(session: Session, now: datetime, limit: int) -> int:
    """Delete answers past their day; returns how many."""
    key = (_ANSWERS.c.operator_id, _ANSWERS.c.route, _ANSWERS.c.key_hash)
    old = select(*key).where(_ANSWERS.c.expires_at <= now).limit(limit)
    gone = changed_rows(session.execute(delete(_ANSWERS).where(tuple_(*key).in_(old))))
    _forget_links(session)
    return gone


def _forget_links(session: Session) -> None:
    """Delete the links of answers that are gone."""
    of_answer = (
        (_ANSWERS.c.operator_id == _PEOPLE.c.operator_id)
        & (_ANSWERS.c.route == _PEOPLE.c.route)
        & (_ANSWERS.c.key_hash == _PEOPLE.c.key_hash)
    )
    session.execute(delete(_PEOPLE).where(~select(_ANSWERS.c.operator_id).where(of_answer).exists()))


def _fresh(uow: UnitOfWork, route: str, key: str, body: bytes) -> dict[str, Any]:  # Any: column values
    """Return the row of a key that is taken, without an answer yet."""
    return {
        "operator_id": uow.operator_id,
        "route": route,
        "key_hash": _key_hash(uow, key),
        "subject_id": None,
        "fingerprint": blind_index(_derived(uow, f"request|{key}"), body.hex()),
        "status": None,
        "answer": None,
        "expires_at": uow.now + KEPT,
    }


def _sealed(uow: UnitOfWork, route: str, key: str, answer: Answer) -> bytes:
    return seal(_derived(uow, f"answer|{key}"), answer.body, f"{uow.operator_id}|{route}")


def _key_hash(uow: UnitOfWork, key: str) -> bytes:
    return blind_index(uow.keys.derived(_LOOKUP), key)


def _derived(uow: UnitOfWork, purpose: str) -> bytes:
    return derive(uow.keys.derived(_LOOKUP), purpose)


def _place(uow: UnitOfWork, route: str, key_hash: bytes) -> tuple[ColumnElement[bool], ...]:
    return (
        _ANSWERS.c.operator_id == uow.operator_id,
        _ANSWERS.c.route == route,
        _ANSWERS.c.key_hash == key_hash,
    )
