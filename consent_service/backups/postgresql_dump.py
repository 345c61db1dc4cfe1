"""PostgreSQL: copied by ``pg_dump``, put back by ``pg_restore`` in one transaction.

Nothing lies on the disk unsealed: the programs are written to and read from by pipes.
"""

import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from consent_service.backups.faults import BackupError
from consent_service.backups.sealing import CHUNK, OpeningReader, SealingWriter

_ASIDE = "kelisim_before_"
_PLAIN = ("--no-owner", "--no-privileges")
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
_ANYTHING = """
    SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""
_LEFT_ASIDE = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"


class PostgresqlDump:
    """A database of a server."""

    dialect = "postgresql"

    def __init__(self, url: str, programs: Path | None) -> None:
        address = make_url(url)
        _, said = address.get_dialect()().create_connect_args(address)
        self._programs, self._password = programs, said.pop("password", None)
        self._address = make_conninfo("", **said)

    def copy(self, into: SealingWriter) -> None:
        """Write a dump in the custom format, of one snapshot."""
        dump = ("--format=custom", *_PLAIN, f"--exclude-schema={_ASIDE}*", f"--dbname={self._address}")
        with self._program("pg_dump", dump, stdout=subprocess.PIPE) as process:
            copyfileobj(_pipe(process.stdout), into, CHUNK)

    def has_data(self) -> bool:
        """Say whether there is a table, or anything else, in the schema."""
        with self._connected() as connection:
            return bool(connection.execute(_ANYTHING).fetchone()[0])  # type: ignore[index]  # it has one row

    def put_back(self, source: OpeningReader) -> None:
        """Put the schema that is there aside, restore, and drop it then; or take it back."""
        with self._connected() as connection:
            if connection.execute(_OTHERS).fetchone() != (0,):
                raise BackupError("The database is in use: stop web and worker first. Nothing was changed.")
            aside = f"{_ASIDE}{secrets.token_hex(4)}"
            _swap(connection, "public", aside)
            try:
                self._restore(source)
            except BaseException:
                with connection.transaction():
                    connection.execute("DROP SCHEMA public CASCADE")
                    connection.execute(_rename(aside, "public"))
                raise
            for (left,) in connection.execute(_LEFT_ASIDE, [_ASIDE]).fetchall():  # by one that was killed, too
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(left)))

    def _restore(self, source: OpeningReader) -> None:
        restore = ("--single-transaction", "--exit-on-error", *_PLAIN, f"--dbname={self._address}")
        with self._program("pg_restore", restore, stdin=subprocess.PIPE) as process:
            with suppress(BrokenPipeError):  # it has ended by itself, and says why
                copyfileobj(source, _pipe(process.stdin), CHUNK)
            with suppress(BrokenPipeError):
                _pipe(process.stdin).close()

    @contextmanager
    def _program(
        self,
        name: str,
        arguments: Sequence[str],
        **pipes: Any,  # Any: arguments of Popen
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program of PostgreSQL beside the block; killed where the block raises, so that nothing is committed."""
        program = str(self._programs / name) if self._programs else name
        environ = os.environ | ({"PGPASSWORD": str(self._password)} if self._password else {})
        with TemporaryFile() as said:
            try:
                process = subprocess.Popen([program, *arguments], env=environ, stderr=said, **pipes)  # noqa: S603 - no shell
            except OSError as error:
                raise BackupError(
                    f"{name} cannot be run: install the client programs of PostgreSQL, of the release of the server "
                    "or newer, or name their folder with PG_BIN_DIR. Nothing was changed."
                ) from error
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                said.seek(0)
                lines = said.read().decode(errors="replace").splitlines() or ["it said nothing"]
                raise BackupError(f"{name} failed: {lines[0]} Nothing was changed.")

    def _connected(self) -> psycopg.Connection:
        try:
            return psycopg.connect(self._address, password=self._password, autocommit=True)
        except psycopg.OperationalError as error:
            raise BackupError(f"The database cannot be reached: {str(error).splitlines()[0]}.") from error


def _swap(connection: psycopg.Connection, schema: str, aside: str) -> None:
    with connection.transaction():
        connection.execute(_rename(schema, aside))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _rename(schema: str, to: str) -> sql.Composed:
    return sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(to))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise BackupError("A program of PostgreSQL has no pipe.")
    return pipe
