"""Changes of big tables for migrations, beside a service that goes on.

Each is committed by itself, with all that its migration did before; so what stands before one is written to be done
again.  One transaction locks one table that was there: whoever holds one and waits for another waits for clients who do
it the other way round.  On SQLite, where one process holds the database, they are plain statements of the migration.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.exc import OperationalError

from consent_service.kernel.errors import TryAgainError

BATCH = 5_000  # rows that are filled at once
# Others queue behind a lock that is waited for.  It is less than after what PostgreSQL ends a deadlock (1 s), so that
# in one with a client it is the migration that gives way.
WAIT_FOR_LOCK = sa.text("SET LOCAL lock_timeout = '500ms'")
# Only who waits for more than that second stops an automatic vacuum, which may go on for hours on a filled table.
STOP_VACUUM, STOP_VACUUM_EACH = sa.text("SET LOCAL lock_timeout = '1500ms'"), 5  # tries
PAUSE_SECONDS = 1.0
TRIES = 600  # of half a second each, and a pause
_GIVEN_WAY = {"55P03", "40P01"}  # PostgreSQL's words for a lock that was waited for too long, and for a deadlock
TELL, WAIT = "tell", "wait"  # where the configuration of Alembic has whoever is told of the progress, and pauses
Tell = Callable[[str], None]
Wait = Callable[[float], None]


def insist(act: Callable[[], None], tell: Tell, wait: Wait) -> None:
    """Do what asks for locks, again and again until it gets them; between two tries nobody queues behind it.

    Raises:
        TryAgainError: It did not get them for a quarter of an hour.
    """
    for _ in range(TRIES):
        try:
            act()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _GIVEN_WAY:
                raise
            tell("Others hold a table that must change: the migration gives way to them and asks again.")
            wait(PAUSE_SECONDS)
        else:
            return
    raise TryAgainError(
        "Another transaction holds a table that must change: a backup, an export, or a console that was left open. "
        "End it, or wait for its end, and run migrate again: it goes on where it stands."
    )


def lock(table: str) -> None:
    """Hold a table, and nothing else, once it is free for an instant."""
    if not _is_postgresql():
        return
    commit()
    connection, tries = op.get_bind(), itertools.count(1)

    def ask() -> None:
        with connection.begin_nested():
            if next(tries) % STOP_VACUUM_EACH == 0:
                connection.execute(STOP_VACUUM)
            connection.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))

    insist(ask, _tell, context.config.attributes.get(WAIT) or time.sleep)


def add_column(table: str, column: sa.Column[Any]) -> None:  # Any: a column of any type
    """Add a column where it is not there yet; it is nullable or has a constant default, so that no row is written."""
    if column.name not in {there["name"] for there in sa.inspect(op.get_bind()).get_columns(table)}:  # it asks no lock
        lock(table)
        op.add_column(table, column)
        commit()


def build_index(
    name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: sa.TextClause | None = None
) -> None:
    """Make an index while its table is written to; what a build left that was ended is made anew."""
    if not _is_postgresql():
        op.create_index(name, table, columns, unique=unique, sqlite_where=where)
        return
    with outside_of_transaction():
        _tell(f"Building the index {name} on {table}{_size_of(table)}")
        if _is_half_built(name):
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(
            name, table, columns, unique=unique, postgresql_where=where,
            postgresql_concurrently=True, if_not_exists=True,
        )  # fmt: skip


def drop_index(name: str, table: str) -> None:
    """Remove an index while its table is used."""
    if not _is_postgresql():
        op.drop_index(name, table)
        return
    with outside_of_transaction():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


def fill(table: str, assignment: str, condition: str) -> None:
    """Update the rows of an operator's table that meet a condition, in batches; those that are done no longer meet it.

    Rows that the release before writes afterwards are not among them.
    """
    if not _is_postgresql():
        op.execute(f"UPDATE {table} SET {assignment} WHERE {condition}")  # noqa: S608 - words of a migration
        return
    batch = sa.text(
        f"WITH batch AS (SELECT operator_id, id FROM {table} WHERE (operator_id, id) > (:operator, :id) "  # noqa: S608 - as above
        f"ORDER BY operator_id, id LIMIT {BATCH}), "
        f"filled AS (UPDATE {table} AS t SET {assignment} FROM batch "
        f"WHERE (t.operator_id, t.id) = (batch.operator_id, batch.id) AND {condition}) "
        "SELECT operator_id, id, count(*) OVER () FROM batch ORDER BY operator_id DESC, id DESC LIMIT 1"
    )
    with outside_of_transaction():
        size = _size_of(table)
        operator, last, done = 0, UUID(int=0), 0
        while True:
            with op.get_bind().engine.begin() as connection:
                connection.execute(WAIT_FOR_LOCK)
                found = connection.execute(batch, {"operator": operator, "id": last}).one_or_none()
            if found is None:
                return
            operator, last, done = found[0], found[1], done + found[2]
            _tell(f"Filling {table}{size}: {done} done")


def commit() -> None:
    """Let go of what the migration has locked so far."""
    if _is_postgresql():
        with outside_of_transaction():
            pass


@contextmanager
def outside_of_transaction() -> Iterator[None]:
    """Commit what the migration did so far, and run statements that are committed one by one."""
    with op.get_context().autocommit_block():
        yield


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _is_half_built(name: str) -> bool:
    invalid = sa.text("SELECT true FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    return bool(op.get_bind().scalar(invalid, {"name": name}))


def _size_of(table: str) -> str:
    """Return words for what the database believes of a table; none where it was not counted yet."""
    estimate = sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:table)")
    rows = op.get_bind().scalar(estimate, {"table": table})
    return f" (about {rows} rows)" if rows and rows > 0 else ""


def _tell(words: str) -> None:
    tell: Tell = context.config.attributes.get(TELL) or (lambda _words: None)
    tell(words)
