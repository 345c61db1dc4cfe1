"""Each migration since the release before is carried out on big tables, beside those who read and write them."""

import itertools
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from consent_service import online_changes
from consent_service.database import db
from consent_service.kernel.errors import TryAgainError
from consent_service.schema import MIGRATION_LOCK, alembic_config, head, migrate, revision
from scripts.upgrade_trial import upgraded
from tests.conftest import FULL
from tests.databases import PostgreSQL, app_on
from tests.every_table import every_table
from tests.watched_migrations import Watch

pytestmark = pytest.mark.postgresql
SINCE = "0030"  # the schema of the release before
# Tables that stay small: one row; sessions of colleagues, which end.
SMALL = {"alembic_version", "staff_sessions"}
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
HALF_BUILT = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
STAFF = "00000000-0000-7000-8000-000000000001"
SHORTLY = "SET LOCAL lock_timeout = '5s'"  # only so that a test ends


class EndedError(Exception):
    """As if the process had ended here."""


@pytest.fixture(scope="module")
def before(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of an empty database with the schema of the release before."""
    with postgresql.empty() as url:
        with app_on(url, tmp_path_factory.mktemp("before")) as app:
            migrate(app, SINCE)
        yield str(make_url(url).database)


@pytest.fixture
def old(postgresql: PostgreSQL, before: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a copy of it."""
    with postgresql.copied(before) as url, app_on(url, tmp_path) as app:
        yield app


@pytest.fixture
def other(old: Flask) -> Iterator[Engine]:
    """Others who use the database."""
    with old.app_context():
        engine = create_engine(db.engine.url)
    yield engine
    engine.dispose()


def test_no_migration_reads_a_big_table_through_while_it_keeps_others_out(old: Flask) -> None:
    chain = ScriptDirectory.from_config(alembic_config()).walk_revisions(SINCE, "head")
    numbers = [one.revision for one in reversed(list(chain))][1:]
    assert numbers

    found = {}
    for number in numbers:
        with old.app_context():
            watch = Watch(db.engine, SMALL)
        migrate(old, number)
        watch.end()
        found[number] = watch.found

    assert found == {number: [] for number in numbers}  # ``online_changes`` has what does it beside those who write
    assert revision(old) == head()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE INDEX one ON consents (language)"],
        ["ALTER TABLE consents ADD CONSTRAINT one CHECK (language <> '')"],
        ["ALTER TABLE consents ADD CONSTRAINT one CHECK (language <> '') NOT VALID",
         "ALTER TABLE consents VALIDATE CONSTRAINT one"],
        ["ALTER TABLE consents ADD CONSTRAINT one UNIQUE (id)"],
        ["ALTER TABLE consents ADD CONSTRAINT one FOREIGN KEY (operator_id) REFERENCES operators"],
        ["ALTER TABLE consents ALTER COLUMN leaf_input SET NOT NULL"],
        ["ALTER TABLE consents ALTER COLUMN language TYPE char(2)"],
        ["ALTER TABLE consents ADD COLUMN one uuid DEFAULT gen_random_uuid()"],
        ["ALTER TABLE consents ADD COLUMN one text", "UPDATE consents SET one = language"],
        ["DELETE FROM consents"],
        ["ALTER TABLE subjects ADD COLUMN one text", "ALTER TABLE consents ADD COLUMN one text"],
    ],
)  # fmt: skip
def test_what_would_keep_others_out_of_a_big_table_is_seen(old: Flask, statements: list[str]) -> None:
    assert any("consents" in table for table, _ in _seen(old, statements))


def test_what_others_do_not_notice_is_not_taken_for_more(old: Flask) -> None:
    beside = ["CREATE TABLE one AS SELECT 1 AS id", "CREATE INDEX two ON one (id)", "UPDATE one SET id = 2"]
    quick = [
        "ALTER TABLE consents ADD COLUMN one text",
        "ALTER TABLE consents ADD COLUMN two text NOT NULL DEFAULT ''",
        "ALTER TABLE consents ADD CONSTRAINT one CHECK (language <> '') NOT VALID",
        "DROP INDEX ix_consents_operator_id_document_id_id",
    ]

    assert _seen(old, [*beside, *quick]) == []
    assert _seen(old, ["ALTER TABLE consents VALIDATE CONSTRAINT one"]) == []  # in a transaction of its own


