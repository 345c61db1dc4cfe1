"""Making the packs that were asked for: off the request, told step by step, safe to kill at any line.

What is made goes into the database part by part, each sealed: nothing of it lies on a disk in clear.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, cast
from uuid import UUID

from flask import current_app

from consent_service.exports.service import SHELF as EXPORTS
from consent_service.exports.service import claim_export, finish_export
from consent_service.inspections.making import STEPS, make_pack
from consent_service.inspections.queries import period_of
from consent_service.inspections.service import SHELF as INSPECTIONS
from consent_service.inspections.service import finish_pack
from consent_service.jobs.tasks import Count, ledger_publish, ledger_seal
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.leaving.making import STEPS as EXPORT_STEPS
from consent_service.leaving.making import make_export
from consent_service.operators.queries import operator_numbers
from consent_service.packs.shelf import Claim, ClaimLostError, Shelf
from consent_service.services import Services

PART = 1 << 20  # bytes that are stored in one transaction
Tell = Callable[[int], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of pack: its shelf, and how one is taken up, made of a snapshot in so many steps, and handed over.

    ``prepare``: what has to be done before the snapshot.
    """

    name: str
    shelf: Shelf
    steps: int
    claim: Callable[[UnitOfWork, UUID | None], Claim | None]
    make: Callable[[UnitOfWork, UUID, IO[bytes], Tell], None]
    finish: Callable[..., None]
    prepare: Callable[[Services, Actor], None] = lambda _app, _actor: None


def seal_events(app: Services, actor: Actor) -> None:
    """Seal what was appended so far and sign the head, so that an export has each event with its proof."""
    ledger_seal(app, actor, Count())
    ledger_publish(app, actor, Count())


INSPECTION = Kind(
    "inspection pack",
    INSPECTIONS,
    STEPS,
    INSPECTIONS.claim,
    lambda uow, pack_id, file, tell: make_pack(uow, period_of(uow, pack_id), file, tell),
    finish_pack,
)
EXPORT = Kind("export of an operator", EXPORTS, EXPORT_STEPS, claim_export, make_export, finish_export, seal_events)


def inspections_make(app: Services, actor: Actor, count: Count) -> None:
    """Make the inspection packs that wait."""
    _make_all(app, actor, INSPECTION, count)


def exports_make(app: Services, actor: Actor, count: Count) -> None:
    """Make the exports of operators that wait."""
    _make_all(app, actor, EXPORT, count)


def make_claimed(app: Services, actor: Actor, operator_id: int, kind: Kind, claim: Claim) -> bool:
    """Make a pack that was taken up; say whether it is ready."""
    try:
        _make(app, actor, operator_id, kind, claim)
    except ClaimLostError:
        log.warning(
            "another worker makes the %s, or it is begun again", kind.name, extra={"case_id": str(claim.pack_id)}
        )
        return False
    except Exception:  # it is tried again, three times in all
        log.exception("%s failed", kind.name, extra={"case_id": str(claim.pack_id)})
        with app.write(actor, operator_id) as uow:
            kind.shelf.give_back(uow, claim)
        return False
    return True


def _make_all(app: Services, actor: Actor, kind: Kind, count: Count) -> None:
    """Make what waits at every operator, the oldest first."""
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session)]
    for operator_id in operators:
        while True:
            with app.write(actor, operator_id) as uow:
                claim = kind.claim(uow, None)
            if claim is None:
                break
            made = make_claimed(app, actor, operator_id, kind, claim)
            count.done += made
            count.failed += not made
            if not made:
                break  # it is tried again in the next slot


def _make(app: Services, actor: Actor, operator_id: int, kind: Kind, claim: Claim) -> None:
    def change(do: Callable[[UnitOfWork], None]) -> None:
        with current_app.app_context(), app.write(actor, operator_id) as uow:  # beside the snapshot, which stands
            do(uow)

    def tell(done: int) -> None:
        change(lambda uow: kind.shelf.note_progress(uow, claim, done, kind.steps))

    parts = _Parts(lambda number, part: change(lambda uow: kind.shelf.store_part(uow, claim, number, part)))
    kind.prepare(app, actor)
    with app.snapshot(actor, operator_id) as uow:
        made_at = uow.now
        kind.make(uow, claim.pack_id, cast("IO[bytes]", parts), tell)
    parts.close()
    with app.write(actor, operator_id) as uow:
        kind.finish(uow, claim, size=parts.size, sha256=parts.digest.hexdigest(), made_at=made_at)


class _Parts:
    """A file that is only written to, and handed on in parts."""

    def __init__(self, store: Callable[[int, bytes], None]) -> None:
        self.size, self.digest = 0, hashlib.sha256()
        self._store, self._number, self._waiting = store, 0, bytearray()

    def write(self, content: bytes) -> int:
        """Take what comes next."""
        self._waiting += content
        while len(self._waiting) >= PART:
            self._hand_on()
        return len(content)

    def flush(self) -> None:
        """Do nothing: a part is stored when it is full."""

    def close(self) -> None:
        """Store what is left."""
        if self._waiting:
            self._hand_on()

    def _hand_on(self) -> None:
        part = bytes(self._waiting[:PART])
        del self._waiting[:PART]
        self.size += len(part)
        self.digest.update(part)
        self._store(self._number, part)
        self._number += 1
