"""Witnesses cosign each head; an answer that is no cosignature is not kept, and stops nothing."""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from clients.witness.kelisim_witness import Witness
from consent_service.config import Settings
from consent_service.jobs.anchoring import cosign
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.kernel import outbound
from consent_service.kernel.errors import SettingsError
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import all_anchors, record_anchor, told_id
from consent_service.ledger.cosignatures import find_cosignature, read_witness_key
from consent_service.ledger.exporting import export_all
from consent_service.ledger.heads import open_head, verifier_key
from consent_service.ledger.static_files import exported_heads
from consent_service.services import Services, services
from tests import receivers
from tests.integration.conftest import MovableClock
from tests.witnessed import ACTOR, NAME, grow, house_on, last_note, log_key, problems, said
from tests.witnesses import new_witness, request, serving

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path / "witness")


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with serving(witness) as found:
        yield found


@pytest.fixture
def served(
    database_url: str, tmp_path: Path, clock: MovableClock, witness: Witness, url: str
) -> Iterator[tuple[Flask, Services]]:
    """The service, with a witness that knows its log."""
    with house_on(database_url, tmp_path, clock, url, str(witness.key)) as (app, house):
        witness.add(log_key(house, 1))
        yield app, house


@pytest.fixture
def house(served: tuple[Flask, Services]) -> Services:
    return served[1]


def test_each_head_is_cosigned_served_and_exported_with_the_line_of_the_witness(
    served: tuple[Flask, Services], witness: Witness, tmp_path: Path
) -> None:
    app, house = served
    for _ in range(3):
        grow(house, 100)
        assert run_now(house, find_job("ledger.cosign")).done == 1
        assert run_now(house, find_job("ledger.cosign")).done == 0
    assert run_now(house, find_job("ledger.publish")).done == 1  # the line is new, the tiles are there
    assert run_now(house, find_job("ledger.publish")).done == 0

    (_, exported), *_ = exported_heads(house.settings.ledger_dir)
    note = last_note(house)
    key = read_witness_key(str(witness.key))
    text = note.partition("\n\n")[0] + "\n"
    assert exported.startswith(note)
    assert find_cosignature(exported, key, text).line in exported.split("\n")
    assert open_head(exported, f"{NAME}/1", house.keys.signer.public.heads).text() == text
    assert app.test_client().get("/ledger/checkpoint").text == exported
    with house.snapshot(ACTOR) as uow:
        export_all(uow, tmp_path / "export")
    assert (tmp_path / "export" / "1" / "checkpoint").read_text() == exported
    assert (tmp_path / "export" / "1" / "heads.jsonl").read_text().count("witness.example/w1") == 3
    assert problems(house) == []


def test_a_witness_that_was_asked_by_another_road_is_asked_again_from_the_size_that_it_knows(
    house: Services, witness: Witness
) -> None:
    grow(house)
    witness.cosign(request(0, [], last_note(house)))
    grow(house, 40)

    assert run_now(house, find_job("ledger.cosign")).done == 1
    assert witness.logs()[0].size == said(house, AnchorKind.COSIGNATURE)[0]


def test_anchors_that_are_stored_at_the_same_time_are_numbered_without_a_gap(served: tuple[Flask, Services]) -> None:
    app, house = served
    grow(house)
    size = open_head(last_note(house), f"{NAME}/1", house.keys.signer.public.heads).size

    def store(party: int) -> None:
        with app.app_context():
            for n in range(5):
                for _ in range(2):  # what was said first is kept
                    with services().write(ACTOR) as uow:
                        record_anchor(uow, 1, size, AnchorKind.WEBHOOK, f"{party}.{n}", told_id(1, size))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store, range(4)))

    with house.snapshot(ACTOR) as uow:
        assert [one.number for one in all_anchors(uow.session)] == list(range(1, 21))
    assert problems(house) == []


@SQLITE
def test_a_witness_that_does_not_know_the_log_keeps_nothing_from_being_signed(
    database_url: str, tmp_path: Path, clock: MovableClock, witness: Witness, url: str
) -> None:
    with house_on(database_url, tmp_path, clock, url, str(witness.key)) as (app, house):
        grow(house)
        clock.move(minutes=7)
        count = run_slot(house, find_job("ledger.cosign"), "worker")
        (told,) = cosign(house, ACTOR)
        grow(house)
        metrics = app.test_client().get("/metrics").text

    assert count
    assert (count.done, count.failed) == (0, 1)
    assert (
        told.problem
        == "The witness witness.example/w1 answered 404: it does not witness this log, or the address is wrong."
    )
    assert 'kelisim_ledger_anchor_waiting_seconds{kind="cosignature",party="witness.example/w1"} 420\n' in metrics
    assert 'kelisim_job_last_run_failed{job="ledger.cosign"} 1\n' in metrics
    assert "kelisim_ledger_refused 0\n" in metrics


