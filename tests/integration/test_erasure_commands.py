"""``erasure`` on the command line: the register, holds, and decisions by somebody who signs in."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from consent_service.kernel.clock import system_clock
from tests.command_line import run
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import Api, client_of
from tests.integration.test_withdrawals import work
from tests.roads import FIRST, PASSWORD, SECOND, demand, staff


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on the database that the commands use, on the clock that they use."""
    shutil.copy(sqlite_template, tmp_path / "kelisim.db")
    with app_on(f"sqlite:///{tmp_path / 'kelisim.db'}", tmp_path, system_clock) as app:
        yield app


def said(*arguments: str, data_dir: Path) -> Any:  # Any: JSON
    return json.loads(run("erasure", *arguments, "--json", data_dir=data_dir).stdout)


def test_an_erasure_is_listed_held_lifted_approved_and_shown_on_the_command_line(house: Flask, tmp_path: Path) -> None:
    uof, first = client_of(house, "uof"), staff(house, FIRST)
    staff(house, SECOND)
    assert said("rule", "uof", "--always", data_dir=tmp_path) == {"approve_erasures_over": 0}
    order = _ordered(uof, first)

    listed = said("list", "uof", data_dir=tmp_path)
    assert [(one["id"], one["state"]) for one in listed["orders"]] == [(order, "awaiting_approval")]
    assert [one["id"] for one in listed["waiting"]] == [order]
    case = ("--reference", "civil case 2-77/2026", "--basis", "Civil Procedure Code 73")
    personal = ("--reference", "see aizhan@example.kz", "--basis", "Civil Procedure Code 73", "--order", order)
    assert "Leave out e-mail" in run("erasure", "hold", "uof", *personal, data_dir=tmp_path, expect=1).stderr
    hold = said("hold", "uof", *case, "--order", order, data_dir=tmp_path)
    wrong = run("erasure", "approve", "uof", order, "--by", SECOND, "--password", "wrong", data_dir=tmp_path, expect=1)
    assert "error: The address or the password is wrong" in wrong.stderr
    same = run("erasure", "approve", "uof", order, "--by", FIRST, "--password", PASSWORD, data_dir=tmp_path, expect=1)
    assert "somebody else must" in same.stderr
    said("approve", "uof", order, "--by", SECOND, "--password", PASSWORD, data_dir=tmp_path)

    assert work(house) == 0
    shown = run("erasure", "show", "uof", order, data_dir=tmp_path).stdout
    assert f"{order}: held" in shown
    assert "Civil Procedure Code 73" in shown
    assert [one["id"] for one in said("holds", "uof", data_dir=tmp_path)] == [hold["id"]]
    said("lift", "uof", hold["id"], "--reference", "the case is closed 1", data_dir=tmp_path)
    assert work(house) == 0
    assert said("show", "uof", order, data_dir=tmp_path)["act"].endswith("/1")
    again = run("erasure", "cancel", "uof", order, "--reference", "x 1", data_dir=tmp_path, expect=1)
    assert "this step is not possible" in again.stderr


def _ordered(uof: Api, first: str) -> str:
    uof.post("/consents", consent())
    order: str = demand(uof, first).json["order"]["id"]
    return order
