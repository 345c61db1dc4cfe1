"""Making sure who asks: codes to the address on file, for ten minutes, five tries and one use."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.integration.test_subject_requests import act, ask, known
from tests.integration.test_withdrawals import work
from tests.mail import Inbox


def code_in(inbox: Inbox) -> str:
    found = re.search(r"\b(\d{6})\b", inbox.received[-1].get_payload(decode=True).decode())  # type: ignore[union-attr]  # a text part
    assert found
    return found[1]


def test_who_asks_by_identifiers_alone_is_made_sure_of_by_a_code_to_the_address_on_file(
    mailed: tuple[Inbox, Flask],
) -> None:
    inbox, app = mailed
    uof = known(app)
    request = ask(uof, "access", identifiers={"email": "aizhan@example.kz"})
    assert (request["state"], request["identity"]) == ("received", None)
    assert act(uof, request, "answer", status=409)["code"] == "conflict"

    assert act(uof, request, "verify", {"method": "email_code"})["state"] == "identifying"
    work(app)
    code = code_in(inbox)
    act(uof, request, "verify", {"method": "email_code", "code": "000000" if code != "000000" else "1"}, status=422)
    done = act(uof, request, "verify", {"method": "email_code", "code": code})

    assert (done["state"], done["identity"]) == ("in_progress", "email_code")
    assert [entry["kind"] for entry in done["clock_log"]] == ["started", "identity_asked", "identity_confirmed"]
    assert inbox.received[0]["X-To"] == "aizhan@example.kz"


def test_a_code_is_good_for_ten_minutes_five_tries_and_one_use(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    request = ask(uof, "access", identifiers={"email": "aizhan@example.kz"})
    method = {"method": "email_code"}
    act(uof, request, "verify", method)
    work(app)
    code = code_in(inbox)
    for _ in range(5):
        act(uof, request, "verify", {**method, "code": "x"}, status=422)
    act(uof, request, "verify", {**method, "code": code}, status=422)  # right, but too many tries

    act(uof, request, "verify", method)
    work(app)
    fresh = code_in(inbox)
    clock.move(minutes=10)
    act(uof, request, "verify", {**method, "code": fresh}, status=422)  # right, but too late

    act(uof, request, "verify", method)
    work(app)
    act(uof, request, "verify", {**method, "code": code_in(inbox)})
    act(uof, request, "verify", method, status=409)


def test_no_more_than_five_codes_an_hour_are_sent(app: Flask) -> None:
    uof = known(app)
    request = ask(uof, "access", identifiers={"email": "aizhan@example.kz"})
    for _ in range(5):
        act(uof, request, "verify", {"method": "email_code"})

    act(uof, request, "verify", {"method": "email_code"}, status=409)


def test_a_code_stands_nowhere_in_clear_and_is_gone_once_sent(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    uof = known(app)
    act(uof, ask(uof, "access", identifiers={"email": "aizhan@example.kz"}), "verify", {"method": "email_code"})
    work(app)
    code = code_in(inbox)

    with app.app_context(), db.engine.connect() as connection:
        rows = [
            str(row)
            for table in ("identity_codes", "outbox_messages")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
        assert connection.execute(text("SELECT sealed FROM outbox_messages")).scalar() is None
    assert not any(f"'{code}'" in row for row in rows)


@pytest.fixture
def gateway(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[tuple[list[Any], Flask]]:
    """A text-message gateway on loopback, and the application that sends through it."""
    taken: list[Any] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(
                (self.headers["Authorization"], json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            )
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/send"
    with app_on(database_url, tmp_path, clock, SMS_GATEWAY_URL=url, SMS_GATEWAY_TOKEN="secret") as app:
        yield taken, app
    server.shutdown()
    server.server_close()


def test_a_code_goes_by_text_message_through_the_operator_s_gateway(gateway: tuple[list[Any], Flask]) -> None:
    taken, app = gateway
    uof = known(app)
    request = ask(uof, "correction", identifiers={"phone": "8 701 123 45 67"})

    act(uof, request, "verify", {"method": "sms_code"})
    assert work(app) == 0

    ((authorization, message),) = taken
    assert (authorization, message["to"]) == ("Bearer secret", "+77011234567")
    code = re.search(r"\b\d{6}\b", message["text"])
    assert code
    assert act(uof, request, "verify", {"method": "sms_code", "code": code[0]})["identity"] == "sms_code"