def answered(status: int, body: bytes) -> receivers.Behaviour:
    return receivers.answering(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)


def cosigned_by(key: Ed25519PrivateKey, witness: Witness, text: str) -> bytes:
    at = 1_800_000_000
    signature = key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    line = base64.b64encode(witness.key.id + at.to_bytes(8) + signature).decode()
    return f"— {witness.key.name} {line}\n".encode()


LIES: dict[str, Callable[[Witness, str], receivers.Behaviour]] = {
    "nothing": lambda _witness, _text: answered(200, b""),
    "a page": lambda _witness, _text: answered(200, b"<html>\xff</html>"),
    "a line of somebody else": lambda _witness, _text: answered(200, "— other.example AAAA\n".encode()),
    "a line that is none": lambda witness, _text: answered(200, f"— {witness.key.name} !\n".encode()),
    "a short signature": lambda witness, _text: answered(
        200, f"— {witness.key.name} {base64.b64encode(witness.key.id + bytes(9)).decode()}\n".encode()
    ),
    "another's signature": lambda witness, text: answered(
        200, cosigned_by(Ed25519PrivateKey.generate(), witness, text)
    ),
    "a signature of another head": lambda witness, text: answered(
        200, cosigned_by(witness.private, witness, text.replace("\n", "0\n", 2))
    ),
    "no size": lambda _witness, _text: answered(409, b"many\n"),
    "a negative size": lambda _witness, _text: answered(409, b"-1\n"),
    "a size in other digits": lambda _witness, _text: answered(409, "٥\n".encode()),
    "a size of a mile": lambda _witness, _text: answered(409, b"9" * 400),
    "an earlier size again and again": lambda _witness, _text: answered(409, b"1\n"),
    "a failure": lambda _witness, _text: answered(500, b""),
    "forbidden": lambda _witness, _text: answered(403, b""),
    "more than anybody reads": lambda _witness, _text: answered(200, b"x" * 200_000),
    "no HTTP": lambda _witness, _text: receivers.answering(b"hello"),
    "nothing at all": lambda _witness, _text: receivers.read_request,
}


@SQLITE
@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_no_cosignature_is_not_kept_and_signing_goes_on(
    database_url: str,
    tmp_path: Path,
    clock: MovableClock,
    witness: Witness,
    lie: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)
    text: list[str] = []

    def behave(line: receivers.Line) -> object:
        return LIES[lie](witness, text[0])(line)

    with ExitStack() as stack:
        port = stack.enter_context(receivers.serving(behave))
        known = (f"http://127.0.0.1:{port}", str(witness.key))
        _, house = stack.enter_context(house_on(database_url, tmp_path, clock, *known))
        grow(house)
        text.append(last_note(house).partition("\n\n")[0] + "\n")
        count = run_slot(house, find_job("ledger.cosign"), "worker")

        assert count
        assert (count.done, count.failed) == (0, 1)
        assert said(house, AnchorKind.COSIGNATURE) == said(house, AnchorKind.REFUSAL) == []
        grow(house)


@pytest.mark.parametrize(
    "value",
    [
        "https://w.example",
        "https://w.example key",
        "https://w.example a+b+c",
        "http://w.example {key}",
        "https://user@w.example {key}",
        "https://w.example {log}",
        "ftp://w.example {key}",
        "https://w.example {key} https://v.example {key}",
    ],
)
def test_wrong_witnesses_are_named_at_the_start(witness: Witness, value: str) -> None:
    log = verifier_key("a/1", Ed25519PrivateKey.generate().public_key())

    with pytest.raises(SettingsError, match="WITNESSES"):
        Settings.from_env({"WITNESSES": value.format(key=witness.key, log=log)})


def test_a_witness_beyond_this_machine_is_asked_by_https(witness: Witness) -> None:
    one = Settings.from_env({"WITNESSES": f"https://w.example/kelisim/ {witness.key}"}).anchors.witnesses

    assert [(witness.url, witness.key.name) for witness in one] == [("https://w.example/kelisim", "witness.example/w1")]
    assert Settings.from_env({}).anchors.witnesses == ()
