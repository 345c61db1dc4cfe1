"""Witnesses cosign each head; one that has seen another log, or a larger one, stops the signing of ours."""

import base64
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from clients.witness.kelisim_witness import Witness
from consent_service.config import Settings
from consent_service.jobs.anchoring import cosign
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.kernel import outbound
from consent_service.kernel.errors import LedgerError, SettingsError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import all_anchors
from consent_service.ledger.cosignatures import find_cosignature, read_witness_key
from consent_service.ledger.events import EventType
from consent_service.ledger.exporting import export_all
from consent_service.ledger.heads import open_head, verifier_key
from consent_service.ledger.publisher import open_epoch
from consent_service.ledger.service import append
from consent_service.ledger.static_files import exported_heads
from consent_service.ledger.tree import current_epoch, last_head
from consent_service.ledger.verifying import Verdict, verify
from consent_service.ledger.verifying_anchors import verify_anchors
from consent_service.services import Services, services
from tests import receivers
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.witnesses import new_witness, request, serving

ACTOR = Actor("command", "test")
NAME = "log.example"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path / "witness")


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with serving(witness) as found:
        yield found


@contextmanager
def house_on(database: str, folder: Path, clock: MovableClock, *witnesses: str) -> Iterator[tuple[Flask, Services]]:
    environ = {"WITNESSES": " ".join(witnesses), "LEDGER_NAME": NAME}
    with app_on(database, folder, clock, **environ) as app, app.app_context():
        yield app, services()


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


def log_key(house: Services, epoch: int) -> str:
    return verifier_key(f"{NAME}/{epoch}", house.keys.ledger_key.public_key())


def grow(house: Services, events: int = 3) -> None:
    """Let things happen, seal them, sign a head."""
    with house.write(ACTOR, 1) as uow:
        for _ in range(events):
            append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {})
    run_now(house, find_job("ledger.seal"))
    run_now(house, find_job("ledger.publish"))


def said(house: Services, kind: AnchorKind) -> list[int]:
    with house.snapshot(ACTOR) as uow:
        return [one.tree_size for one in all_anchors(uow.session) if one.kind is kind]


def last_note(house: Services) -> str:
    with house.snapshot(ACTOR) as uow:
        epoch = current_epoch(uow.session)
        head = last_head(uow.session, epoch.epoch) if epoch else None
    assert head
    return head.note


def problems(house: Services) -> list[str]:
    with house.snapshot(ACTOR) as uow:
        verdict: Verdict = verify(uow.session, uow.keys, house.settings.ledger_dir)
        verify_anchors(uow.session, house.settings.ledger_dir, None, verdict)
    return [f"{problem.place}: {problem.what}" for problem in verdict.problems]


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
    assert open_head(exported, f"{NAME}/1", house.keys.ledger_key.public_key()).text() == text
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


def test_a_database_and_a_folder_put_back_together_are_found_by_the_witness(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, witness: Witness, url: str
) -> None:
    live, before = tmp_path / "live", tmp_path / "before"
    live.mkdir()
    shutil.copy(sqlite_template, live / "kelisim.db")
    known = (url, str(witness.key))
    with house_on(f"sqlite:///{live}/kelisim.db", live, clock, *known) as (_, house):
        witness.add(log_key(house, 1))
        grow(house)
        cosign(house, ACTOR)
    shutil.copytree(live, before)  # database, keys and exported heads, all of one day
    with house_on(f"sqlite:///{live}/kelisim.db", live, clock, *known) as (_, house):
        grow(house, 20)
        cosign(house, ACTOR)
    seen = witness.logs()[0].size

    with house_on(f"sqlite:///{before}/kelisim.db", before, clock, *known) as (app, house):
        grow(house, 2)  # nothing in the folder tells that more was signed before
        (told,) = cosign(house, ACTOR)
        assert told.problem
        assert f"has seen {seen} leaves of this log" in told.problem

        with pytest.raises(LedgerError, match=f"witness.example/w1 has seen {seen} leaves"):
            run_now(house, find_job("ledger.publish"))
        with pytest.raises(LedgerError, match="Nothing is signed"):
            cosign(house, ACTOR)
        assert any("exported head" in problem and "has seen" in problem for problem in problems(house))
        assert "kelisim_ledger_refused 1\n" in app.test_client().get("/metrics").text

        with house.write(ACTOR) as uow:
            assert open_epoch(uow, house.settings.ledger_dir, NAME).origin == f"{NAME}/2"
        grow(house)
        (unknown,) = cosign(house, ACTOR)
        assert unknown.problem
        assert "404" in unknown.problem  # whoever runs the witness has to be told of the new log
        witness.add(log_key(house, 2))
        assert cosign(house, ACTOR)[0].problem is None
        assert problems(house) == []
        assert "kelisim_ledger_refused 0\n" in app.test_client().get("/metrics").text


@pytest.mark.parametrize("more", [0, 5])
def test_a_fork_is_found_by_the_witness_whatever_its_size(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, witness: Witness, url: str, more: int
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        shutil.copy(sqlite_template, tmp_path / name / "kelisim.db")
        with house_on(f"sqlite:///{tmp_path}/{name}/kelisim.db", tmp_path / name, clock, url, str(witness.key)) as (
            _,
            house,
        ):
            witness.add(log_key(house, 1))
            grow(house, 7 if name == "one" else 7 + more)
            (told,) = cosign(house, ACTOR)
            if name == "one":
                assert told.problem is None
                continue
            assert told.problem
            assert "has seen other" in told.problem
            assert said(house, AnchorKind.REFUSAL)
            with pytest.raises(LedgerError, match="has seen other"):
                run_now(house, find_job("ledger.publish"))


@SQLITE
def test_an_epoch_can_be_opened_after_a_refusal_where_the_folder_of_exports_is_lost(
    house: Services, witness: Witness
) -> None:
    grow(house)
    cosign(house, ACTOR)
    state = next(witness.folder.glob("logs/*.json"))
    state.write_text(state.read_text().replace('"size": ', '"size": 9'))  # as if it had seen many more
    grow(house)
    cosign(house, ACTOR)
    shutil.rmtree(house.settings.ledger_dir)

    with house.write(ACTOR) as uow:
        made = open_epoch(uow, house.settings.ledger_dir, NAME)

    assert (made.origin, made.follows) == (f"{NAME}/2", last_note_of(house, 1))
    assert run_now(house, find_job("ledger.publish")).done > 0


def last_note_of(house: Services, epoch: int) -> str | None:
    with house.snapshot(ACTOR) as uow:
        head = last_head(uow.session, epoch)
    return head.note if head else None


@SQLITE
def test_a_later_head_that_was_cosigned_meanwhile_is_no_refusal(
    house: Services, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(house)
    post, done = outbound.Outbound.post, threading.Event()

    def overtaken(self: outbound.Outbound, *given: object) -> outbound.Answer:
        if not done.is_set():
            done.set()
            grow(house)
            assert cosign(house, ACTOR)[0].problem is None
        return post(self, *given)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(outbound.Outbound, "post", overtaken)
    (told,) = cosign(house, ACTOR)

    assert told.problem == "A later head was cosigned meanwhile."
    assert said(house, AnchorKind.REFUSAL) == []
    grow(house)


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
