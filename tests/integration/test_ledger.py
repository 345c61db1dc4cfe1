"""The tree over the ledger: every event becomes one leaf, heads are signed from what is committed, going back is found."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import LedgerError, TryAgainError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import open_head
from consent_service.ledger.merkle import leaf_hash
from consent_service.ledger.publisher import export, open_epoch, publish
from consent_service.ledger.sealer import seal
from consent_service.ledger.service import append
from consent_service.ledger.static_files import exported_heads
from consent_service.ledger.tables import LedgerEvent, LedgerLeaf, LedgerQueued
from consent_service.ledger.tree import current_epoch, last_head, root_of
from consent_service.services import Services, services
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.property.test_merkle import mth

ACTOR = Actor("command", "test")
NAME = "kelisim.example/ledger"
_EVENTS, _LEAVES, _QUEUE = table_of(LedgerEvent), table_of(LedgerLeaf), table_of(LedgerQueued)


@pytest.fixture
def house(app: Flask) -> Iterator[Services]:
    with app.app_context():
        yield services()


def add_events(house: Services, count: int) -> None:
    with house.write(ACTOR, 1) as uow:
        for _ in range(count):
            append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {})


class HalfWayError(Exception):
    """What ends a transaction half way."""


def interrupted(house: Services, act: Callable[[UnitOfWork], object]) -> None:
    """Do something in a transaction that does not end well."""
    with house.write(ACTOR, 1) as uow:
        assert act(uow)
        raise HalfWayError


def seal_all(house: Services) -> int:
    done = 0
    while True:
        with house.write(ACTOR) as uow:
            sealed = seal(uow, NAME, 50)
        done += sealed
        if not sealed:
            return done


def check_tree(house: Services) -> int:
    """Assert that every event is one leaf, that indexes have no gap, and that the tiles give the root of the leaves."""
    with house.snapshot(ACTOR) as uow:
        events = uow.session.scalar(select(func.count()).select_from(_EVENTS))
        rows = uow.session.execute(
            select(_LEAVES.c.leaf_index, _LEAVES.c.event_id, _EVENTS.c.leaf_input)
            .join(_EVENTS, (_EVENTS.c.operator_id == _LEAVES.c.operator_id) & (_EVENTS.c.id == _LEAVES.c.event_id))
            .order_by(_LEAVES.c.leaf_index)
        ).all()
        epoch = current_epoch(uow.session)
        assert epoch
        assert [row.leaf_index for row in rows] == list(range(epoch.size))
        assert len({row.event_id for row in rows}) == len(rows) == events
        assert root_of(uow.session, epoch.epoch, epoch.size) == mth([leaf_hash(row.leaf_input) for row in rows])
    return len(rows)


def test_every_event_waits_in_the_queue_from_the_transaction_that_made_it_true(house: Services) -> None:
    with house.snapshot(ACTOR) as uow:
        before = uow.session.scalar(select(func.count()).select_from(_QUEUE))
    add_events(house, 3)
    with pytest.raises(HalfWayError):
        interrupted(house, lambda uow: append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {}))

    with house.snapshot(ACTOR) as uow:
        assert uow.session.scalar(select(func.count()).select_from(_QUEUE)) == (before or 0) + 3


def test_batches_of_any_size_end_as_one_tree_over_all_events(house: Services) -> None:
    for count in (1, 120, 0, 260):
        add_events(house, count)
        seal_all(house)
        check_tree(house)


def test_a_batch_that_fails_seals_nothing_and_the_next_one_seals_it(house: Services) -> None:
    add_events(house, 5)
    with pytest.raises(HalfWayError):
        interrupted(house, lambda uow: seal(uow, NAME))
    with house.snapshot(ACTOR) as uow:
        assert current_epoch(uow.session) is None

    assert seal_all(house) > 5
    check_tree(house)


def test_writers_and_competing_sealers_end_with_every_event_in_exactly_one_leaf(house: Services, app: Flask) -> None:
    add_events(house, 1)
    seal_all(house)  # the first log is open
    problems: list[BaseException] = []

    def alongside(act: Callable[[Services], object]) -> threading.Thread:
        def run() -> None:
            try:
                with app.app_context():
                    for _ in range(10):
                        act(services())
            except BaseException as error:  # noqa: BLE001 - told to the test
                problems.append(error)

        return threading.Thread(target=run)

    threads = [alongside(lambda one: add_events(one, 7)) for _ in range(4)]
    threads += [alongside(seal_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    seal_all(house)
    assert check_tree(house) > 4 * 10 * 7


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_an_event_that_is_committed_late_takes_a_later_leaf_and_is_not_passed_over(app: Flask) -> None:
    with app.app_context():
        house = services()
        with house.write(ACTOR, 1) as slow:
            append(slow, EventType.CONSENT_RECORDED, new_id(slow.now), {})

            def meanwhile() -> None:
                with app.app_context():
                    add_events(services(), 2)
                    seal_all(services())

            other = threading.Thread(target=meanwhile)
            other.start()
            other.join()
        seal_all(house)
        check_tree(house)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_leaves",
        "UPDATE ledger_leaves SET leaf_index = leaf_index + 1000",
        "DELETE FROM ledger_heads",
        "UPDATE ledger_heads SET note = 'x'",
        "DELETE FROM ledger_tiles",
        "UPDATE ledger_tiles SET level = 5",
        "UPDATE ledger_epochs SET size = size - 1",
        "UPDATE ledger_epochs SET origin = 'x'",
        "DELETE FROM ledger_epochs",
    ],
)
def test_the_database_itself_refuses_to_change_the_tree(house: Services, tmp_path: Path, statement: str) -> None:
    seal_all(house)
    with house.write(ACTOR) as uow:
        publish(uow, tmp_path / "out")

    with pytest.raises(DBAPIError, match="only appended to"), house.write(ACTOR) as uow:
        uow.session.execute(text(statement))


def test_events_of_a_node_that_stood_still_are_not_committed_with_a_time_that_is_past(
    house: Services, clock: MovableClock
) -> None:
    def append_slowly(minutes: int) -> UUID:
        with house.write(ACTOR, 1) as uow:
            event_id = append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {}).id
            clock.move(minutes=minutes)
        return event_id

    kept = append_slowly(1)
    with pytest.raises(TryAgainError, match="send it again"):
        append_slowly(5)

    with house.read(ACTOR) as uow:
        last = select(_EVENTS.c.id).where(_EVENTS.c.kind == EventType.CONSENT_RECORDED).order_by(_EVENTS.c.id.desc())
        assert uow.session.scalar(last.limit(1)) == kept


def test_what_waits_too_long_is_never_left_out_of_a_head_that_is_signed_while_it_is_sealed(
    app: Flask, clock: MovableClock, tmp_path: Path, database_url: str
) -> None:
    with app.app_context():
        house = services()
        if not database_url.startswith("postgresql"):
            pytest.skip("SQLite has one writer at a time: nothing is sealed while a head is signed")
        seal_all(house)
        with house.write(ACTOR) as uow:
            first = publish(uow, tmp_path / "out")
        add_events(house, 1)
        seal_all(house)
        add_events(house, 3)
        clock.move(minutes=6)

        with house.write(ACTOR) as uow:
            size_is_read = threading.Event()

            @event.listens_for(db.engine, "after_cursor_execute")
            def seal_between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
                if "ledger_queue" in statement or size_is_read.is_set() or "ledger_epochs" not in statement:
                    return
                size_is_read.set()
                sealing = threading.Thread(target=seal_apart)
                sealing.start()
                sealing.join()

            def seal_apart() -> None:
                with app.app_context(), services().write(ACTOR) as other:
                    seal(other, NAME)

            try:
                assert publish(uow, tmp_path / "out") == first
            finally:
                event.remove(db.engine, "after_cursor_execute", seal_between)
            assert size_is_read.is_set()


def test_heads_are_signed_from_what_is_committed_and_exported_with_their_tiles(
    house: Services, tmp_path: Path, clock: MovableClock
) -> None:
    place = tmp_path / "out"
    with house.write(ACTOR) as uow:
        assert publish(uow, place) is None  # nothing is sealed
    seal_all(house)
    for more in (0, 1, 300):
        add_events(house, more)
        seal_all(house)
        clock.move(minutes=1)
        with house.write(ACTOR) as uow:
            head = publish(uow, place)
        with house.snapshot(ACTOR) as uow:
            export(uow.session, uow.keys, place)
            epoch = current_epoch(uow.session)
            assert head
            assert epoch
            told = open_head(exported_heads(place)[0][1], f"{NAME}/1", uow.keys.signer.public.heads)
            assert (told.size, told.root) == (epoch.size, root_of(uow.session, 1, epoch.size))
            assert export(uow.session, uow.keys, place) == 0  # nothing new

    assert not list(place.rglob(".*"))
    full = place / "1" / "tile" / "0" / "000"
    assert full.read_bytes()[:32] == leaf_hash((place / "1" / "tile" / "entries" / "000").read_bytes()[2:35])


def test_a_database_put_back_to_an_earlier_day_signs_nothing_until_an_epoch_is_opened_on_record(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock
) -> None:
    live, backup = tmp_path / "live.db", tmp_path / "backup.db"
    shutil.copy(sqlite_template, live)
    place = tmp_path / "ledger"
    with app_on(f"sqlite:///{live}", tmp_path, clock) as app, app.app_context():
        seal_all(services())
        shutil.copy(live, backup)
        with services().write(ACTOR) as uow:
            uow.session.execute(text("SELECT 1"))
        shutil.copy(f"{live}-wal", f"{backup}-wal")
        add_events(services(), 4)
        seal_all(services())
        assert run_now(services(), find_job("ledger.publish")).done > 0
        told = exported_heads(place)[0][1]

    with app_on(f"sqlite:///{backup}", tmp_path, clock) as app, app.app_context():
        house = services()
        add_events(house, 4)  # as many as were lost: the size alone tells nothing
        seal_all(house)
        add_events(house, 2)
        with pytest.raises(LedgerError, match="leaves are others"):
            run_now(house, find_job("ledger.seal"))
        for _ in range(2):
            with pytest.raises(LedgerError, match="leaves are others"):
                run_now(house, find_job("ledger.publish"))
        with house.snapshot(ACTOR) as uow:
            assert last_head(uow.session, 1) is None

        with house.write(ACTOR) as uow:
            assert open_epoch(uow, place, NAME).origin == f"{NAME}/2"
        with house.snapshot(ACTOR) as uow:
            first = uow.session.execute(
                select(_EVENTS.c.kind, _EVENTS.c.body)
                .join(_LEAVES, _LEAVES.c.event_id == _EVENTS.c.id)
                .where(_LEAVES.c.epoch == 2)
            ).one()
        assert first.kind == EventType.LEDGER_EPOCH_OPENED
        assert orjson.loads(first.body)["facts"]["origin"] == f"{NAME}/1"
        add_events(house, 1)
        assert run_now(house, find_job("ledger.seal")).done == 3  # what waited while nothing was sealed, too
        assert run_now(house, find_job("ledger.publish")).done > 0
        assert [number for number, _ in exported_heads(place)] == [1, 2]
        assert exported_heads(place)[0][1] == told
        with pytest.raises(LedgerError, match="no new epoch is needed"), house.write(ACTOR) as uow:
            open_epoch(uow, place, NAME)
