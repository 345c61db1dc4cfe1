"""The shelf of one kind of pack: what is asked for, what a worker makes of it, part by part, and what is handed out.

Every part is sealed under a key of its pack, which goes with the pack.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, Table, delete, insert, select, update

from consent_service.kernel.crypto import new_key, seal, unseal
from consent_service.kernel.db import changed_rows
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.packs.states import TO_MAKE, PackState
from consent_service.packs.views import PackView

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
V = TypeVar("V", bound=PackView)


class ClaimLostError(ConflictError):
    """Another worker has taken the pack up meanwhile, or it is gone."""

    code = "pack-claim-over"


@dataclass(frozen=True, slots=True)
class Claim:
    """A pack that a worker has taken up: until it is done nobody else makes it, as long as it goes on."""

    pack_id: UUID
    token: UUID


@dataclass(frozen=True, slots=True)
class Shelf:
    """The packs of one kind: the tables of packs and of their parts, and how long a pack is kept."""

    packs: Table
    parts: Table
    kept: timedelta
    most_at_once: int

    @property
    def key(self) -> SealedColumn:
        """Where the keys of packs are kept."""
        return SealedColumn(self.packs.c.key_sealed)

    def place(self, uow: UnitOfWork, asked: Mapping[str, Any]) -> UUID:  # Any: column values of this kind
        """Ask for a pack; the worker makes it.

        Raises:
            ConflictError: As many as may be made at once are being made already.
        """
        waiting = uow.session.scalars(select(self.packs.c.id).where(*self._mine(uow), self.packs.c.state.in_(TO_MAKE)))
        if len(list(waiting)) >= self.most_at_once:
            raise ConflictError(f"{self.most_at_once} are being made already. Wait until one is ready.")
        pack_id = new_id(uow.now)
        nothing = dict.fromkeys(("claim", "claimed_until", "made_at", "size", "sha256"))
        values = {
            "operator_id": uow.operator_id,
            "id": pack_id,
            "state": PackState.WAITING,
            **dict.fromkeys(("steps", "done", "attempts"), 0),
            "asked_by": str(uow.actor),
            "asked_at": uow.now,
            "expires_at": uow.now + self.kept,
            "key_sealed": self.key.seal(uow, new_key(), pack_id),
        }
        uow.session.execute(insert(self.packs).values(values | nothing | dict(asked)))
        return pack_id

    def claim(self, uow: UnitOfWork, pack_id: UUID | None = None) -> Claim | None:
        """Take up the oldest pack that waits, or whose worker died, or the one that is named; None: there is none.

        What another worker had stored of it goes; one that was tried three times in vain has failed.
        """
        named = () if pack_id is None else (self.packs.c.id == pack_id,)
        row = uow.session.execute(
            select(self.packs.c.id, self.packs.c.attempts)
            .where(*self._mine(uow), self._waits(uow), *named)
            .order_by(self.packs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        self._forget_parts(uow, [row.id])
        if row.attempts >= MOST_ATTEMPTS:
            self._set(uow, row.id, state=PackState.FAILED, claim=None, claimed_until=None)
            return self.claim(uow, pack_id)
        token = new_id(uow.now)
        making = {"state": PackState.MAKING, "attempts": row.attempts + 1, "done": 0}
        self._set(uow, row.id, **making, claim=token, claimed_until=uow.now + LEASE)
        return Claim(row.id, token)

    def has_work(self, uow: UnitOfWork) -> bool:
        """Say whether there is something to take up."""
        found = select(self.packs.c.id).where(*self._mine(uow), self._waits(uow)).limit(1)
        return uow.session.scalar(found) is not None

    def note_progress(self, uow: UnitOfWork, claim: Claim, done: int, steps: int) -> None:
        """Note how much is made, and hold the claim for longer.

        Raises:
            ClaimLostError: Another worker makes it now.
        """
        self._still_mine(uow, claim, done=done, steps=steps, claimed_until=uow.now + LEASE)

    def give_back(self, uow: UnitOfWork, claim: Claim) -> None:
        """Let a pack that could not be made be tried again at once, three times in all."""
        self._set(uow, claim.pack_id, self.packs.c.claim == claim.token, claimed_until=uow.now)

    def store_part(self, uow: UnitOfWork, claim: Claim, number: int, content: bytes) -> None:
        """Store a part of what was made, sealed.

        Raises:
            ClaimLostError: Another worker makes it now.
        """
        self._still_mine(uow, claim, claimed_until=uow.now + LEASE)
        sealed = seal(self._stored_key(uow, claim.pack_id), content, self._place_of(uow, claim.pack_id, number))
        values = {"operator_id": uow.operator_id, "pack_id": claim.pack_id, "number": number, "sealed": sealed}
        uow.session.execute(insert(self.parts).values(values))

    def finish(self, uow: UnitOfWork, claim: Claim, *, size: int, sha256: str, made_at: datetime) -> None:
        """Hand a pack over whose parts are all stored.

        Raises:
            ClaimLostError: Another worker makes it now.
        """
        ready = {"state": PackState.READY, "claim": None, "claimed_until": None, "made_at": made_at}
        whole = {"size": size, "sha256": sha256, "done": self.packs.c.steps}
        self._still_mine(uow, claim, **ready, **whole, expires_at=uow.now + self.kept)

    def views(self, uow: UnitOfWork, kind: type[V]) -> list[V]:
        """Return the packs whose term is not over, the latest first."""
        columns = [self.packs.c[name] for name in kind.__dataclass_fields__]
        rows = uow.session.execute(
            select(*columns).where(*self._mine(uow), self.packs.c.expires_at > uow.now).order_by(self.packs.c.id.desc())
        )
        return [kind(*row) for row in rows]

    def asked(self, uow: UnitOfWork, pack_id: UUID) -> RowMapping:
        """Return the row of a pack.

        Raises:
            NotFoundError: There is none.
        """
        return self._row(uow, select(self.packs).where(*self._mine(uow), self.packs.c.id == pack_id))

    def ready(self, uow: UnitOfWork, pack_id: UUID) -> RowMapping:
        """Return the row of a pack that can be handed out, locked.

        Raises:
            NotFoundError: There is none that is ready, or its term is over.
        """
        mine = (*self._mine(uow), self.packs.c.id == pack_id)
        ready = (self.packs.c.state == PackState.READY, self.packs.c.expires_at > uow.now)
        return self._row(uow, select(self.packs).where(*mine, *ready).with_for_update())

    def parts_of(self, begin: Callable[[], AbstractContextManager[UnitOfWork]], pack_id: UUID) -> Iterator[bytes]:
        """Return the ZIP part by part, each read in a short transaction."""
        number = 0
        while True:
            with begin() as uow:
                sealed = uow.session.scalar(
                    select(self.parts.c.sealed).where(
                        self.parts.c.operator_id == uow.operator_id,
                        self.parts.c.pack_id == pack_id,
                        self.parts.c.number == number,
                    )
                )
                if sealed is None:
                    return
                content = unseal(self._stored_key(uow, pack_id), sealed, self._place_of(uow, pack_id, number))
            yield content
            number += 1

    def forget(self, uow: UnitOfWork, limit: int) -> int:
        """Remove packs whose term is over with their parts and keys.  Returns how many."""
        over = select(self.packs.c.id).where(*self._mine(uow), self.packs.c.expires_at <= uow.now).limit(limit)
        return self._remove(uow, list(uow.session.scalars(over)))

    def drop(self, uow: UnitOfWork) -> int:
        """Remove what is ready with its key, and let what is being made be begun again.  Returns how many these were.

        For packs in which something is that must not be any more.
        """
        begun = update(self.packs).where(*self._mine(uow), self.packs.c.state.in_(TO_MAKE))
        waiting = {"state": PackState.WAITING, "claim": None, "claimed_until": None, "attempts": 0, "done": 0}
        again = list(uow.session.scalars(begun.values(waiting).returning(self.packs.c.id)))
        self._forget_parts(uow, again)
        gone = select(self.packs.c.id).where(*self._mine(uow), self.packs.c.state.not_in(TO_MAKE)).with_for_update()
        return self._remove(uow, list(uow.session.scalars(gone))) + len(again)

    def _row(self, uow: UnitOfWork, query: Select[Any]) -> RowMapping:  # Any: the columns of this kind
        row = uow.session.execute(query).mappings().first()
        if row is None:
            raise NotFoundError("There is no such pack, or its term is over: ask for it again.")
        return row

    def _remove(self, uow: UnitOfWork, pack_ids: list[UUID]) -> int:
        self._forget_parts(uow, pack_ids)
        if pack_ids:
            uow.session.execute(delete(self.packs).where(*self._mine(uow), self.packs.c.id.in_(pack_ids)))
        return len(pack_ids)

    def _forget_parts(self, uow: UnitOfWork, pack_ids: list[UUID]) -> None:
        mine = (self.parts.c.operator_id == uow.operator_id, self.parts.c.pack_id.in_(pack_ids))
        if pack_ids:
            uow.session.execute(delete(self.parts).where(*mine))

    def _stored_key(self, uow: UnitOfWork, pack_id: UUID) -> bytes:
        """Return the key of a pack, which lives as long as the pack."""
        query = select(self.packs.c.key_sealed).where(*self._mine(uow), self.packs.c.id == pack_id)
        return self.key.open(uow, uow.session.execute(query).scalar_one(), pack_id)

    def _place_of(self, uow: UnitOfWork, pack_id: UUID, number: int) -> str:
        return f"{self.parts.name}|{uow.operator_id}|{pack_id}|{number}"

    def _waits(self, uow: UnitOfWork) -> ColumnElement[bool]:
        given_up = (self.packs.c.state == PackState.MAKING) & (self.packs.c.claimed_until <= uow.now)
        return (self.packs.c.state == PackState.WAITING) | given_up

    def _mine(self, uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
        return (self.packs.c.operator_id == uow.operator_id,)

    def _set(self, uow: UnitOfWork, pack_id: UUID, *also: ColumnElement[bool], **values: Any) -> int:  # Any: columns
        change = update(self.packs).where(*self._mine(uow), self.packs.c.id == pack_id, *also).values(values)
        return changed_rows(uow.session.execute(change))

    def _still_mine(self, uow: UnitOfWork, mine: Claim, **values: Any) -> None:  # Any: column values
        if not self._set(uow, mine.pack_id, self.packs.c.claim == mine.token, **values):
            raise ClaimLostError("Another worker makes this pack now.")
