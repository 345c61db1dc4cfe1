"""A sweep does not wait for the disk at each part: what a server forgets that dies is done again, and nothing else."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from consent_service.database import db
from consent_service.erasure.holds import PlaceHold, lift_hold, place_hold
from consent_service.erasure.restores import check_not_put_back
from consent_service.jobs import pace
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import PostgreSQL, app_on
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_jobs import rows
from tests.integration.test_retention_races import assert_each_went_once, due, sweeper
from tests.office import bound

pytestmark = pytest.mark.postgresql
PEOPLE, PART, KILLS = (60, 5, 10) if FULL else (18, 3, 2)


@pytest.fixture
def swept(
    own_server: PostgreSQL, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Flask, Api]]:
    """People who are due, on a server that keeps in memory whatever nobody waits for."""
    monkeypatch.setattr(pace, "LEAST", PART)
    monkeypatch.setattr(pace, "MOST", PART)
    for setting in ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"):
        own_server.run(f"ALTER SYSTEM SET {setting}")
    own_server.run("SELECT pg_reload_conf()")
    with own_server.copied() as url, app_on(url, tmp_path, clock) as app:
        own_server.run("CHECKPOINT")
        yield app, client_of(app, "uof")


def come_back(server: PostgreSQL, app: Flask) -> None:
    server.come_back()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def act(app: Flask, do: Any) -> Any:  # Any: whatever the use case takes and gives
    with app.app_context(), services().write(ACTOR) as unbound:
        return do(bound(unbound))


def erased(app: Flask) -> int:
    ((count,),) = rows(app, "SELECT count(*) FROM erased_subjects")
    return int(str(count))


def test_what_a_dying_server_forgets_of_a_sweep_is_done_again_and_the_log_bars_no_start(
    swept: tuple[Flask, Api], own_server: PostgreSQL, clock: MovableClock
) -> None:
    app, uof = swept
    due(uof, PEOPLE)
    clock.move(minutes=1)
    with app.app_context():
        mine = sweeper(app)
        assert mine.begin() is not None
        mine._order(mine.open_runs()[0])
    forgotten = 0
    for parts in range(1, KILLS + 1):
        before, told = erased(app), count(1)

        def die(_run: UUID, parts: int = parts, told: Iterator[int] = told) -> None:
            if next(told) == parts:
                own_server.kill()

        with app.app_context():
            mine = sweeper(app, die)
            with pytest.raises(OperationalError):
                mine.carry_on(mine.open_runs()[0])
        come_back(own_server, app)
        with app.app_context(), services().read(ACTOR) as uow:
            check_not_put_back(uow, services().erasure_log, services().settings.ledger_dir)
        forgotten += before + parts * PART - erased(app)
    assert forgotten, "nothing was in memory alone, so that nothing is proved"
    left = PEOPLE - erased(app)
    hold = act(
        app, lambda uow: place_hold(uow, PlaceHold("case 2-1/2026", "Civil Procedure Code 100", f"p-{PEOPLE - 1}"))
    )

    with app.app_context():
        mine = sweeper(app)
        assert [mine.carry_on(run) for run in mine.open_runs()] == [(left - 1, 0)]

    own_server.kill()  # what was said to be done is there, though the run goes on
    come_back(own_server, app)
    assert erased(app) == PEOPLE - 1
    act(app, lambda uow: lift_hold(uow, hold, reference="ruling 3"))
    with app.app_context():
        mine = sweeper(app)
        assert [mine.carry_on(run) for run in mine.open_runs()] == [(1, 0)]
    assert_each_went_once(app, PEOPLE)


def test_no_statement_of_a_sweep_keeps_a_plan_from_when_its_tables_were_small(
    swept: tuple[Flask, Api], clock: MovableClock
) -> None:
    app, uof = swept
    due(uof, 15 * PART)
    clock.move(minutes=1)

    with app.app_context():
        mine = sweeper(app)
        assert mine.begin() is not None
        assert [mine.carry_on(run) for run in mine.open_runs()] == [(15 * PART, 0)]

    ran, kept = rows(
        app,
        "SELECT coalesce(max(custom_plans + generic_plans), 0), coalesce(max(generic_plans), 0) "
        "FROM pg_prepared_statements WHERE statement LIKE 'SELECT DISTINCT erasure_orders.%'",
    )[0]
    assert (int(str(ran)) > 9, kept) == (True, 0), "it ran too seldom to prove anything, or by a plan that was kept"
