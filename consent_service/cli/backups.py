"""``backup`` and ``restore``."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from consent_service.backups.databases import database_at
from consent_service.backups.faults import BackupError
from consent_service.backups.service import make_backup, open_backup, put_back
from consent_service.cli.app import ACTOR, opened_as_it_is
from consent_service.cli.output import as_json, show
from consent_service.config import Settings
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.key_file import KeyFile
from consent_service.key_keeping import make_provider
from consent_service.runs.service import finish, start
from consent_service.schema import head, knows

RUN = "backup"  # its name among the runs of jobs
WHAT_NOW = (
    "Nothing starts now before erasure replay was run, which erases again whoever was erased since the backup; see "
    "docs/operations.md, Restoring."
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@as_json
def backup(folder: Path, json_: bool) -> None:
    """Write database, heads and log of erasures, sealed, to a new FOLDER, while the service runs.

    It opens with the key file of its time alone, which is not in it: keep a copy of that apart, no longer than one
    epoch of the keys.
    """
    with opened_as_it_is() as app:
        settings, now = app.settings, app.clock()
        database = database_at(settings.database_url, settings.pg_bin_dir)
        made = make_backup(
            database, settings.ledger_dir, app.key_file, folder.absolute(), schema=head() or "", now=now
        ).manifest
        with app.write(ACTOR) as uow:
            start(uow.session, RUN, now, worker="command", now=now)
            finish(uow.session, RUN, now, now=uow.now, done=1, failed=0, error=None)
    size = sum(one.size for one in made.files.values())
    show(
        json_,
        {"folder": str(folder), "bytes": size, **asdict(made)},
        f"{folder}: {size} bytes, read back. It opens with the key of epoch {made.epoch}, which is not in it.",
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--replace-data", is_flag=True, help="Replace the data that the database has.")
@click.option("--check", is_flag=True, help="Read the backup from end to end, and change nothing.")
@as_json
def restore(folder: Path, replace_data: bool, check: bool, json_: bool) -> None:
    """Put the backup in FOLDER back, while the service is stopped; it is checked from end to end first."""
    settings = Settings.from_env(os.environ)
    if not settings.key_file.exists():
        raise KeyUnavailableError(
            f"There is no key file {settings.key_file}: put the one of the time of the backup there first. Nothing was "
            "changed."
        )
    key_file = KeyFile(settings.key_file, make_provider(settings, settings.key_provider))
    found = open_backup(folder.absolute(), key_file)
    made = found.manifest
    if not knows(made.schema):
        raise BackupError(f"The backup has the schema {made.schema} of a newer release: restore it with that one.")
    if check:
        show(json_, asdict(made), f"{folder}: whole, made at {made.made_at}. Nothing was changed.")
        return
    database = database_at(settings.database_url, settings.pg_bin_dir)
    filled = put_back(found, database, settings.ledger_dir, replace=replace_data)
    about = "was put back too" if filled else "was there and was kept: it must be the newest"
    show(
        json_,
        {"restored": True, "ledger_dir_restored": filled, "next": "erasure replay", **asdict(made)},
        f"The database is as it was at {made.made_at}. LEDGER_DIR {about}. {WHAT_NOW}",
    )


COMMANDS = (backup, restore)
