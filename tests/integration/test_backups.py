"""Backups by the commands, on both databases: taken while it runs, put back, and answered for before anything starts."""

import json
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from consent_service.database import db
from consent_service.erasure.restored import restore_of
from consent_service.erasure.restores import PutBackError
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.opening import check_start
from consent_service.services import services
from tests.command_line import run
from tests.databases import app_on, postgresql_programs
from tests.integration.conftest import ACTOR
from tests.keys import open_key_file
from tests.restoring import ANNA, BOLAT, House

ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
PLANTED = (b"anna@example.kz", b"+77010000001", b"person-1")


@pytest.fixture
def house(restorable: House, tmp_path: Path) -> House:
    restorable.consent(ANNA)
    restorable.consent(BOLAT)
    restorable.tell()
    return restorable


@pytest.fixture
def empty(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of the same kind in which nothing is."""
    with ExitStack() as stack:
        if house.url.startswith("sqlite"):
            yield f"sqlite:///{tmp_path / 'fresh' / 'kelisim.db'}"
        else:
            yield stack.enter_context(request.getfixturevalue("postgresql").empty())


def command(house: House, *arguments: str, expect: int = 0, url: str | None = None, at: Path | None = None) -> Any:
    """Run a command on the installation; returns what it printed."""
    let_go(house)
    done = run(
        *arguments,
        data_dir=at or house.folder.parent,
        expect=expect,
        DATABASE_URL=url or house.url,
        PG_BIN_DIR=str(postgresql_programs()),
    )
    return done.stderr if expect else json.loads(done.stdout)


def let_go(house: House) -> None:
    with house.app.app_context():
        db.session.remove()
        db.engine.dispose()


def back_up(house: House, folder: Path) -> Any:  # Any: JSON
    return command(house, "backup", str(folder), "--json")


def test_what_is_put_back_starts_only_when_its_erasures_are_done_again(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    made = back_up(house, folder)
    house.erase("person-1")
    assert house.people() == 1

    refused = command(house, "restore", str(folder), expect=1)
    assert "has data" in refused
    assert house.people() == 1
    house.start()
    restored = command(house, "restore", str(folder), "--replace-data", "--json")

    assert (restored["next"], restored["made_at"]) == ("erasure replay", made["made_at"])
    assert not restored["ledger_dir_restored"]  # the log that is there knows of the erasure
    assert house.people() == 2
    with pytest.raises(PutBackError, match=r"the backup of .* was restored.*run erasure replay"):
        house.start()
    command(house, "erasure", "replay", "--json")
    assert house.people() == 1
    house.start()


def test_nothing_of_a_person_and_no_key_can_be_read_in_a_backup(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(house, folder)
    keys = open_key_file(house.folder.parent / "keys.json").named_keys().values()

    kept = b"".join(path.read_bytes() for path in folder.iterdir())

    assert [planted for planted in (*PLANTED, b"SQLite format", b"PGDMP", b"erasures.log") if planted in kept] == []
    assert [key for key in keys if any(form in kept for form in (key, key.hex().encode(), b64encode(key)))] == []
    assert {path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())} == {0}


def test_on_a_new_machine_the_folder_of_heads_comes_with_the_database(house: House, empty: str, tmp_path: Path) -> None:
    house.erase("person-2")
    back_up(house, tmp_path / "backup")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    missing = command(house, "restore", str(tmp_path / "backup"), expect=1, url=empty, at=fresh)
    assert "put the one of the time of the backup there first" in missing
    shutil.copy(house.folder.parent / "keys.json", fresh / "keys.json")

    restored = command(house, "restore", str(tmp_path / "backup"), "--json", url=empty, at=fresh)

    assert restored["ledger_dir_restored"]
    assert (fresh / "ledger" / "erasures.log").read_bytes() == (house.folder / "erasures.log").read_bytes()
    with app_on(empty, fresh, house.clock) as app:
        with pytest.raises(PutBackError, match="was restored"):
            check_start(app)
        replayed = command(house, "erasure", "replay", "--json", url=empty, at=fresh)
        assert (replayed["erasures"], replayed["came_back"]) == (0, [])  # the log says that it was done before
        check_start(app)
        with app.app_context(), db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM subjects").scalar() == 1


def test_nothing_is_put_back_over_a_database_that_is_in_use(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(house, folder)
    house.consent({"ref": "person-3"})
    with house.app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM subjects").scalar() == 3
        failed = run(
            "restore", str(folder), "--replace-data",
            data_dir=house.folder.parent, expect=1, DATABASE_URL=house.url, PG_BIN_DIR=str(postgresql_programs()),
        ).stderr  # fmt: skip

    assert "error: The database is in use: stop web and worker first." in failed
    assert house.people() == 3
    assert restore_of(house.folder) is None
    house.start()


def test_a_backup_of_before_a_turn_of_the_keys_opens_with_the_key_file_of_then_alone(
    house: House, tmp_path: Path
) -> None:
    folder, keys = tmp_path / "backup", house.folder.parent / "keys.json"
    back_up(house, folder)
    of_then = keys.read_bytes()
    with house.app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR, lambda _count: None)
        retire_old(services(), ACTOR)

    failed = command(house, "restore", str(folder), "--check", expect=1)

    assert "sealed in the epoch 1, whose key is not in the key file" in failed
    keys.write_bytes(of_then)
    checked = command(house, "restore", str(folder), "--check", "--json")
    assert checked["epoch"] == 1


def test_the_last_backup_stands_among_the_runs_and_in_the_metrics(house: House, tmp_path: Path) -> None:
    back_up(house, tmp_path / "backup")

    assert 'kelisim_job_last_run_failed{job="backup"} 0' in house.app.test_client().get("/metrics").text


@ON_POSTGRESQL
def test_a_restore_that_the_server_refuses_half_way_leaves_the_database_as_it_was(house: House, tmp_path: Path) -> None:
    folder, programs = tmp_path / "backup", tmp_path / "programs"
    back_up(house, folder)
    programs.mkdir()
    broken = programs / "pg_restore"
    real = postgresql_programs() / "pg_restore"
    # What comes of a server that dies on the way: the program stops reading, and ends with an error.
    broken.write_text(f'#!/bin/sh\nhead -c 200000 | "{real}" "$@"\n')
    broken.chmod(0o755)
    house.consent({"ref": "person-3"})
    let_go(house)

    failed = run(
        "restore", str(folder), "--replace-data",
        data_dir=house.folder.parent, expect=1, DATABASE_URL=house.url, PG_BIN_DIR=str(programs),
    ).stderr  # fmt: skip

    assert "pg_restore failed" in failed
    assert house.people() == 3
    house.start()


@ON_POSTGRESQL
def test_programs_that_are_missing_are_named_and_nothing_is_called_a_backup(house: House, tmp_path: Path) -> None:
    let_go(house)
    (tmp_path / "nothing").mkdir()

    failed = run(
        "backup", str(tmp_path / "backup"),
        data_dir=house.folder.parent, expect=1, DATABASE_URL=house.url, PG_BIN_DIR=str(tmp_path / "nothing"),
    ).stderr  # fmt: skip

    assert "pg_dump cannot be run" in failed
    assert list(tmp_path.glob("*backup*")) == []


def test_somebody_may_answer_for_a_restore_with_a_reason_instead(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(house, folder)
    command(house, "restore", str(folder), "--replace-data", "--json")
    with pytest.raises(PutBackError):
        house.start()

    command(house, "erasure", "override", "--reason", "nothing was erased since", "--json")

    house.start()
    assert restore_of(house.folder) is None
    (facts,) = house.facts("erasure_replay_overridden")
    assert facts["reason"] == "nothing was erased since"
