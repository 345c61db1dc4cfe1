"""Asking for a pack, taking it up, storing what was made, handing it out, and forgetting it after its term."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update

from consent_service.deadlines.rules import almaty_day
from consent_service.inspections.queries import PACK_KEY, place_of, stored_key
from consent_service.inspections.rules import Period, check_period
from consent_service.inspections.states import TO_MAKE, PackState
from consent_service.inspections.tables import InspectionPack, InspectionPackPart
from consent_service.kernel.crypto import new_key, seal, unseal
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_PACKS, _PARTS = table_of(InspectionPack), table_of(InspectionPackPart)
KEPT = timedelta(days=7)
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
MOST_AT_ONCE = 3


class ClaimLostError(ConflictError):
    """Another worker has taken the pack up meanwhile, or it is gone."""

    code = "pack-claim-over"


@dataclass(frozen=True, slots=True)
class Claim:
    """A pack that a worker has taken up: until it is done nobody else makes it, as long as it goes on."""

    pack_id: UUID
    token: UUID
    period: Period


def order_pack(uow: UnitOfWork, period: Period) -> UUID:
    """Ask for a pack of a period; the worker makes it.

    Raises:
        InvalidInputError: The period cannot be told about.
        ConflictError: Three are being made already.
    """
    check_period(period, almaty_day(uow.now))
    waiting = uow.session.scalars(select(_PACKS.c.id).where(*_mine(uow), _PACKS.c.state.in_(TO_MAKE)))
    if len(list(waiting)) >= MOST_AT_ONCE:
        raise ConflictError(f"{MOST_AT_ONCE} packs are being made already. Wait until one is ready.")
    pack_id = new_id(uow.now)
    uow.session.execute(
        insert(_PACKS).values(
            operator_id=uow.operator_id,
            id=pack_id,
            since=period.since,
            until=period.until,
            state=PackState.WAITING,
            steps=0,
            done=0,
            attempts=0,
            claim=None,
            claimed_until=None,
            asked_by=str(uow.actor),
            asked_at=uow.now,
            made_at=None,
            expires_at=uow.now + KEPT,
            size=None,
            sha256=None,
            key_sealed=PACK_KEY.seal(uow, new_key(), pack_id),
        )
    )
    _record(uow, EventType.INSPECTION_PACK_ORDERED, pack_id, period)
    return pack_id


def claim_pack(uow: UnitOfWork, pack_id: UUID | None = None) -> Claim | None:
    """Take up the oldest pack that waits, or whose worker died, or the one that is named; None where there is none.

    What another worker had stored of it goes; one that was tried three times in vain has failed.
    """
    waits = (_PACKS.c.state == PackState.WAITING) | (
        (_PACKS.c.state == PackState.MAKING) & (_PACKS.c.claimed_until <= uow.now)
    )
    named = () if pack_id is None else (_PACKS.c.id == pack_id,)
    row = uow.session.execute(
        select(_PACKS.c.id, _PACKS.c.since, _PACKS.c.until, _PACKS.c.attempts)
        .where(*_mine(uow), waits, *named)
        .order_by(_PACKS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    uow.session.execute(delete(_PARTS).where(_PARTS.c.operator_id == uow.operator_id, _PARTS.c.pack_id == row.id))
    if row.attempts >= MOST_ATTEMPTS:
        _set(uow, row.id, state=PackState.FAILED, claim=None, claimed_until=None)
        return claim_pack(uow, pack_id)
    token = new_id(uow.now)
    _set(
        uow,
        row.id,
        state=PackState.MAKING,
        attempts=row.attempts + 1,
        done=0,
        claim=token,
        claimed_until=uow.now + LEASE,
    )
    return Claim(row.id, token, Period(row.since, row.until))


def note_progress(uow: UnitOfWork, claim: Claim, done: int, steps: int) -> None:
    """Note how much is made, and hold the claim for longer.

    Raises:
        ClaimLostError: Another worker makes it now.
    """
    _still_mine(uow, claim, done=done, steps=steps, claimed_until=uow.now + LEASE)


def give_back(uow: UnitOfWork, claim: Claim) -> None:
    """Let a pack that could not be made be tried again at once, three times in all."""
    _set(uow, claim.pack_id, _PACKS.c.claim == claim.token, claimed_until=uow.now)


def store_part(uow: UnitOfWork, claim: Claim, number: int, content: bytes) -> None:
    """Store a part of what was made, sealed.

    Raises:
        ClaimLostError: Another worker makes it now.
    """
    _still_mine(uow, claim, claimed_until=uow.now + LEASE)
    sealed = seal(stored_key(uow, claim.pack_id), content, place_of(uow, claim.pack_id, number))
    values = {"operator_id": uow.operator_id, "pack_id": claim.pack_id, "number": number, "sealed": sealed}
    uow.session.execute(insert(_PARTS).values(values))


def finish_pack(uow: UnitOfWork, claim: Claim, *, size: int, sha256: str, made_at: datetime) -> None:
    """Hand a pack over whose parts are all stored.

    Raises:
        ClaimLostError: Another worker makes it now.
    """
    ready = {"state": PackState.READY, "claim": None, "claimed_until": None, "made_at": made_at}
    _still_mine(uow, claim, **ready, size=size, sha256=sha256, done=_PACKS.c.steps, expires_at=uow.now + KEPT)
    _record(uow, EventType.INSPECTION_PACK_MADE, claim.pack_id, claim.period, sha256=sha256)


def take_pack(uow: UnitOfWork, pack_id: UUID) -> int:
    """Record that somebody takes a pack away, and return how many bytes it has.

    Raises:
        NotFoundError: There is none that is ready, or its term is over.
    """
    row = uow.session.execute(
        select(_PACKS.c.since, _PACKS.c.until, _PACKS.c.size, _PACKS.c.sha256)
        .where(*_mine(uow), _PACKS.c.id == pack_id, _PACKS.c.state == PackState.READY, _PACKS.c.expires_at > uow.now)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFoundError("There is no such pack, or its week is over: ask for it again.")
    _record(uow, EventType.INSPECTION_PACK_TAKEN, pack_id, Period(row.since, row.until), sha256=row.sha256)
    return int(row.size)


def parts_of(begin: Callable[[], AbstractContextManager[UnitOfWork]], pack_id: UUID) -> Iterator[bytes]:
    """Return the ZIP part by part, each read in a short transaction."""
    number = 0
    while True:
        with begin() as uow:
            sealed = uow.session.scalar(
                select(_PARTS.c.sealed).where(
                    _PARTS.c.operator_id == uow.operator_id, _PARTS.c.pack_id == pack_id, _PARTS.c.number == number
                )
            )
            if sealed is None:
                return
            content = unseal(stored_key(uow, pack_id), sealed, place_of(uow, pack_id, number))
        yield content
        number += 1


def forget_packs(uow: UnitOfWork, limit: int) -> int:
    """Remove packs whose term is over with their parts and keys.  Returns how many."""
    over = list(
        uow.session.scalars(select(_PACKS.c.id).where(*_mine(uow), _PACKS.c.expires_at <= uow.now).limit(limit))
    )
    uow.session.execute(delete(_PARTS).where(_PARTS.c.operator_id == uow.operator_id, _PARTS.c.pack_id.in_(over)))
    uow.session.execute(delete(_PACKS).where(*_mine(uow), _PACKS.c.id.in_(over)))
    return len(over)


def _mine(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (_PACKS.c.operator_id == uow.operator_id,)


def _set(uow: UnitOfWork, pack_id: UUID, *also: ColumnElement[bool], **values: Any) -> int:  # Any: column values
    return changed_rows(
        uow.session.execute(update(_PACKS).where(*_mine(uow), _PACKS.c.id == pack_id, *also).values(values))
    )


def _still_mine(uow: UnitOfWork, mine: Claim, **values: Any) -> None:  # Any: column values
    if not _set(uow, mine.pack_id, _PACKS.c.claim == mine.token, **values):
        raise ClaimLostError("Another worker makes this pack now.")


def _record(uow: UnitOfWork, kind: EventType, pack_id: UUID, period: Period, **more: object) -> None:
    """Append an event of a pack, whose row is locked or new."""
    said = {"pack": str(pack_id), "since": period.since.isoformat(), "until": period.until.isoformat()}
    append(uow, kind, pack_id, said | more)
