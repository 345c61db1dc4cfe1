"""Reads about checks of the ledger: the last ones, how far one is, and whether what is kept fits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consent_service.evidence.tables import LedgerCheck
from consent_service.kernel.db import table_of

_CHECKS = table_of(LedgerCheck)


class CheckState(StrEnum):
    """Where a check stands."""

    WAITING = "waiting"  # for the worker
    RUNNING = "running"
    FITS = "fits"
    DOES_NOT_FIT = "does_not_fit"
    FAILED = "failed"  # it could not be carried out, so nothing is proven


OPEN = frozenset({CheckState.WAITING, CheckState.RUNNING})


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check as shown."""

    id: UUID
    ordered_by: str | None
    ordered_at: datetime
    begun_at: datetime | None
    looking_at: str | None
    looked_at: int
    ended_at: datetime | None
    events: int
    holes: int
    waiting: int
    leaves: int
    heads: int
    anchors: int
    records: int
    found: int
    error: str | None

    @property
    def state(self) -> CheckState:
        """Where it stands."""
        if self.ended_at is None:
            return CheckState.WAITING if self.begun_at is None else CheckState.RUNNING
        if self.error is not None:
            return CheckState.FAILED
        return CheckState.DOES_NOT_FIT if self.found else CheckState.FITS


_COLUMNS = [_CHECKS.c[name] for name in CheckView.__dataclass_fields__]


def last_checks(session: Session, limit: int) -> list[CheckView]:
    """Return the last checks, the latest first."""
    rows = session.execute(select(*_COLUMNS).order_by(_CHECKS.c.id.desc()).limit(limit))
    return [CheckView(*row) for row in rows]


def last_ended(session: Session) -> CheckView | None:
    """Return the check that ended last."""
    ended = select(*_COLUMNS).where(_CHECKS.c.ended_at.is_not(None))
    row = session.execute(ended.order_by(_CHECKS.c.ended_at.desc(), _CHECKS.c.id.desc()).limit(1)).first()
    return CheckView(*row) if row else None


def begun_since(session: Session, since: datetime) -> bool:
    """Say whether a check has begun since an instant, or waits to."""
    found = select(_CHECKS.c.id).where(or_(_CHECKS.c.is_open.is_(True), _CHECKS.c.begun_at >= since)).limit(1)
    return session.scalar(found) is not None
