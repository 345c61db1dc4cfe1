"""Making the inspection packs that were asked for: off the request, told step by step, safe to kill at any line."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from typing import IO

from flask import current_app

from consent_service.inspections.making import STEPS, make_pack
from consent_service.inspections.service import (
    Claim,
    ClaimLostError,
    claim_pack,
    finish_pack,
    give_back,
    note_progress,
    store_part,
)
from consent_service.jobs.tasks import Count
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services

PART = 1 << 20  # bytes that are stored in one transaction
log = logging.getLogger(__name__)


def inspections_make(app: Services, actor: Actor, count: Count) -> None:
    """Make what waits at every operator, the oldest first."""
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session)]
    for operator_id in operators:
        while True:
            made = make_next(app, actor, operator_id)
            if made is None:
                break
            count.done += made
            count.failed += not made
            if not made:
                break  # it is tried again in the next slot


def make_next(app: Services, actor: Actor, operator_id: int) -> bool | None:
    """Make the next pack of an operator; None where there is none, false where it failed."""
    with app.write(actor, operator_id) as uow:
        claim = claim_pack(uow)
    return None if claim is None else make_claimed(app, actor, operator_id, claim)


def make_claimed(app: Services, actor: Actor, operator_id: int, claim: Claim) -> bool:
    """Make a pack that was taken up; say whether it is ready."""
    try:
        _make(app, actor, operator_id, claim)
    except ClaimLostError:
        log.warning("another worker makes the pack", extra={"case_id": str(claim.pack_id)})
        return False
    except Exception:  # it is tried again, three times in all
        log.exception("inspection pack failed", extra={"case_id": str(claim.pack_id)})
        with app.write(actor, operator_id) as uow:
            give_back(uow, claim)
        return False
    return True


def _make(app: Services, actor: Actor, operator_id: int, claim: Claim) -> None:
    def tell(done: int) -> None:
        with current_app.app_context(), app.write(actor, operator_id) as uow:  # beside the snapshot, which stands
            note_progress(uow, claim, done, STEPS)

    with tempfile.TemporaryFile() as file:  # has no name: it goes with the process
        with app.snapshot(actor, operator_id) as uow:
            made_at = uow.now
            make_pack(uow, claim.period, file, tell)
        size, digest = file.seek(0, os.SEEK_END), hashlib.sha256()
        for number, part in enumerate(_parts(file)):
            digest.update(part)
            with app.write(actor, operator_id) as uow:
                store_part(uow, claim, number, part)
        with app.write(actor, operator_id) as uow:
            finish_pack(uow, claim, size=size, sha256=digest.hexdigest(), made_at=made_at)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(PART):
        yield part
