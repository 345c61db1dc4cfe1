"""Beginning, reading, keeping and forgetting drafts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from consent_service.drafts.tables import FormDraft, FormDraftFile
from consent_service.kernel.crypto import blind_index, derive, seal, unseal
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.ids import new_id, new_token
from consent_service.kernel.uow import UnitOfWork

KEPT = timedelta(hours=2)  # from the last time that something was written
_DRAFTS, _FILES = table_of(FormDraft), table_of(FormDraftFile)
_ID_BYTES = 16
_MOST_CHARACTERS = 100  # of an id or a secret; ours are shorter


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A draft that was opened; locked until the transaction ends, where it writes."""

    lookup: bytes
    key: bytes
    created_at: datetime
    data: Mapping[str, Any]  # Any: JSON values


def begin(uow: UnitOfWork, secret: str, data: Mapping[str, Any]) -> str:  # Any: JSON values
    """Begin a draft of a browser and return its id, which is good for nothing without the browser's secret."""
    draft_id = new_token(size_bytes=_ID_BYTES)
    lookup, key = _lookup(uow, draft_id, secret), _key(uow, draft_id, secret)
    uow.session.execute(
        insert(_DRAFTS).values(
            operator_id=uow.operator_id,
            lookup=lookup,
            sealed=_seal(uow, lookup, key, data),
            created_at=uow.now,
            expires_at=uow.now + KEPT,
        )
    )
    return draft_id


def find(uow: UnitOfWork, draft_id: str, secret: str) -> Draft | None:
    """Return the draft of a browser, locked; None where there is none, it is over, or it is of another browser."""
    if not secret or max(len(draft_id), len(secret)) > _MOST_CHARACTERS:
        return None
    lookup = _lookup(uow, draft_id, secret)
    row = uow.session.execute(
        select(_DRAFTS.c.sealed, _DRAFTS.c.created_at)
        .where(*_here(uow, lookup), _DRAFTS.c.expires_at > uow.now)
        .with_for_update()
    ).first()
    if row is None:
        return None
    key = _key(uow, draft_id, secret)
    return Draft(lookup, key, row.created_at, json.loads(unseal(key, row.sealed, _place(uow, lookup, "draft"))))


def keep(uow: UnitOfWork, draft: Draft, data: Mapping[str, Any]) -> None:  # Any: JSON values
    """Keep what the draft says now; its time runs anew."""
    uow.session.execute(
        update(_DRAFTS)
        .where(*_here(uow, draft.lookup))
        .values(sealed=_seal(uow, draft.lookup, draft.key, data), expires_at=uow.now + KEPT)
    )


def add_file(uow: UnitOfWork, draft: Draft, content: bytes) -> UUID:
    """Seal a file beside a draft."""
    file_id = new_id(uow.now)
    sealed = seal(draft.key, content, _place(uow, draft.lookup, str(file_id)))
    uow.session.execute(
        insert(_FILES).values(operator_id=uow.operator_id, lookup=draft.lookup, id=file_id, sealed=sealed)
    )
    return file_id


def open_file(uow: UnitOfWork, draft: Draft, file_id: UUID) -> bytes:
    """Return a file of a draft."""
    sealed = uow.session.scalars(
        select(_FILES.c.sealed).where(
            _FILES.c.operator_id == uow.operator_id, _FILES.c.lookup == draft.lookup, _FILES.c.id == file_id
        )
    ).one()
    return unseal(draft.key, sealed, _place(uow, draft.lookup, str(file_id)))


def drop_files(uow: UnitOfWork, draft: Draft, file_id: UUID | None = None) -> None:
    """Forget a file of a draft, or all of them."""
    query = delete(_FILES).where(_FILES.c.operator_id == uow.operator_id, _FILES.c.lookup == draft.lookup)
    uow.session.execute(query if file_id is None else query.where(_FILES.c.id == file_id))


def drop(uow: UnitOfWork, draft: Draft) -> None:
    """Forget a draft at once."""
    drop_files(uow, draft)
    uow.session.execute(delete(_DRAFTS).where(*_here(uow, draft.lookup)))


def forget_expired(session: Session, now: datetime, limit: int) -> int:
    """Delete drafts that are over, with their files; returns how many."""
    key = (_DRAFTS.c.operator_id, _DRAFTS.c.lookup)
    over = session.execute(select(*key).where(_DRAFTS.c.expires_at <= now).limit(limit)).all()
    if not over:
        return 0
    rows = [tuple(row) for row in over]
    session.execute(delete(_FILES).where(tuple_(_FILES.c.operator_id, _FILES.c.lookup).in_(rows)))
    return changed_rows(session.execute(delete(_DRAFTS).where(tuple_(*key).in_(rows))))


def _here(uow: UnitOfWork, lookup: bytes) -> tuple[ColumnElement[bool], ...]:
    return _DRAFTS.c.operator_id == uow.operator_id, _DRAFTS.c.lookup == lookup


def _lookup(uow: UnitOfWork, draft_id: str, secret: str) -> bytes:
    return blind_index(uow.keys.derived("form-draft-lookup|v1"), f"{draft_id}|{secret}")


def _key(uow: UnitOfWork, draft_id: str, secret: str) -> bytes:
    return derive(uow.keys.derived("form-draft|v1"), f"{draft_id}|{secret}")


def _seal(uow: UnitOfWork, lookup: bytes, key: bytes, data: Mapping[str, Any]) -> bytes:  # Any: JSON values
    return seal(key, json.dumps(data, ensure_ascii=False).encode(), _place(uow, lookup, "draft"))


def _place(uow: UnitOfWork, lookup: bytes, what: str) -> str:
    return f"{uow.operator_id}|{lookup.hex()}|{what}"
