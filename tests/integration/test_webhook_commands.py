"""Webhooks from the command line, as a person at a terminal meets them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consent_service.cli import commands
from tests.command_line import run
from tests.hooks import LABORATORY, hook


@pytest.fixture
def data_dir(sqlite_template: Path, tmp_path: Path) -> Path:
    """A folder of an installation with operators and their documents."""
    for name, there in (("template.db", "kelisim.db"), ("keys.json", "keys.json")):
        shutil.copy(sqlite_template.parent / name, tmp_path / there)
    return tmp_path


def said(data_dir: Path, *arguments: str, expect: int = 0) -> Result:
    environ = LABORATORY | {"DATA_DIR": str(data_dir)}
    done = CliRunner().invoke(commands, ["webhooks", *arguments], env=environ)
    assert done.exit_code == expect, done.output
    return done


def asked(data_dir: Path, *arguments: str) -> Any:  # Any: JSON
    return json.loads(said(data_dir, *arguments, "--json").stdout)


def test_a_webhook_is_added_tried_out_and_stopped(data_dir: Path) -> None:
    with hook() as receiver:
        made = asked(data_dir, "add", "uof", receiver.url, "--event", "consent.given")
        assert asked(data_dir, "test", "uof", made["id"])["state"] == "delivered"
        turned = asked(data_dir, "rotate", "uof", made["id"], "--overlap-hours", "0")
        assert asked(data_dir, "test", "uof", made["id"])["state"] == "delivered"
        receiver.answers += [422]
        refused = said(data_dir, "test", "uof", made["id"], expect=1)
        assert asked(data_dir, "replay", "uof", made["id"]) == {"replayed": 1}
        asked(data_dir, "disable", "uof", made["id"])

    assert receiver.types == ["webhook.test"] * 3
    assert receiver.signed_by(made["secret"]) == [True, False, False]
    assert receiver.signed_by(turned["secret"]) == [False, True, True]
    assert refused.stdout.strip() == "dead: 422"
    assert len(refused.stderr.strip().splitlines()) == 1
    listed = said(data_dir, "list", "uof").stdout
    assert made["id"] in listed
    assert "disabled (by_hand)  1 owed, 0 given up" in listed  # the worker gives it up


def test_an_address_that_leads_inside_is_refused_with_one_line_that_says_what_to_do(data_dir: Path) -> None:
    refused = run("webhooks", "add", "uof", "http://127.0.0.1:9/hook", data_dir=data_dir, expect=1)

    assert refused.stderr.strip() == "error: Only https:// on port 443 is allowed."
