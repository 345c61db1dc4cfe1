"""The numbers of acts of destruction: one series a year at an operator, and none twice, after a restore neither."""

from collections.abc import Iterable

from sqlalchemy import func, select

from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.log import Gone
from consent_service.erasure.tables import Certificate, LostActs
from consent_service.kernel.db import table_of, upsert
from consent_service.kernel.uow import UnitOfWork

_ACTS, _LOST = table_of(Certificate), table_of(LostActs)


def next_number(uow: UnitOfWork) -> tuple[int, int]:
    """Return the year and the number of the next act; the caller holds the lock of the operator."""
    year = almaty_day(uow.now).year
    return year, _last(uow, year) + 1


def note_issued(unbound: UnitOfWork, erased: Iterable[Gone]) -> None:
    """Note the acts that the log of erasures names: a database that was put back has forgotten the last of them."""
    last: dict[tuple[int, int], int] = {}
    for one in erased:
        if one.act is not None:
            year, number = read_act_name(one.act)
            last[one.operator, year] = max(number, last.get((one.operator, year), 0))
    for (operator_id, year), number in sorted(last.items()):
        _note_last(unbound.for_operator(operator_id), year, number)


def skip_number(uow: UnitOfWork, year: int) -> None:
    """Give one more number of a year to nobody: of an act that the log does not name.  The operator is locked."""
    _note_last(uow, year, _last(uow, year) + 1)


def act_name(year: int, number: int) -> str:
    """Return how a number in a series is written.

    >>> act_name(2026, 17)
    '2026/17'
    """
    return f"{year}/{number}"


def read_act_name(name: str) -> tuple[int, int]:
    """Return the year and the number of an act by its name.

    >>> read_act_name("2026/17")
    (2026, 17)
    """
    year, _, number = name.partition("/")
    return int(year), int(number)


def _last(uow: UnitOfWork, year: int) -> int:
    issued = select(func.max(_ACTS.c.number)).where(_ACTS.c.operator_id == uow.operator_id, _ACTS.c.year == year)
    lost = select(_LOST.c.last).where(_LOST.c.operator_id == uow.operator_id, _LOST.c.year == year)
    row = uow.session.execute(
        select(issued.scalar_subquery().label("issued"), lost.scalar_subquery().label("lost"))
    ).one()
    return max(row.issued or 0, row.lost or 0)


def _note_last(uow: UnitOfWork, year: int, number: int) -> None:
    adding = upsert(uow.session, _LOST).values(operator_id=uow.operator_id, year=year, last=number)
    uow.session.execute(
        adding.on_conflict_do_update(
            index_elements=["operator_id", "year"], set_={"last": number}, where=_LOST.c.last < number
        )
    )
