"""Entering and changing what the registers hold: every change is an edition, and none is altered."""

import json
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.governance.rules import Entry, check_entry
from consent_service.governance.tables import RegisterEntry
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.service import lock_operator

_ENTRIES = table_of(RegisterEntry)
WORDS = SealedColumn(_ENTRIES.c.sealed)


def enter(uow: UnitOfWork, entry: Entry) -> UUID:
    """Put an entry into the registers.

    Raises:
        InvalidInputError: The entry contradicts itself.
    """
    lock_operator(uow)
    entry_id = new_id(uow.now)
    _store(uow, entry_id, 1, entry)
    append(uow, EventType.REGISTER_ENTERED, entry_id, {"entry": str(entry_id), "kind": str(entry.kind)})
    return entry_id


def change(uow: UnitOfWork, entry_id: UUID, edition: int, entry: Entry) -> None:
    """Add an edition to an entry; ``edition`` is the one that the change was made from.

    Raises:
        NotFoundError: There is no such entry.
        ConflictError: Somebody else has changed it meanwhile.
        InvalidInputError: The entry contradicts itself.
    """
    lock_operator(uow)
    here = (_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.id == entry_id, _ENTRIES.c.is_current)
    present = uow.session.scalar(select(_ENTRIES.c.edition).where(*here))
    if present is None:
        raise NotFoundError("There is no such entry.")
    if present != edition:
        raise ConflictError(f"Edition {present} was made meanwhile: read it and repeat the change.")
    uow.session.execute(update(_ENTRIES).where(*here).values(is_current=False))
    _store(uow, entry_id, edition + 1, entry)
    append(uow, EventType.REGISTER_CHANGED, entry_id, {"entry": str(entry_id), "edition": edition + 1})


def open_words(uow: UnitOfWork, entry_id: UUID, edition: int, sealed: bytes) -> tuple[str | None, str | None]:
    """Return the persons and the words of an edition."""
    content = json.loads(WORDS.open(uow, sealed, entry_id, edition))
    return content["persons"], content["words"]


def _store(uow: UnitOfWork, entry_id: UUID, edition: int, entry: Entry) -> None:
    check_entry(entry)
    plain = json.dumps({"persons": entry.persons, "words": entry.words}, ensure_ascii=False).encode()
    uow.session.execute(
        insert(_ENTRIES).values(
            operator_id=uow.operator_id,
            id=entry_id,
            edition=edition,
            is_current=True,
            kind=entry.kind,
            done_on=entry.done_on,
            reference=entry.reference,
            until_on=entry.until_on,
            review_on=entry.review_on,
            sealed=WORDS.seal(uow, plain, entry_id, edition),
            changed_by=str(uow.actor),
            changed_at=uow.now,
        )
    )
