"""How many withdrawals there are, by when they came."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from consent_service.kernel.counting import in_spans
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.withdrawals.tables import Withdrawal

_WITHDRAWALS = table_of(Withdrawal)


def received_in(uow: UnitOfWork, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Count the withdrawals received in each of some spans of time, whatever became of them."""
    rows = select(_WITHDRAWALS.c.id).where(_WITHDRAWALS.c.operator_id == uow.operator_id)
    return list(uow.session.execute(select(*in_spans(rows, _WITHDRAWALS.c.received_at, spans))).one())
