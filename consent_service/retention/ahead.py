"""On how many people it must be decided ahead, by when."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from consent_service.kernel.counting import in_spans
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.retention.tables import RetentionClock

_CLOCKS = table_of(RetentionClock)


def looked_at_in(uow: UnitOfWork, spans: Sequence[tuple[date, date]]) -> list[int]:
    """Count the people about whose data it must be decided in each of some spans of days."""
    rows = select(_CLOCKS.c.subject_id).where(_CLOCKS.c.operator_id == uow.operator_id)
    return list(uow.session.execute(select(*in_spans(rows, _CLOCKS.c.look_on, spans))).one())
