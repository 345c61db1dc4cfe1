"""Connectors as whoever runs the service meets them: commands, the API, nothing of a credential anywhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from consent_service.cli import commands as commands_of_all
from consent_service.kernel.errors import ConsentServiceError
from tests.crm import CRM, PEOPLE, TABLES, Crm
from tests.databases import app_on
from tests.integration.conftest import client_of
from tests.integration.test_mail_tasks import ARCHIVE

ROOT = Path(__file__).resolve().parents[2]
SECRET = "canary-password"
HOOK = """
  - name: shop
    kind: webhook
    url: https://shop.example.kz/erasures
    categories: [{code: profile, name: {kk: a, ru: b, en: c}}]
"""


class House:
    """An installation with an operator's database beside it."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.crm = Crm("sqlite", f"sqlite:///{folder / f'{SECRET}.db'}")
        self.crm.run(*TABLES, *PEOPLE)
        self.database = f"sqlite:///{shutil.copy(template, folder / 'kelisim.db')}"
        with app_on(self.database, folder):
            pass  # the keys of the template lie beside it now
        self.file = folder / "uof.yaml"
        self.file.write_text(CRM.format(dialect="sqlite"))

    def run(self, *arguments: str, said: str = "", expect: int = 0, given: Mapping[str, str] | None = None) -> str:
        """Run a command in this process; returns what it printed, or its last line where it is to fail."""
        done = CliRunner().invoke(commands_of_all, ["connectors", *arguments], input=said, env=self.environ(given))
        if isinstance(done.exception, ConsentServiceError):
            said_of_it = done.exception.detail  # what main() prints
        else:
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            said_of_it = done.stderr
        assert (done.exit_code != 0) == bool(expect), said_of_it
        assert SECRET not in done.stdout + done.stderr + said_of_it
        return done.stdout if expect == 0 else said_of_it.strip().splitlines()[-1]

    def environ(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"DATA_DIR": str(self.folder), "DATABASE_URL": self.database, **(given or {})}


@pytest.fixture
def house_of(tmp_path: Path, sqlite_template: Path) -> House:
    return House(tmp_path, sqlite_template)


def test_a_real_process_takes_the_address_from_standard_input_and_prints_none_of_it(house_of: House) -> None:
    printed = ""
    for arguments, said in (
        (["set", "uof", str(house_of.file), "--stdin"], f"crm {house_of.crm.url}"),
        (["dry-run", "uof"], "person-1"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "consent_service", "connectors", *arguments],
            cwd=ROOT, env={**os.environ, **house_of.environ()}, input=f"{said}\n", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        printed = done.stdout + done.stderr
        assert [value for value in (SECRET, "person-1") if value in printed] == []
    assert "  items: delete: 3" in printed


def test_a_file_is_checked_set_listed_tried_and_removed(house_of: House) -> None:
    file = str(house_of.file)
    missing = house_of.run("check", "uof", file, expect=1)
    assert "uof.yaml:4: targets[0].name: The address of the database is not known yet" in missing
    assert "CONNECTOR_CRM" in missing
    assert house_of.run("check", "uof", file, given={"CONNECTOR_CRM": house_of.crm.url}) == "crm: fits\n"
    assert house_of.run("list", "uof") == "No connectors.\n"

    assert house_of.run("set", "uof", file, "--stdin", said=f"crm {house_of.crm.url}\n") == "crm: set\n"

    assert house_of.run("check", "uof") == "crm: fits\n"
    listed = json.loads(house_of.run("list", "uof", "--json"))
    assert [(one["name"], one["kind"], one["dialect"], len(one["fingerprint"])) for one in listed] == [
        ("crm", "sql", "sqlite", 64)
    ]
    assert {"of": "invoices", "rows": "keep"} in listed[0]["does"]
    before = house_of.crm.rows()
    tried = house_of.run("dry-run", "uof", said="person-1\n")
    assert "  items: delete: 3" in tried
    assert "person-1" not in tried
    (row,) = json.loads(house_of.run("dry-run", "uof", "--json", said="person-1\n"))
    assert row["counts"]["orders: delete"] == 2
    assert house_of.crm.rows() == before
    house_of.crm.run("CREATE TABLE extra (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id))")
    assert "extra (c) refers to customers and is not described" in house_of.run("check", "uof", expect=1)
    assert "At some targets" in house_of.run("dry-run", "uof", said="person-1\n", expect=1)
    assert house_of.run("remove", "uof") == "Removed: crm.\n"
    assert "has no connectors" in house_of.run("remove", "uof", expect=1)


def test_a_credential_that_is_stored_stays_and_is_never_given_back(house_of: House) -> None:
    house_of.file.write_text(CRM.format(dialect="sqlite") + HOOK + ARCHIVE.split("targets:\n")[1])
    wrong = {"CONNECTOR_CRM": house_of.crm.url, "CONNECTOR_SHOP": SECRET, "CONNECTOR_ARCHIVE": "clerk@example.kz"}
    bad = house_of.run("set", "uof", str(house_of.file), given=wrong, expect=1)
    assert "whsec_" in bad
    secret = "whsec_" + "Y2FuYXJ5LXBhc3N3b3JkY2FuYXJ5LXBhc3N3b3Jk"
    given = {"CONNECTOR_CRM": house_of.crm.url, "CONNECTOR_SHOP": secret, "CONNECTOR_ARCHIVE": "clerk@example.kz"}
    house_of.run("set", "uof", str(house_of.file), given=given)
    shown = house_of.run("set", "uof", str(house_of.file), "--json")  # again, with nothing given
    shown += house_of.run("list", "uof", "--json") + house_of.run("tasks", "uof", "--json")

    assert secret not in shown
    assert "clerk" not in shown
    engine = create_engine(house_of.database)
    with engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM connectors")).all())
        kinds = connection.execute(text("SELECT count(*) FROM ledger_events WHERE kind = 'connectors_set'")).scalar()
    engine.dispose()
    assert [value for value in (SECRET, secret, "clerk") if value in kept] == []
    assert kinds == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [("other x\n", "for targets of the file alone"), ("crm\n", "for targets of the file alone")],
)
def test_credentials_on_standard_input_are_for_targets_of_the_file(house_of: House, said: str, why: str) -> None:
    assert why in house_of.run("set", "uof", str(house_of.file), "--stdin", said=said, expect=1)


def test_a_reference_that_looks_like_a_person_is_refused_by_the_dry_run(house_of: House) -> None:
    assert "looks like an e-mail" in house_of.run("dry-run", "uof", said="canary@example.kz\n", expect=1)


def test_the_api_lists_targets_without_credentials(house_of: House) -> None:
    house_of.run("set", "uof", str(house_of.file), given={"CONNECTOR_CRM": house_of.crm.url})
    with app_on(house_of.database, house_of.folder) as app:
        mine = client_of(app, "uof").get("/connectors")
        others = client_of(app, "dar").get("/connectors")

    assert mine.json["items"][0]["name"] == "crm"
    assert set(mine.json["items"][0]) == {"name", "kind", "dialect", "does", "fingerprint", "checked_at"}
    assert SECRET not in mine.get_data(as_text=True)
    assert others.json == {"items": []}
