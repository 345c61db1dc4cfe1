"""Epochs of the keys that wrap people's keys: begun, everything wrapped anew, the old key destroyed.

Destroying a person's key in the database does nothing to yesterday's copy of it.  Once the epoch that wrapped it is
retired, no copy from before can be opened for that person, and nobody can be looked for in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ScalarSelect, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError, KeyUnavailableError
from consent_service.kernel.ids import new_id
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.keys import PREFIX_BYTES, Keyring, epoch_prefix, key_name, signing_name
from consent_service.kernel.signers import FIRST_GENERATION
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.ledger.tree import current_epoch
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.indexes import index_of_ref
from consent_service.subjects.service import Person, key_place, open_identifier, open_ref, seal_identifier
from consent_service.subjects.tables import KeyCheck, KeyEpoch, Subject, SubjectIdentifier

_EPOCHS, _CHECKS = table_of(KeyEpoch), table_of(KeyCheck)
_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)
# What is wrapped or indexed of people themselves.
OF_PEOPLE = (_SUBJECTS.c.key_wrapped, _SUBJECTS.c.ref_index, _IDENTIFIERS.c.value_index)
BATCH = 200
EPOCH_LOCK = 5_354_610  # a number of our own among PostgreSQL's advisory locks; migration 0015 has it too


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch: since when it wraps, and since when its key is gone."""

    epoch: int
    begun_at: datetime
    retired_at: datetime | None


def check_keys(session: Session, ring: Keyring, *, may_be_gone: bool = False) -> None:
    """Compare the key file with what the database was sealed and signed with; keys that are new to it are noted.

    ``may_be_gone``: one that is lacking is let pass; what it opened stays closed.

    Raises:
        KeyUnavailableError: A key is another, or lacking though something may be wrapped under it.
    """
    gone = {key_name(epoch) for epoch in _retired(session)} | _succeeded(session)
    known = {row.name: row.value for row in session.execute(select(_CHECKS)) if row.name not in gone}
    found = {name: value for name, value in ring.check_values().items() if name not in gone}
    for name, value in known.items():
        if name not in found and may_be_gone:
            continue
        if name not in found:
            raise KeyUnavailableError(
                f"The key file lacks the key of {name} that the database needs: restore the key file from its backup."
            )
        if found[name] != value:
            raise KeyUnavailableError(
                f"The key file is not the one of this database: its {name} key is another. Restore the key file that "
                "belongs to it; nothing was changed."
            )
    fresh = [{"name": name, "value": value} for name, value in found.items() if name not in known]
    if fresh:
        session.execute(insert_or_skip(session, _CHECKS), fresh)


def epochs(session: Session) -> list[Epoch]:
    """Return all epochs that the database knows, the oldest first."""
    return [Epoch(*row) for row in session.execute(select(*_EPOCHS.c).order_by(_EPOCHS.c.epoch))]


def people_by_epoch(session: Session) -> dict[int, int]:
    """Count the people whose keys each epoch wraps now, by a scan of all."""
    prefix = func.substr(_SUBJECTS.c.key_wrapped, 1, PREFIX_BYTES).label("prefix")
    rows = session.execute(select(prefix, func.count().label("people")).group_by(prefix))
    return {int.from_bytes(row.prefix): row.people for row in rows}


def begin_epoch(uow: UnitOfWork, key_file: KeyFile) -> int:
    """Begin a new epoch: what is wrapped from now on is wrapped under its key.  Returns its number.

    Whoever writes under the epoch before is waited for, and refused from here on: else two could enter one person
    under two indexes.  The key is in the file before the database speaks of it, so that a crash between loses nothing.
    """
    _lock(uow)
    ring = key_file.begin_epoch()
    note_epochs(uow, ring)
    append(uow, EventType.KEY_EPOCH_BEGUN, new_id(uow.now), {"epoch": ring.epoch})
    return ring.epoch


def note_epochs(uow: UnitOfWork, ring: Keyring) -> None:
    """Note the epochs that are in the key file, with what their keys must give."""
    uow.session.execute(
        insert_or_skip(uow.session, _EPOCHS),
        [{"epoch": epoch, "begun_at": uow.now, "retired_at": None} for epoch in sorted(ring.key_encryption_keys)],
    )
    check_keys(uow.session, ring)