def test_the_release_before_serves_without_an_error_while_its_database_is_brought_to_this_one() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kelisim-upgrade-"))
    folder.chmod(0o755)  # the server of PostgreSQL runs as a user of its own
    try:
        told = upgraded(folder, rows=100_000 if FULL else 3_000, clients=2 if FULL else 1, switch=FULL)
    except LookupError as error:
        pytest.skip(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    assert told.before == SINCE
    assert min(told.counts[one] for one in ("consents recorded", "permissions checked", "withdrawals taken")) > 0
    assert {question: found for question, found in told.faults.items() if found} == {}


def _seen(app: Flask, statements: list[str]) -> list[tuple[str, str]]:
    with app.app_context():
        watch = Watch(db.engine)
        with db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        watch.end()
    return watch.found


def test_a_migration_that_was_ended_wherever_something_is_committed_goes_on(
    old: Flask, other: Engine, postgresql: PostgreSQL
) -> None:
    ended: dict[str, str] = {}  # at the first index of each table

    def end(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if built := re.match(r"CREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+) ON (\w+)", statement):
            name, table = built.groups()
            if table not in ended:
                ended[table] = name
                raise EndedError

    with old.app_context():
        event.listen(db.engine, "after_cursor_execute", end)
    for number in itertools.count():
        try:
            migrate(old)
        except EndedError:
            with other.begin() as connection:  # as it is when it is ended half way
                half = text("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = to_regclass(:name)")
                connection.execute(half, {"name": [*ended.values()][-1]})
        else:
            assert number == len(ended) > 5
            break

    with other.connect() as connection:
        assert connection.scalars(text(HALF_BUILT)).all() == []
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, every_table()[0].metadata) == []
        here = set(connection.scalars(text(TRIGGERS)))
    straight = create_engine(make_url(postgresql.url).set(database=postgresql.template))
    with straight.connect() as connection:
        assert set(connection.scalars(text(TRIGGERS))) == here
    straight.dispose()


def test_a_migration_gives_way_to_whoever_holds_its_table_and_nobody_queues_behind_it(
    old: Flask, other: Engine
) -> None:
    backup = other.connect()
    backup.execute(text("SELECT count(*) FROM withdrawals"))  # until its transaction ends
    waits = 0

    def wait(_seconds: float) -> None:
        nonlocal waits
        waits += 1
        with other.begin() as client:
            client.execute(text(SHORTLY))
            client.execute(text("DELETE FROM withdrawals"))
        if waits == 2:
            backup.close()

    migrate(old, "0031", wait=wait)

    assert waits == 2
    assert revision(old) == "0031"


def test_a_table_that_is_never_free_ends_the_migration_with_words_and_without_a_loss(
    old: Flask, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online_changes, "TRIES", 2)
    with other.connect() as console:
        console.execute(text("SELECT count(*) FROM erasure_targets"))
        with pytest.raises(TryAgainError, match="run migrate again"):
            migrate(old, "0033", wait=lambda _seconds: None)

    assert revision(old) == "0032"
    migrate(old, "0033")
    assert revision(old) == "0033"


def test_a_second_migration_waits_without_keeping_the_indexes_of_the_first_from_being_built(
    old: Flask, other: Engine
) -> None:
    first = other.connect()
    first.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    said: list[str] = []

    def wait(_seconds: float) -> None:
        with other.connect().execution_options(isolation_level="AUTOCOMMIT") as beside:
            beside.execute(text("SET lock_timeout = '5s'"))
            first.execute(text("SET LOCAL lock_timeout = '5s'"))  # it lets go of what it saw
            beside.execute(text("CREATE INDEX CONCURRENTLY one ON consents (language)"))
            beside.execute(text("DROP INDEX one"))
        first.close()

    migrate(old, "0031", tell=said.append, wait=wait)

    assert "Another migration" in said[0]
    assert revision(old) == "0031"


def test_a_column_is_filled_in_batches_that_stay_while_the_ledger_goes_on_refusing_changes(
    old: Flask, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(old, "0033")
    with other.begin() as connection:
        connection.execute(text(
            "INSERT INTO ledger_events (operator_id, id, stream, stream_seq, kind, body, salt, leaf_input, recorded_at) "
            "SELECT 1 + n % 2, gen_random_uuid(), gen_random_uuid(), 0, 'key_created', convert_to(json_build_object("
            f"'actor', CASE WHEN n % 3 = 0 THEN 'staff:{STAFF}' ELSE 'command:cli' END)::text, 'UTF8'), "
            "'salt', substr(sha256(n::text::bytea) || 'xx', 1, 33), now() FROM generate_series(1, 30) n"
        ))  # fmt: skip
    monkeypatch.setattr(online_changes, "BATCH", 7)
    told: list[str] = []

    def end_after_two(words: str) -> None:
        if words.startswith("Filling"):
            told.append(words)
            _refused(other, "UPDATE ledger_events SET kind = 'other'")
            _refused(other, "DELETE FROM ledger_events")
            _refused(other, f"UPDATE ledger_events SET staff_id = '{STAFF}', kind = 'other' WHERE staff_id IS NULL")
            _refused(other, f"UPDATE ledger_events SET staff_id = '{STAFF[:-1]}2' WHERE staff_id IS NULL")
            if len(told) == 2:
                raise EndedError

    with pytest.raises(EndedError):
        migrate(old, "0034", tell=end_after_two)
    assert 0 < _by_staff(other) < 10
    with other.begin() as connection:  # what the release before does to one whose term is over
        connection.execute(text(
            "UPDATE ledger_events SET body = NULL, salt = NULL, expired_at = now() WHERE id IN "
            "(SELECT id FROM ledger_events WHERE staff_id IS NULL AND convert_from(body, 'UTF8') NOT LIKE '%staff%' LIMIT 1)"
        ))  # fmt: skip
    migrate(old, "0034", tell=told.append)

    assert _by_staff(other) == 10
    _refused(other, f"UPDATE ledger_events SET staff_id = '{STAFF}' WHERE staff_id IS NULL")


def _by_staff(engine: Engine) -> int:
    with engine.connect() as connection:
        filled = text("SELECT count(*) FROM ledger_events WHERE staff_id = :staff")
        return int(connection.execute(filled, {"staff": STAFF}).scalar_one())


def _refused(engine: Engine, statement: str) -> None:
    with engine.begin() as connection, pytest.raises(DBAPIError, match="appended"):
        connection.execute(text(statement))
