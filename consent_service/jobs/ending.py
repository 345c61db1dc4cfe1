"""The worker at the end of an operator: all is destroyed, read back, certified; killed, it goes on where it was."""

import logging
from collections.abc import Callable
from functools import partial

from consent_service.database import empty_journal
from consent_service.jobs.pace import Pace
from consent_service.jobs.tasks import Count
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.schema import load_tables
from consent_service.services import Services
from consent_service.termination.carrying import begin, finish, is_settled, note_failure
from consent_service.termination.contents import EMPTIED_TABLES
from consent_service.termination.destroying import clear_words, empty_part, erase_part
from consent_service.termination.queries import EndingView, operators_to_end, to_carry_out
from consent_service.termination.states import EndingState

log = logging.getLogger(__name__)


def operators_end(app: Services, actor: Actor, count: Count) -> None:
    """Carry out the ends of operators that are approved; what cannot be done is shown, and tried again."""
    load_tables()
    with app.read(actor) as uow:
        operators = operators_to_end(uow)
    for operator_id in operators:
        with app.read(actor, operator_id) as uow:
            ending = to_carry_out(uow)
        if ending is not None:
            _Worker(app, actor, operator_id, ending).go(count)


class _Worker:
    """A worker at one operator that ends."""

    def __init__(self, app: Services, actor: Actor, operator_id: int, ending: EndingView) -> None:
        self._app, self._actor, self._operator_id, self._ending = app, actor, operator_id, ending

    def go(self, count: Count) -> None:
        """Go on as far as it goes now."""
        try:
            count.done += self._is_done()
        except Exception as error:  # the others are not held back, and whoever looks is told
            if self._is_failure(error):
                log.exception("the end of an operator failed", extra={"case_id": str(self._ending.id)})
                count.failed += 1

    def _is_failure(self, error: Exception) -> bool:
        what = error.detail if isinstance(error, ConsentServiceError) else type(error).__name__
        with self._app.write(self._actor, self._operator_id) as uow:
            return note_failure(uow, self._ending.id, what)

    def _is_done(self) -> bool:
        ending_id = self._ending.id
        if self._ending.state is EndingState.APPROVED and not self._begin():
            return False
        self._in_parts(self._erase_part)
        for name in EMPTIED_TABLES:
            self._in_parts(partial(self._empty_part, name))
        self._write(lambda uow: clear_words(uow, ending_id))
        if not empty_journal():
            return False  # somebody reads: deleted rows are in the journal still
        with self._app.read(self._actor, self._operator_id) as uow:
            ending = to_carry_out(uow)
            if ending is None or not is_settled(uow, ending):
                return False  # another worker was faster, or something may still come that was under way
        self._write(lambda uow: finish(uow, ending_id))
        empty_journal()
        return True

    def _begin(self) -> bool:
        try:
            with self._app.write(self._actor, self._operator_id) as uow:
                return begin(uow, self._ending)
        except ConflictError:
            return False  # another worker has begun it, or it was cancelled

    def _erase_part(self, uow: UnitOfWork, size: int, pace: Pace) -> int:
        years = self._app.settings.evidence_years
        return erase_part(uow, self._ending.id, size, self._app.erasure_log, evidence_years=years, locking=pace.locking)

    def _empty_part(self, name: str, uow: UnitOfWork, size: int, _pace: Pace) -> int:
        return empty_part(uow, self._ending.id, name, size)

    def _in_parts(self, act: Callable[[UnitOfWork, int, Pace], int]) -> None:
        pace, gone = Pace(), 1
        while gone:
            with pace.timed() as size, self._app.write(self._actor, self._operator_id) as uow:
                gone = act(uow, size, pace)

    def _write(self, act: Callable[[UnitOfWork], None]) -> None:
        with self._app.write(self._actor, self._operator_id) as uow:
            act(uow)
