"""Accounts from the command line."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from consent_service.cli import commands
from consent_service.operators import passwords

NEWCOMER = "newcomer@acme.example"
FIRST, SECOND = "correct horse battery", "another good password"


def users(data_dir: Path, *arguments: str) -> None:
    done = CliRunner().invoke(commands, ["users", *arguments], env={"DATA_DIR": str(data_dir)})
    assert done.exit_code == 0, done.output


def opens(data_dir: Path, password: str) -> bool:
    with closing(sqlite3.connect(data_dir / "kelisim.db")) as connection:
        ((kept,),) = connection.execute("SELECT password_hash FROM staff_members WHERE disabled_at IS NULL")
    return passwords.matches(kept, password)


def test_a_closed_account_that_is_added_again_is_opened_by_the_new_password(
    sqlite_template: Path, tmp_path: Path
) -> None:
    for name, there in (("template.db", "kelisim.db"), ("keys.json", "keys.json")):
        shutil.copy(sqlite_template.parent / name, tmp_path / there)
    users(tmp_path, "add", "uof", NEWCOMER, "--password", FIRST)
    users(tmp_path, "add", "uof", NEWCOMER, "--password", SECOND)
    assert opens(tmp_path, FIRST), "an open account keeps its password"

    users(tmp_path, "disable", "uof", NEWCOMER)
    users(tmp_path, "add", "uof", NEWCOMER, "--password", SECOND)

    assert opens(tmp_path, SECOND)
    assert not opens(tmp_path, FIRST)
