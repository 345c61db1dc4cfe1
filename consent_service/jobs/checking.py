"""The check of the ledger in the worker: each night and whenever it is ordered, with progress, begun anew if killed."""

import logging
from datetime import datetime, timedelta

from flask import current_app

from consent_service.evidence.checks import (
    CheckTakenOverError,
    Claim,
    claim_check,
    finish_check,
    give_back,
    note_progress,
    order_of_night,
)
from consent_service.evidence.queries import CheckState, last_ended
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.tasks import Count
from consent_service.kernel.uow import Actor
from consent_service.ledger.exported import exported_in
from consent_service.services import Services

TOLD_EVERY = timedelta(seconds=3)
log = logging.getLogger(__name__)


def ledger_check(app: Services, actor: Actor, count: Count) -> None:
    """Carry out the check that is due or ordered.  Until one fits again, this job fails."""
    with app.write(actor) as uow:
        order_of_night(uow)
        claim = claim_check(uow)
    if claim is not None:
        count.done += _Worker(app, actor, claim).carry_out()
    with app.read(actor) as uow:
        ended = last_ended(uow.session)
    count.failed += ended is not None and ended.state is not CheckState.FITS


class _Worker:
    """A worker at one check."""

    def __init__(self, app: Services, actor: Actor, claim: Claim) -> None:
        self._app, self._actor, self._claim = app, actor, claim
        self._told: tuple[str, datetime] | None = None

    def carry_out(self) -> bool:
        """Check everything; say whether it came to an end."""
        try:
            self._check()
        except CheckTakenOverError:
            log.warning("another worker carries the check of the ledger out")
            return False
        except Exception as error:  # it is tried again, three times in all
            log.exception("the check of the ledger failed")
            with self._app.write(self._actor) as uow:
                give_back(uow, self._claim, type(error).__name__)
            return False
        return True

    def _check(self) -> None:
        settings = self._app.settings
        told = exported_in(settings.ledger_dir)  # before the snapshot: others go on publishing
        with self._app.snapshot(self._actor) as uow:
            verdict = verify_evidence(uow, settings.ledger_dir, self._tell, settings.anchors.stampers, told)
        with self._app.write(self._actor) as uow:
            finish_check(uow, self._claim, verdict)
        if verdict.found:
            log.error("the ledger does not fit: run ledger verify", extra={"failed": verdict.found})

    def _tell(self, what: str, count: int) -> None:
        now = self._app.clock()
        if self._told and what == self._told[0] and now < self._told[1] + TOLD_EVERY:
            return
        self._told = what, now
        with current_app.app_context(), self._app.write(self._actor) as uow:  # beside the snapshot, which stands
            note_progress(uow, self._claim, what, count)