def rewrap(uow: UnitOfWork, after: UUID | None, limit: int = BATCH) -> tuple[int, UUID | None]:
    """Wrap the keys of some people of an operator under the current epoch, and index what they are found by anew.

    Returns how many, and the last one looked at: None when there are no more.
    """
    query = (
        select(_SUBJECTS.c.id, _SUBJECTS.c.key_wrapped, _SUBJECTS.c.ref_sealed)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.key_wrapped < epoch_prefix(uow.keys.epoch))
        .order_by(_SUBJECTS.c.id)
        .limit(limit)
        .with_for_update()
    )
    rows = uow.session.execute(query if after is None else query.where(_SUBJECTS.c.id > after)).all()
    if not rows:
        return 0, None
    people, changes = {}, []
    for row in rows:
        place = key_place(uow, row.id)
        person = people[row.id] = Person(row.id, uow.keys.unwrap(row.key_wrapped, place))
        index = index_of_ref(uow, open_ref(uow, person, row.ref_sealed))
        changes.append({"of": row.id, "key": uow.keys.wrap(person.key, place), "index": index})
    uow.session.execute(
        update(_SUBJECTS)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == bindparam("of"))
        .values(key_wrapped=bindparam("key"), ref_index=bindparam("index")),
        changes,
    )
    _index_anew(uow, people)
    return len(rows), rows[-1].id


def retire(uow: UnitOfWork, others: Sequence[Column[Any]]) -> list[int]:  # Any: bytes, or None
    """Retire all epochs before the current one.

    Their keys are destroyed by ``destroy_retired`` once this is committed.  Returns the epochs.

    Raises:
        ConflictError: Something of theirs is left: a person's key, an index, or a value of the ``others``.
    """
    current = uow.keys.epoch
    _lock(uow)
    left = sum(_count_before(uow, column, current) for column in (*OF_PEOPLE, *others))
    if left:
        raise ConflictError(f"{left} values are still wrapped under an older epoch; run master-keys finish.")
    retired = uow.session.scalars(
        update(_EPOCHS)
        .where(_EPOCHS.c.epoch < current, _EPOCHS.c.retired_at.is_(None))
        .values(retired_at=uow.now)
        .returning(_EPOCHS.c.epoch)
    ).all()
    for epoch in retired:
        append(uow, EventType.KEY_EPOCH_RETIRED, new_id(uow.now), {"epoch": epoch})
    return sorted(retired)


def destroy_retired(session: Session, key_file: KeyFile) -> list[int]:
    """Destroy in the key file what the database has retired.  Returns the epochs whose keys went."""
    there = sorted(_retired(session) & set(key_file.ring().key_encryption_keys))
    if there or not key_file.is_finished():
        key_file.destroy_epochs(there)
    return there


def retired_at(epoch: Any) -> ScalarSelect[datetime]:  # Any: a column
    """Return since when nothing of an epoch can be opened, as part of another statement; null where it still can."""
    return select(_EPOCHS.c.retired_at).where(_EPOCHS.c.epoch == epoch).scalar_subquery()


def _retired(session: Session) -> set[int]:
    return set(session.scalars(select(_EPOCHS.c.epoch).where(_EPOCHS.c.retired_at.is_not(None))))


def _succeeded(session: Session) -> set[str]:
    """Return the names of the signing keys whose logs are closed."""
    epoch = current_epoch(session)
    return {signing_name(number) for number in range(FIRST_GENERATION, epoch.signed_by)} if epoch else set()


def _lock(uow: UnitOfWork) -> None:
    """Wait for everybody who writes under an epoch, and keep them waiting.  On SQLite one writes at a time anyway."""
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(select(func.pg_advisory_xact_lock(EPOCH_LOCK)))


def _count_before(uow: UnitOfWork, column: Column[Any], epoch: int) -> int:  # Any: bytes, or None
    """Count the values of a column, of all operators, that are of earlier epochs."""
    return uow.session.scalar(select(func.count(column)).where(column < epoch_prefix(epoch))) or 0


def _index_anew(uow: UnitOfWork, people: Mapping[UUID, Person]) -> None:
    """Index the identifiers of people under the current epoch; one that was entered anew meanwhile is there already."""
    gone = uow.session.execute(
        delete(_IDENTIFIERS)
        .where(
            _IDENTIFIERS.c.operator_id == uow.operator_id,
            _IDENTIFIERS.c.subject_id.in_(people),
            _IDENTIFIERS.c.value_index < epoch_prefix(uow.keys.epoch),
        )
        .returning(*_IDENTIFIERS.c)
    ).all()
    if gone:
        anew = [_anew(uow, people[row.subject_id], row) for row in gone]
        uow.session.execute(insert_or_skip(uow.session, _IDENTIFIERS), anew)


def _anew(uow: UnitOfWork, person: Person, row: Any) -> dict[str, object]:  # Any: a result row
    value = open_identifier(uow, person, row.kind, row.value_index, row.value_sealed)
    return seal_identifier(uow, person, IdentifierKind(row.kind), value, row.created_at)
