"""An operator whose systems are told of events: real receivers on loopback, the real job, a clock that is moved."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import text
from standardwebhooks import Webhook

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.jobs.tasks import Count
from consent_service.services import services
from tests.databases import app_on
from tests.factories import consent
from tests.receivers import Behaviour, Line, read_request, serving

if TYPE_CHECKING:
    from tests.integration.conftest import Api, MovableClock

MOST_ROUNDS = 1_000
LABORATORY = {"INSECURE_ALLOW_PRIVATE_ADDRESSES": "1"}


def status(code: int) -> bytes:
    """Return an answer without a body."""
    return b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\n\r\n" % code


@dataclass
class Hook:
    """A receiver: what it got, and what it does with the next requests, 204 when nothing else is said."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int | bytes | Behaviour] = field(default_factory=list)
    always: int = 204
    url: str = ""

    def behave(self, line: Line) -> None:
        """Take one request."""
        answer = self.answers.pop(0) if self.answers else self.always
        if callable(answer):
            answer(line)
            return
        first, headers, body = read_request(line)
        if not first:
            return  # the worker was killed before it had said anything
        self.received.append((headers, body))
        line.sendall(status(answer) if isinstance(answer, int) else answer)
        line.close()

    @property
    def events(self) -> list[Any]:  # Any: JSON
        """The bodies that came, in order."""
        return [json.loads(body) for _, body in self.received]

    @property
    def types(self) -> list[str]:
        """The types of the events that came, in order."""
        return [event["type"] for event in self.events]

    @property
    def ids(self) -> list[str]:
        """The ``webhook-id`` of each request."""
        return [headers["webhook-id"] for headers, _ in self.received]

    def signed_by(self, secret: str) -> list[bool]:
        """Say of each request whether a secret signed it, whatever the clock of this machine says."""
        return [_is_signed(secret, headers, body) for headers, body in self.received]


@contextmanager
def hook() -> Iterator[Hook]:
    """Yield a receiver that listens."""
    made = Hook()
    with serving(made.behave) as port:
        made.url = f"http://127.0.0.1:{port}/hook"
        yield made


@dataclass
class House:
    """The application with an operator's client, and what tests do with its webhooks."""

    app: Flask
    clock: "MovableClock"
    api: "Api"

    def subscribe(self, address: str, *events: str) -> tuple[str, str]:
        """Name an address; returns the webhook and its secret."""
        answer = self.api.post("/webhooks", {"address": address, "events": list(events)})
        assert answer.status_code == 201, answer.json
        return answer.json["id"], answer.json["secret"]

    def give(self, number: int = 1) -> None:
        """Have a person consent."""
        assert self.api.post("/consents", consent(subject={"ref": f"person-{number}"})).status_code == 201

    def until_settled(self, webhook_id: str, **step: float) -> None:
        """Run the job and move the clock until nothing is owed to a webhook."""
        rounds = 0
        while self.webhook(webhook_id)["owed"]:
            self.run()
            self.clock.move(**step)
            rounds += 1
            assert rounds < MOST_ROUNDS

    def run(self, *names: str) -> Count:
        """Run jobs once, that which delivers when none is named."""
        total = Count()
        with self.app.app_context():
            for name in names or ("webhooks.deliver",):
                count = run_now(services(), find_job(name))
                total = Count(total.done + count.done, total.failed + count.failed)
        return total

    def webhook(self, webhook_id: str) -> Any:  # Any: JSON
        """Read a webhook."""
        return self.api.get(f"/webhooks/{webhook_id}").json

    def deliveries(self, webhook_id: str, **query: str) -> Any:  # Any: JSON
        """List the deliveries of a webhook, the latest first."""
        return self.api.get(f"/webhooks/{webhook_id}/deliveries", **query).json["items"]

    def rows(self, query: str) -> list[tuple[Any, ...]]:  # Any: column values
        """Return what the database holds."""
        with self.app.app_context(), db.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@contextmanager
def house_on(
    url: str, data_dir: Path, clock: "MovableClock", client: Callable[[Flask, str], "Api"], **environ: str
) -> Iterator[House]:
    """Yield a house on a database, where private addresses are allowed."""
    with app_on(url, data_dir, clock, **LABORATORY, **environ) as app:
        yield House(app, clock, client(app, "uof"))


def _is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(secret).sign(headers["webhook-id"], at, body.decode())
    return signature in headers["webhook-signature"].split(" ")
