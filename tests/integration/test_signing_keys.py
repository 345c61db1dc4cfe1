"""The signing key turns: the old one announces the new one and closes its log; what it signed can still be checked."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.files import replace_private
from consent_service.kernel.signers import raw_public
from consent_service.kernel.uow import Actor
from consent_service.ledger.exporting import export_all
from consent_service.ledger.heads import open_head
from consent_service.ledger.tree import all_epochs, head_key, last_head
from consent_service.receipts.checking import check_receipt
from consent_service.services import Services, services
from tests.command_line import run
from tests.conftest import FULL
from tests.databases import KEYS, app_on
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock, client_of
from tests.keys import ROOT, killed_turns

ACTOR = Actor("command", "test")
PROGRAM = ROOT / "clients" / "verifier" / "kelisim_verifier.py"
KILLS = 30 if FULL else 12


@pytest.fixture
def house(app: Flask) -> Iterator[Services]:
    with app.app_context():
        yield services()


@pytest.fixture
def uof(app: Flask) -> Api:
    return client_of(app, "uof")


def record(uof: Api, ref: str) -> dict[str, str]:
    answer = uof.post("/consents", consent(subject={"ref": ref}))
    assert answer.status_code == 201
    found: dict[str, str] = {"id": answer.json["id"], "receipt": answer.json["receipt"]}
    return found


def sealed_and_told(house: Services) -> None:
    assert run_now(house, find_job("ledger.seal")).failed == 0
    run_now(house, find_job("ledger.publish"))


def faults(house: Services) -> list[object]:
    with house.snapshot(ACTOR) as uow:
        return list(verify_evidence(uow, house.settings.ledger_dir, lambda _what, _count: None).problems)


def test_a_turn_closes_the_old_log_and_the_next_goes_on_under_the_new_key(
    app: Flask, house: Services, uof: Api
) -> None:
    record(uof, "before")
    old = house.keys.signer.public

    epoch = turn_signing_key(house, ACTOR)
    record(uof, "after")
    sealed_and_told(house)

    assert (epoch.epoch, epoch.signed_by) == (2, 2)
    assert (set(house.keys.signers), set(house.keys.retired_signers)) == ({2}, {1})
    with house.read(ACTOR) as uow:
        first, second = all_epochs(uow.session)
        heads = [last_head(uow.session, one.epoch) for one in (first, second)]
        assert heads[0]
        assert heads[1]
        closed = open_head(heads[0].note, first.origin, old.heads)
        assert closed.size == first.size == heads[0].tree_size
        assert second.follows == heads[0].note
        assert open_head(heads[1].note, second.origin, house.keys.signer.public.heads).size == second.size > 1
        assert raw_public(head_key(uow.keys, first)) == raw_public(old.heads)
    assert faults(house) == []


def test_the_old_log_says_what_the_new_key_is(house: Services, uof: Api, tmp_path: Path) -> None:
    record(uof, "before")
    turn_signing_key(house, ACTOR)
    sealed_and_told(house)
    with house.snapshot(ACTOR) as uow:
        export_all(uow, tmp_path / "export")

    said = [json.loads(line) for line in (tmp_path / "export" / "events.jsonl").read_text().splitlines()]
    bodies = [(one["epoch"], json.loads(one["body"])) for one in said]
    (begun,) = [(epoch, body["facts"]) for epoch, body in bodies if body["kind"] == "signing_key_begun"]
    public = house.keys.signer.public
    assert begun == (
        1,
        {"generation": 2, "receipts": raw_public(public.receipts).hex(), "heads": raw_public(public.heads).hex()},
    )
    (opened,) = [body for epoch, body in bodies if body["kind"] == "ledger_epoch_opened"]
    assert opened["facts"]["origin"].endswith("/1")


def test_an_export_over_a_turn_verifies_offline_with_both_keys_and_not_with_one(
    house: Services, uof: Api, tmp_path: Path
) -> None:
    record(uof, "before")
    turn_signing_key(house, ACTOR)
    record(uof, "after")
    sealed_and_told(house)
    with house.snapshot(ACTOR) as uow:
        export_all(uow, tmp_path / "export")
    keys = [one["verifier_key"] for one in json.loads((tmp_path / "export" / "export.json").read_text())["logs"]]

    def verify(*given: str) -> tuple[int, str]:
        words = [word for key in given for word in ("--key", key)]
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(tmp_path / "export"), *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    assert len(set(keys)) == 2
    code, words = verify(*keys)
    assert code == 0
    assert re.search(r"log \S+/2 goes on after head \d+ of log \S+/1", words)
    for one in keys:
        code, words = verify(one)
        assert (code, words.startswith("NOT PROVEN")) == (1, True)


@pytest.mark.parametrize("damage", ["another", "none", "altered"])
def test_a_log_that_names_another_head_than_it_follows_is_not_proven(
    house: Services, uof: Api, tmp_path: Path, damage: str
) -> None:
    record(uof, "before")
    sealed_and_told(house)
    turn_signing_key(house, ACTOR)
    sealed_and_told(house)
    with house.snapshot(ACTOR) as uow:
        export_all(uow, tmp_path / "export")
    about = json.loads((tmp_path / "export" / "export.json").read_text())
    heads = (tmp_path / "export" / "1" / "heads.jsonl").read_text().splitlines()
    follows = {
        "another": json.loads(heads[0]),
        "none": None,
        "altered": about["logs"][1]["follows"].replace("/1", "/7"),
    }
    about["logs"][1]["follows"] = follows[damage]
    (tmp_path / "export" / "export.json").write_text(json.dumps(about))

    words = [word for log in about["logs"] for word in ("--key", log["verifier_key"])]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path / "export"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the head that it follows does not hold" in done.stdout


def test_receipts_from_before_a_turn_are_still_checked_and_a_new_one_names_the_new_key(
    app: Flask, house: Services, uof: Api
) -> None:
    old = uof.get(f"/consents/{record(uof, 'before')['id']}/receipt.jwt").data
    turn_signing_key(house, ACTOR)
    new = uof.get(f"/consents/{record(uof, 'after')['id']}/receipt.jwt").data

    published = app.test_client().get("/.well-known/jwks.json").json
    assert published
    assert len({one["kid"] for one in published["keys"]}) == 2
    with house.read(ACTOR) as uow:
        checked = [check_receipt(uow, token.decode()) for token in (old, new)]
    assert [(one.signed, one.recorded) for one in checked] == [(True, True)] * 2
    assert old.split(b".")[0] != new.split(b".")[0]


def test_a_turn_killed_at_any_moment_is_finished_by_the_next(
    app: Flask, house: Services, uof: Api, database_url: str, tmp_path: Path
) -> None:
    record(uof, "person-0")
    ends = set()
    with killed_turns("signing", START, DATA_DIR=str(tmp_path), DATABASE_URL=database_url) as killed:
        for change in range(1, KILLS + 1):
            ends.add(killed(change))
            record(uof, f"person-{change}")
    assert ends <= {"killed", "done"}
    assert "killed" in ends

    epoch = turn_signing_key(house, ACTOR)
    sealed_and_told(house)

    assert set(house.keys.signers) == {epoch.signed_by} == {house.keys.signer.generation}
    with house.read(ACTOR) as uow:
        assert [one.signed_by for one in all_epochs(uow.session)] == list(range(1, epoch.signed_by + 1))
    assert faults(house) == []


def test_a_key_file_from_before_a_turn_is_refused_at_the_start(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock
) -> None:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'live.db')}"
    with app_on(url, tmp_path, clock) as app, app.app_context():
        older = (tmp_path / KEYS).read_text()
        turn_signing_key(services(), ACTOR)
    replace_private(tmp_path / KEYS, older)

    with pytest.raises(KeyUnavailableError, match="signing 2"), app_on(url, tmp_path, clock):
        pass


def test_the_command_turns_and_prints_the_new_key(house: Services, uof: Api, database_url: str, tmp_path: Path) -> None:
    record(uof, "before")

    done = run("master-keys", "turn-signing", "--json", data_dir=tmp_path, DATABASE_URL=database_url)

    turned = json.loads(done.stdout)
    assert (turned["generation"], turned["epoch"]) == (2, 2)
    assert turned["verifier_key"].startswith(turned["origin"] + "+")
