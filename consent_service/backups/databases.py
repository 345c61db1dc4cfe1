"""What a backup asks of a database of either kind."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from consent_service.backups.sealing import OpeningReader, SealingWriter


class Database(Protocol):
    """A database that can be copied while it is used, and put back while it is not."""

    dialect: str

    def copy(self, into: SealingWriter) -> None:
        """Write the database of one instant.

        Raises:
            BackupError: It cannot be copied.
        """

    def has_data(self) -> bool:
        """Say whether anything stands in it."""

    def put_back(self, source: OpeningReader) -> None:
        """Replace all that stands in it, whole or not at all.

        Raises:
            BackupError: It cannot be; it is as it was.
        """


def database_at(url: str, programs: Path | None) -> Database:
    """Return the database of an address; ``programs``: the folder of ``pg_dump`` and ``pg_restore``, None: by PATH."""
    if make_url(url).get_backend_name() == "sqlite":
        from consent_service.backups.sqlite_file import SqliteFile  # noqa: PLC0415 - the other one is not loaded

        return SqliteFile(Path(make_url(url).database or ""))
    from consent_service.backups.postgresql_dump import PostgresqlDump  # noqa: PLC0415 - as above

    return PostgresqlDump(url, programs)
