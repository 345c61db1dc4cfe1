"""Heads sent to other hosts: signed, once each, again where they were not taken; and the witness that keeps them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask, current_app
from standardwebhooks import Webhook

from clients.witness.kelisim_witness import Witness, WitnessError, serve
from consent_service.config import Settings
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import SettingsError
from consent_service.kernel.uow import Actor
from consent_service.kernel.webhooks import new_secret, signed_headers
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import all_anchors
from consent_service.ledger.heads import open_head, verifier_key
from consent_service.services import Services, services
from tests import receivers
from tests.databases import app_on
from tests.integration.conftest import START, MovableClock
from tests.integration.test_witness import post
from tests.witnesses import ORIGIN, PlainLog, new_witness, serving

ACTOR = Actor("command", "test")
SECRET, OLD_SECRET = new_secret(), new_secret()
LOG = PlainLog(Ed25519PrivateKey.generate())
Start = Callable[..., Services]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def start(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Start]:
    """Begin the service with addresses that are told of heads."""
    with ExitStack() as stack:

        def begin(*urls: str, secrets: str = SECRET) -> Services:
            environ = {"LEDGER_WEBHOOKS": " ".join(urls), "LEDGER_WEBHOOK_SECRETS": secrets}
            app = stack.enter_context(app_on(database_url, tmp_path, clock, **environ))
            stack.enter_context(app.app_context())
            run_now(services(), find_job("ledger.seal"))
            run_now(services(), find_job("ledger.publish"))
            return services()

        yield begin


@pytest.fixture
def keeper(tmp_path: Path, clock: MovableClock) -> Witness:
    """A witness that keeps the heads it is sent."""
    witness = new_witness(tmp_path / "keeper", LOG.verifier_key, secret=SECRET)
    witness.clock = lambda: clock().timestamp()
    return witness


def told(house: Services) -> list[tuple[str, bytes]]:
    with house.snapshot(ACTOR) as uow:
        return [(one.party, one.token) for one in all_anchors(uow.session) if one.kind is AnchorKind.WEBHOOK]


def kept(witness: Witness) -> list[str]:
    lines = [line for place in witness.folder.glob("logs/*.kept.jsonl") for line in place.read_text().splitlines()]
    return [json.loads(line)["note"] for line in lines]


def test_a_head_is_sent_once_and_kept_by_another_host(start: Start, keeper: Witness) -> None:
    with serving(keeper) as url:
        house = start(f"{url}/heads")
        (waiting,) = _waiting()
        run = run_now(house, find_job("ledger.tell"))
        assert (run.done, run.failed) == (0, 1)  # the other host does not know this log yet
        public = house.keys.signer.public.heads
        keeper.add(verifier_key(f"{house.settings.ledger_name}/1", public))
        assert run_now(house, find_job("ledger.tell")).done == 1
        assert run_now(house, find_job("ledger.tell")).done == 0

    (note,) = kept(keeper)
    head = open_head(note, f"{house.settings.ledger_name}/1", public)
    assert told(house) == [(url.removeprefix("http://"), f"head_1_{head.size}".encode())]
    assert waiting == 'kelisim_ledger_anchor_waiting_seconds{kind="webhook",party="1"} 0'


def _waiting() -> list[str]:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Werkzeug's proxy
    text = app.test_client().get("/metrics").text
    return [line for line in text.splitlines() if line.startswith("kelisim_ledger_anchor_waiting_seconds{")]


@SQLITE
def test_a_head_that_was_not_taken_is_sent_again_under_the_same_number(start: Start, clock: MovableClock) -> None:
    seen: list[tuple[str, dict[str, str], bytes]] = []
    answers = iter([BUSY, OK])

    def behave(line: receivers.Line) -> object:
        return receivers.answering(next(answers), seen)(line)

    with receivers.serving(behave) as port:
        house = start(f"http://127.0.0.1:{port}/hooks/a-word-that-only-we-know", secrets=f"{SECRET} {OLD_SECRET}")
        assert run_now(house, find_job("ledger.tell")).failed == 1
        clock.move(minutes=1)
        assert run_now(house, find_job("ledger.tell")).done == 1

    (_, first, body), (line, second, again) = seen
    assert line.startswith("POST /hooks/a-word-that-only-we-know ")
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert int(second["webhook-timestamp"]) == int(START.timestamp()) + 60
    at = START + timedelta(minutes=1)
    right = {Webhook(secret).sign(second["webhook-id"], at, body.decode()) for secret in (SECRET, OLD_SECRET)}
    assert set(second["webhook-signature"].split(" ")) == right
    said = json.loads(body)
    assert (said["type"], said["data"]["epoch"]) == ("ledger.head", 1)
    assert told(house)[0][0] == f"127.0.0.1:{port}"
    assert "a-word" not in repr(house.settings.anchors.webhook_secrets) + repr(told(house))


@SQLITE
def test_one_host_that_is_away_keeps_no_other_from_being_told(start: Start, keeper: Witness) -> None:
    with receivers.serving(receivers.answering(OK)) as gone:
        pass
    with receivers.serving(receivers.answering(OK)) as port:
        house = start(f"http://127.0.0.1:{gone}/", f"http://127.0.0.1:{port}/")
        count = run_now(house, find_job("ledger.tell"))

    assert (count.done, count.failed) == (1, 1)
    assert [party for party, _ in told(house)] == [f"127.0.0.1:{port}"]


def sent(note: str, clock: MovableClock, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"type": "ledger.head", "data": {"note": note}}).encode()
    return body, signed_headers([secret], "head_1_5", clock(), body)


def test_the_witness_keeps_signed_heads_of_its_logs_alone(keeper: Witness, clock: MovableClock) -> None:
    stranger = PlainLog(Ed25519PrivateKey.generate())
    with serving(keeper) as url:

        def send(body: bytes, headers: dict[str, str]) -> int:
            return post(url, body, "/heads", **headers)[0]

        body, headers = sent(LOG.note(5), clock)
        assert send(body, headers) == 200
        assert send(body + b" ", headers) == 403
        assert send(body, {}) == 403
        assert send(*sent(LOG.note(5), clock, secret=OLD_SECRET)) == 403
        assert send(body, headers | {"webhook-timestamp": "²"}) == 403
        assert send(*sent(stranger.note(5), clock)) == 403
        assert send(*sent(LOG.note(5).replace(ORIGIN, "other.example/1"), clock)) == 404
        for note in ("", "x", LOG.note(5)[:40], "\ud800" + LOG.note(5)):
            assert send(*sent(note, clock)) == 400
        for junk in (b"[]", b"{", b'{"data": []}', b'{"data": {"note": 5}}', b"[" * 50_000):
            assert send(junk, signed_headers([SECRET], "head_1_5", clock(), junk)) == 400
        clock.move(minutes=6)
        assert send(body, headers) == 403  # somebody kept it and sends it again

        place = next(keeper.folder.glob("logs/*.kept.jsonl"))
        with place.open("a") as file:
            file.write('{"received_at": 1, "no')  # a crash half way
        assert send(*sent(LOG.note(9), clock)) == 200
        assert place.read_text().count("\n") == 3
        keeper.secret = ""
        assert send(*sent(LOG.note(12), clock)) == 404
    assert [json.loads(line)["note"] for line in place.read_text().splitlines()[::2]] == [LOG.note(5), LOG.note(9)]


def test_a_secret_that_is_none_is_said_before_the_witness_serves(keeper: Witness) -> None:
    for wrong in ("x", "whsec_", "whsec_!"):
        keeper.secret = wrong
        with pytest.raises(WitnessError, match="WEBHOOK_SECRET"):
            serve(keeper, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"LEDGER_WEBHOOKS": "https://a.example/x"}, "LEDGER_WEBHOOK_SECRETS"),
        ({"LEDGER_WEBHOOKS": "https://a.example/x", "LEDGER_WEBHOOK_SECRETS": "whsec_AAAA"}, "LEDGER_WEBHOOK_SECRETS"),
        ({"LEDGER_WEBHOOK_SECRETS": "secret"}, "LEDGER_WEBHOOK_SECRETS"),
        ({"LEDGER_WEBHOOKS": "http://a.example/x", "LEDGER_WEBHOOK_SECRETS": SECRET}, "LEDGER_WEBHOOKS"),
        ({"LEDGER_WEBHOOKS": "https://[", "LEDGER_WEBHOOK_SECRETS": SECRET}, "LEDGER_WEBHOOKS"),
        (
            {"LEDGER_WEBHOOKS": "https://a.example/x https://a.example/y", "LEDGER_WEBHOOK_SECRETS": SECRET},
            "LEDGER_WEBHOOKS",
        ),
    ],
)
def test_wrong_addresses_and_secrets_are_named_and_no_secret_is_repeated(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_env(environ)
    assert "AAAA" not in refused.value.detail


def test_secrets_are_not_in_what_the_settings_show_of_themselves() -> None:
    settings = Settings.from_env({"LEDGER_WEBHOOKS": "https://a.example/x", "LEDGER_WEBHOOK_SECRETS": SECRET})

    assert settings.anchors.webhook_secrets == (SECRET,)
    assert SECRET not in repr(settings)
