"""The log as outsiders meet it: public heads and tiles, proofs of a consent, and the commands."""

import base64
import hashlib
import hmac
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from flask import Flask

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.command_line import run
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_ledger_export import PROGRAM

Client = Callable[[str], Api]


def sealed_and_signed(app: Flask) -> None:
    with app.app_context():
        run_now(services(), find_job("ledger.seal"))
        run_now(services(), find_job("ledger.publish"))


def climb(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path gives (RFC 9162, 2.1.3.2)."""
    found, node, last = hashlib.sha256(b"\x00" + entry).digest(), index, size - 1
    for one in path:
        assert last
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + one + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + one).digest()
        node, last = node >> 1, last >> 1
    assert last == 0
    return found


def test_a_consent_is_proven_from_its_words_to_a_signed_head(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    made = uof.post("/consents", consent()).json
    waiting = uof.get(f"/consents/{made['id']}/proof").json
    assert [event["inclusion"] for event in waiting["events"]] == [None]
    assert waiting["events"][0]["promised_by"] == "2026-11-23T05:05:00Z"
    promised = uof.get(f"/consents/{made['id']}/receipt.json").json["ledger"]
    assert promised == {"leaf_input": waiting["events"][0]["leaf_input"], "promised_by": "2026-11-23T05:05:00Z"}
    sealed_and_signed(app)
    clock.move(minutes=1)
    uof.post("/withdrawals", {"subject": "person-1", "document": consent()["document"], "channel": "email"})
    sealed_and_signed(app)

    proven = uof.get(f"/consents/{made['id']}/proof").json

    kinds = [json.loads(event["body"])["kind"] for event in proven["events"]]
    assert kinds[:3] == ["consent_recorded", "duties_owed", "withdrawal_received"]
    assert json.loads(proven["events"][0]["body"])["facts"]["text_sha256"] == made["text_sha256"]
    for event in proven["events"]:
        entry = b"\x01" + hmac.digest(
            bytes.fromhex(event["salt"]), b"consent-ledger/leaf/v1\x00" + event["body"].encode(), "sha256"
        )
        place = event["inclusion"]
        root = climb(entry, place["leaf_index"], place["tree_size"], [bytes.fromhex(one) for one in place["path"]])
        origin, size, signed_root = place["head"].split("\n")[:3]
        assert (size, base64.b64decode(signed_root)) == (str(place["tree_size"]), root)
        assert proven["verifier_keys"][0].startswith(f"{origin}+")
        assert event["tlog_proof"].startswith("c2sp.org/tlog-proof@v1\nextra ")
        assert event["tlog_proof"].endswith(place["head"])


def test_another_operator_s_consent_has_no_proof_here(api: Client) -> None:
    made = api("uof").post("/consents", consent()).json

    assert api("dar").get(f"/consents/{made['id']}/proof").status_code == 404


def test_heads_and_tiles_are_public_and_say_nothing(api: Client, app: Flask) -> None:
    anybody = app.test_client()
    unsigned = anybody.get("/ledger/checkpoint")
    assert unsigned.status_code == 404
    assert unsigned.get_json()["code"] == "not-found"
    api("uof").post("/consents", consent())
    sealed_and_signed(app)

    head = anybody.get("/ledger/checkpoint")
    origin, size = head.text.split("\n")[:2]
    assert head.text == anybody.get("/ledger/1/checkpoint").text == anybody.get("/api/v1/ledger/checkpoint").text
    assert anybody.get("/ledger/key").text.startswith(f"{origin}+")
    entries = anybody.get(f"/ledger/1/tile/entries/000.p/{size}").data
    hashes = anybody.get(f"/ledger/1/tile/0/000.p/{size}").data
    assert len(entries) == int(size) * 35
    assert hashes[-32:] == hashlib.sha256(b"\x00" + entries[-33:]).digest()
    assert b"uof" not in entries
    for path in (
        "0/001",
        "0/000",
        "entries/000",
        f"0/000.p/{int(size) + 1}",
        "9/000",
        "0/x",
        "0/x000/000",
        "entries/../0",
    ):
        assert anybody.get(f"/ledger/1/tile/{path}").status_code == 404, path
    assert anybody.get("/ledger/2/checkpoint").status_code == 404
    assert anybody.get("/ledger/99999999999999999999/checkpoint").status_code == 404


def test_the_commands_sign_verify_and_export_for_the_offline_verifier(sqlite_template: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(sqlite_template, data_dir / "kelisim.db")
    shutil.copy(sqlite_template.parent / "keys.json", data_dir / "keys.json")
    assert (
        "Nothing is signed yet" in run("ledger", "export", str(tmp_path / "early"), data_dir=data_dir, expect=1).stderr
    )

    signed = json.loads(run("ledger", "checkpoint", "--json", data_dir=data_dir).stdout)
    verdict = json.loads(run("ledger", "verify", "--json", data_dir=data_dir).stdout)
    assert signed["size"] == signed["sealed"] == verdict["leaves"] == verdict["events"] > 0
    assert (verdict["found"], verdict["heads"]) == (0, 1)
    assert "all fits" in run("ledger", "verify", data_dir=data_dir).stdout

    run("ledger", "export", str(tmp_path / "out"), data_dir=data_dir)
    assert "is not empty" in run("ledger", "export", str(tmp_path / "out"), data_dir=data_dir, expect=1).stderr
    checked = subprocess.run(
        [sys.executable, "-I", PROGRAM, tmp_path / "out", "--key", signed["verifier_key"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stdout.startswith("PROVEN."), checked.stdout + checked.stderr
    assert "no new epoch is needed" in run("ledger", "open-epoch", data_dir=data_dir, expect=1).stderr

    with closing(sqlite3.connect(data_dir / "kelisim.db")) as connection, connection:
        connection.execute("DROP TRIGGER ledger_heads_update")
        connection.execute("UPDATE ledger_heads SET note = replace(note, '1', '2')")
    failed = run("ledger", "verify", data_dir=data_dir, expect=1)
    assert "IT DOES NOT FIT" in failed.stdout
    assert "head 1/" in failed.stderr


def test_a_receipt_says_in_words_what_it_proves(sqlite_template: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(sqlite_template, data_dir / "kelisim.db")
    shutil.copy(sqlite_template.parent / "keys.json", data_dir / "keys.json")
    with app_on(f"sqlite:///{data_dir / 'kelisim.db'}", data_dir) as app:
        token = client_of(app, "uof").post("/consents", consent()).json["receipt"]["jwt"]
    file = tmp_path / "receipt.jwt"
    file.write_text(token)

    waiting = run("receipt", "verify", str(file), data_dir=data_dir).stdout
    assert "The signature holds" in waiting
    assert "Its leaf waits for a head" in waiting
    run("ledger", "checkpoint", data_dir=data_dir)
    proven = json.loads(run("receipt", "verify", str(file), "--json", data_dir=data_dir).stdout)
    assert (proven["signed"], proven["recorded"], proven["in_signed_head"]) == (True, True, True)

    head, payload, signature = token.split(".")
    other = json.dumps({"profile": "kelisim-receipt/1"}).encode()
    forged = base64.urlsafe_b64encode(other).decode().rstrip("=")
    for wrong, words in (
        (
            f"{head}.{payload[:40]}{'A' if payload[40] != 'A' else 'B'}{payload[41:]}.{signature}",
            "signature is not that of this service",
        ),
        (f"{head}.{forged}.{signature}", "signature is not that of this service"),
        (f"eyJhbGciOiJub25lIn0.{payload}.", "no signed receipt"),
        ("", "no signed receipt"),
        ("a.b", "no signed receipt"),
        ("ә" * 9, "no signed receipt"),
    ):
        file.write_text(wrong)
        failed = run("receipt", "verify", str(file), data_dir=data_dir, expect=1)
        assert words in failed.stderr, wrong
        assert "Traceback" not in failed.stderr


def test_the_metrics_tell_how_long_an_event_has_waited_and_nothing_personal(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    sealed_and_signed(app)
    api("uof").post("/consents", consent(subject={"ref": "person-1", "identifiers": {"email": "m@example.kz"}}))
    clock.move(minutes=3)

    waiting = app.test_client().get("/metrics").text
    sealed_and_signed(app)

    assert "kelisim_ledger_waiting_seconds 180\n" in waiting
    assert "kelisim_ledger_waiting_seconds 0\n" in app.test_client().get("/metrics").text
    assert "person-1" not in waiting
    assert "m@example.kz" not in waiting
