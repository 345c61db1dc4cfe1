"""Connectors as whoever runs the service meets them: commands, the API, nothing of a credential anywhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.crm import CRM, PEOPLE, TABLES, Crm
from tests.databases import KEYS, app_on
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

    def run(self, *arguments: str, said: str = "", expect: int = 0, **environ: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "consent_service", "connectors", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(self.folder), "DATABASE_URL": self.database, **environ},
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if expect == 0 else done.stderr.strip().splitlines()[-1]


@pytest.fixture
def commands(tmp_path: Path, sqlite_template: Path) -> Iterator[House]:
    assert KEYS
    return House(tmp_path, sqlite_template)


def test_a_file_is_checked_set_listed_tried_and_removed(commands: House) -> None:
    file = str(commands.file)
    missing = commands.run("check", "uof", file, expect=1)
    assert "uof.yaml:4: targets[0].name: The address of the database is not known yet" in missing
    assert "CONNECTOR_CRM" in missing
    assert commands.run("check", "uof", file, CONNECTOR_CRM=commands.crm.url) == "crm: fits\n"
    assert commands.run("list", "uof") == "No connectors.\n"

    assert commands.run("set", "uof", file, "--stdin", said=f"crm {commands.crm.url}\n") == "crm: set\n"

    assert commands.run("check", "uof") == "crm: fits\n"
    listed = json.loads(commands.run("list", "uof", "--json"))
    assert [(one["name"], one["kind"], one["dialect"], len(one["fingerprint"])) for one in listed] == [
        ("crm", "sql", "sqlite", 64)
    ]
    assert {"of": "invoices", "rows": "keep"} in listed[0]["does"]
    before = commands.crm.rows()
    tried = commands.run("dry-run", "uof", said="person-1\n")
    assert "  items: delete: 3" in tried
    assert "person-1" not in tried
    (row,) = json.loads(commands.run("dry-run", "uof", "--json", said="person-1\n"))
    assert row["counts"]["orders: delete"] == 2
    assert commands.crm.rows() == before
    commands.crm.run("CREATE TABLE extra (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id))")
    assert "extra (c) refers to customers and is not described" in commands.run("check", "uof", expect=1)
    assert "At some targets" in commands.run("dry-run", "uof", said="person-1\n", expect=1)
    assert commands.run("remove", "uof") == "Removed: crm.\n"
    assert "has no connectors" in commands.run("remove", "uof", expect=1)


def test_a_credential_that_is_stored_stays_and_is_never_given_back(commands: House) -> None:
    commands.file.write_text(CRM.format(dialect="sqlite") + HOOK + ARCHIVE.split("targets:\n")[1])
    bad = commands.run("set", "uof", str(commands.file), CONNECTOR_CRM=commands.crm.url, CONNECTOR_SHOP=SECRET,
                       CONNECTOR_ARCHIVE="clerk@example.kz", expect=1)  # fmt: skip
    assert "whsec_" in bad
    secret = "whsec_" + "Y2FuYXJ5LXBhc3N3b3JkY2FuYXJ5LXBhc3N3b3Jk"
    given = {"CONNECTOR_CRM": commands.crm.url, "CONNECTOR_SHOP": secret, "CONNECTOR_ARCHIVE": "clerk@example.kz"}
    commands.run("set", "uof", str(commands.file), **given)
    shown = commands.run("set", "uof", str(commands.file), "--json")  # again, with nothing given
    shown += commands.run("list", "uof", "--json") + commands.run("tasks", "uof", "--json")

    assert secret not in shown
    assert "clerk" not in shown
    engine = create_engine(commands.database)
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
def test_credentials_on_standard_input_are_for_targets_of_the_file(commands: House, said: str, why: str) -> None:
    assert why in commands.run("set", "uof", str(commands.file), "--stdin", said=said, expect=1)


def test_a_reference_that_looks_like_a_person_is_refused_by_the_dry_run(commands: House) -> None:
    assert "looks like an e-mail" in commands.run("dry-run", "uof", said="canary@example.kz\n", expect=1)


def test_the_api_lists_targets_without_credentials(commands: House) -> None:
    commands.run("set", "uof", str(commands.file), CONNECTOR_CRM=commands.crm.url)
    with app_on(commands.database, commands.folder) as app:
        mine = client_of(app, "uof").get("/connectors")
        others = client_of(app, "dar").get("/connectors")

    assert mine.json["items"][0]["name"] == "crm"
    assert set(mine.json["items"][0]) == {"name", "kind", "dialect", "does", "fingerprint", "checked_at"}
    assert SECRET not in mine.get_data(as_text=True)
    assert others.json == {"items": []}
