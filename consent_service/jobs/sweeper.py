"""What one worker does for the runs of one operator, part by part, each in a short transaction.

Any number of workers may do the same run at once, one of them a command: each takes the next people whom nobody else
has.  A killed one leaves nothing half done, and whoever comes next goes on where it was.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, time
from uuid import UUID

from consent_service.consents.endings import EndingChoice
from consent_service.database import commit_without_waiting, empty_journal, wait_for_earlier
from consent_service.deadlines.rules import ALMATY, almaty_day
from consent_service.deadlines.service import Law
from consent_service.erasure.batches import execute_batch
from consent_service.erasure.destroying import HeldError
from consent_service.erasure.hurried_log import DiskSlowError, HurriedLog, hurried
from consent_service.jobs.pace import Pace
from consent_service.jobs.tasks import BATCH
from consent_service.kernel.db import plan_anew
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.pauses import without_long_pauses
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.recipients.queries import has_recipients
from consent_service.recipients.telling import tell_to_destroy
from consent_service.retention.clocks import is_anybody_due
from consent_service.retention.following import follow_endings, follow_purposes, follow_rules
from consent_service.retention.opening import open_run
from consent_service.retention.ordering import end_if_ordered, order_next
from consent_service.retention.preview import preview
from consent_service.retention.runs import OpenRun, end_if_done, follow_approval, open_runs, was_opened_since
from consent_service.retention.service import expire_consent, to_expire
from consent_service.retention.states import RunState
from consent_service.services import Services

NIGHT = time(1)  # of Almaty: what ended with the day has ended by then
_STEPS: tuple[Callable[[UnitOfWork, Law, int], int], ...] = (follow_endings, follow_purposes, follow_rules)
log = logging.getLogger(__name__)


class Sweeper:
    """A worker at one operator; ``tell`` is told of a run after each part."""

    def __init__(
        self, app: Services, actor: Actor, operator_id: int, tell: Callable[[UUID], None] = lambda _run: None
    ) -> None:
        self._app, self._actor, self._operator_id, self._tell = app, actor, operator_id, tell

    def is_night_due(self) -> bool:
        """Say whether a night has begun for which no run was opened though somebody is due."""
        with self._read() as uow:
            today = almaty_day(uow.now)
            night = datetime.combine(today, NIGHT, ALMATY)
            return uow.now >= night and not was_opened_since(uow, night) and is_anybody_due(uow, today)

    def catch_up(self) -> None:
        """End what ended with the day and follow everything, so that a run overlooks nobody."""
        ended = 1
        while ended:
            with self._read() as uow:
                over = to_expire(uow, BATCH)
            ended = sum(map(self._expire, over))
        self.follow()

    def follow(self) -> int:
        """Follow what has ended, what was told and which rules hold; returns how much was looked at."""
        looked_at = 0
        for step in _STEPS:
            pace, found = Pace(), 1
            while found:
                with pace.timed() as size, self._write() as uow:
                    found = step(uow, self._app.law, size)
                looked_at += found
        return looked_at

    @without_long_pauses()
    def begin(self) -> UUID | None:
        """Open a run for whoever is due; None where nobody is, or another one is not ordered yet."""
        with self._read() as uow:
            if not is_anybody_due(uow, almaty_day(uow.now)):
                return None
            found = preview(uow, self._app.law)
        try:
            with self._write() as uow:
                return open_run(uow, found, self._app.law)
        except ConflictError:
            return None  # it goes on, or waits for its approval

    def open_runs(self) -> list[OpenRun]:
        """Return the runs that are not over."""
        with self._read() as uow:
            return open_runs(uow)

    @without_long_pauses()
    def carry_on(self, run: OpenRun) -> tuple[int, int]:
        """Go on with a run as far as it goes now; returns how many orders are done, and how many tries failed."""
        with self._write() as uow:
            state = follow_approval(uow, run)
        if state is RunState.ORDERING:
            self._order(run)
        if state not in {RunState.ORDERING, RunState.ORDERED}:
            return 0, 0
        done, failed = self._execute(run)
        if done:
            empty_journal()
        with self._write() as uow:
            end_if_done(uow, run.id)
            wait_for_earlier(uow.session)
        return done, failed

    def _order(self, run: OpenRun) -> None:
        pace, after, settled, is_full = Pace(), None, 0, False
        while not is_full:
            try:
                with pace.timed() as size, self._write() as uow:
                    part = order_next(uow, self._app.law, run, after, size, pace.locking)
            except ConflictError:
                is_full = True  # the run was rejected
                break
            self._tell(run.id)
            after, settled, is_full = part.after, settled + part.settled, part.is_full
            if after is None:
                if not settled:
                    break
                settled = 0  # once more from the beginning: somebody was passed over
        with self._write() as uow:
            end_if_ordered(uow, run, is_full=is_full)

    def _execute(self, run: OpenRun) -> tuple[int, int]:
        with hurried(self._app.erasure_log) as erasure_log:
            return self._execute_parts(run, erasure_log)

    def _execute_parts(self, run: OpenRun, erasure_log: HurriedLog) -> tuple[int, int]:
        years = self._app.settings.evidence_years
        pace, after, in_pass, done = Pace(), None, 0, 0

        def locking() -> None:
            pace.locking()
            erasure_log.locking()

        while True:
            try:
                erasure_log.wait()
                with pace.timed() as size, self._write() as uow:
                    if self._app.targets(uow):
                        return done, 0  # data of people lie elsewhere too: each order is taken along its own way
                    commit_without_waiting(uow.session)  # what is forgotten is done again
                    before = tell_to_destroy if has_recipients(uow) else None
                    batch = execute_batch(
                        uow,
                        run.id,
                        after,
                        size,
                        erasure_log,
                        evidence_years=years,
                        before=before,
                        locking=locking,
                    )
            except (HeldError, DiskSlowError):
                continue  # whoever is held by now is passed over; what the disk has by now is a try that failed
            except Exception:
                log.exception("a batch of erasures failed", extra={"case_id": str(run.id)})
                return done, 1  # each of its orders is tried by itself
            self._tell(run.id)
            after, in_pass, done = batch.after, in_pass + batch.done, done + batch.done
            if after is None:
                if not in_pass:
                    return done, 0
                in_pass = 0

    def _expire(self, ending: EndingChoice) -> int:
        try:
            with self._write() as uow:
                expire_consent(uow, ending)
        except Exception:
            log.exception("item failed", extra={"case_id": str(ending.consent_id)})
            return 0
        return 1

    def _read(self) -> AbstractContextManager[UnitOfWork]:
        return self._app.read(self._actor, self._operator_id)

    @contextmanager
    def _write(self) -> Iterator[UnitOfWork]:
        with self._app.write(self._actor, self._operator_id) as uow:
            plan_anew(uow.session)  # tables grow by millions of rows while a run goes on
            yield uow
