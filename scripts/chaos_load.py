"""Clients that record, withdraw and ask, and repeat what was not acknowledged with the same key until it is."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from typing import Any

SLUG, DOCUMENT, PURPOSE = "uof", "personal-data-agreement", "targeted_advertising"
WITHDRAWING, ASKING = 0.4, 0.3  # shares of the people who do so after they consented
WITHDRAWN = {"withdrawal_pending", "withdrawn"}
ANSWERED_WITHIN, PAUSE_SECONDS = 30, 0.2
OK, CREATED, TOO_MANY, UNAVAILABLE = 200, 201, 429, 503
Address = tuple[str, int]
Body = dict[str, Any]  # Any: JSON values


@dataclass
class Seen:
    """What the clients were answered during some time."""

    served: int = 0
    unavailable: int = 0
    slowest: float = 0


@dataclass
class Acknowledged:
    """What the service said that it has, by the reference of the person."""

    consents: dict[str, str] = field(default_factory=dict)
    withdrawals: dict[str, Body] = field(default_factory=dict)
    requests: dict[str, Body] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # answers that no client should get
    repeated: int = 0
    seen: list[Seen] = field(default_factory=list)  # by those who look now
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, status: int, again: str | None, body: Body, seconds: float) -> None:
        """Take down an answer, and whether it is one that nobody should get; the status is 0 where none came."""
        with self.lock:
            for seen in self.seen:
                seen.served += status in {OK, CREATED}
                seen.unavailable += status == UNAVAILABLE
                seen.slowest = max(seen.slowest, seconds)
            if seconds >= ANSWERED_WITHIN:
                self.refused.append(f"{path} nothing within {seconds:.0f} seconds")
            elif status == UNAVAILABLE and not again:
                self.refused.append(f"{path} 503 without Retry-After")
            elif status not in {0, OK, CREATED, TOO_MANY, UNAVAILABLE}:
                self.refused.append(f"{path} {status} {body}")


class Clients:
    """Some clients that go on until they are told to stop, and then until all they sent is acknowledged."""

    def __init__(self, addresses: Sequence[Address], secret: str, count: int) -> None:
        self.acknowledged = Acknowledged()
        self._addresses, self._secret = addresses, secret
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=[number]) for number in range(count)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    @contextmanager
    def looking(self) -> Iterator[Seen]:
        """Yield what the clients are answered from now on until the block ends."""
        seen = Seen()
        self.acknowledged.seen.append(seen)
        try:
            yield seen
        finally:
            self.acknowledged.seen.remove(seen)

    def wait_for_more(self, seconds: float) -> None:
        """Wait until something more is acknowledged.

        Raises:
            TimeoutError: Nothing is.
        """
        before, until = len(self.acknowledged.consents), time.monotonic() + seconds
        while len(self.acknowledged.consents) == before:
            if time.monotonic() > until:
                raise TimeoutError(f"nothing was acknowledged for {seconds:.0f} seconds")
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Begin nothing new, and wait until what was begun is acknowledged."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _live(self, number: int) -> None:
        chance = Random(number)  # noqa: S311 - no secret
        said = self.acknowledged
        turn = 0
        while not self._ending.is_set():
            ref, turn = f"c{number}-{turn}", turn + 1
            body = {
                "document": DOCUMENT, "subject": {"ref": ref}, "language": "kk", "channel": "web",
                "choices": [{"purpose": PURPOSE, "granted": True}],
            }  # fmt: skip
            consent = self._send("/consents", ref, body, chance)
            if consent is None:
                continue
            said.consents[ref] = consent["id"]
            if chance.random() < WITHDRAWING:
                asked = {"subject": ref, "document": DOCUMENT, "channel": "platform"}
                if (withdrawal := self._send("/withdrawals", ref, asked, chance)) is not None:
                    said.withdrawals[ref] = withdrawal
                    self._ask_every_node(ref)
            if chance.random() < ASKING:
                asked = {"type": "access", "subject": ref, "channel": "form"}
                if (request := self._send("/subject-requests", ref, asked, chance)) is not None:
                    said.requests[ref] = request

    def _send(self, path: str, ref: str, body: Body, chance: Random) -> Body | None:
        """Send until somebody answers what is final; None where it was refused, which is noted."""
        key = f"{path[1:]}-{ref}"
        while True:
            status, said = self._once(chance.choice(self._addresses), "POST", path, body, key)
            if status == CREATED:
                return said
            if 0 < status < UNAVAILABLE and status != TOO_MANY:
                return None
            with self.acknowledged.lock:
                self.acknowledged.repeated += 1
            time.sleep(PAUSE_SECONDS * (0.5 + chance.random()))

    def _ask_every_node(self, ref: str) -> None:
        """Ask about what was just withdrawn: each node that answers must know of it, whatever is allowed until when."""
        path = f"/permissions?subject={ref}&purpose={SLUG}%2F{DOCUMENT}%23{PURPOSE}"
        for address in self._addresses:
            status, said = self._once(address, "GET", path, None, None)
            if status == OK and said["items"][0]["state"] not in WITHDRAWN:
                with self.acknowledged.lock:
                    self.acknowledged.refused.append(f"{path} a node does not know of the withdrawal")

    def _once(self, address: Address, method: str, path: str, body: Body | None, key: str | None) -> tuple[int, Body]:
        """Send once; the status is 0 where no whole answer came."""
        headers = {"Authorization": f"Bearer {self._secret}"}
        if body is not None and key is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        status, again, said, began = 0, None, {}, time.monotonic()
        connection = http.client.HTTPConnection(*address, timeout=ANSWERED_WITHIN)
        try:
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            status, again = answer.status, answer.headers["Retry-After"]
        except (OSError, http.client.HTTPException, ValueError):
            said = {}
        finally:
            connection.close()
        self.acknowledged.note(path.partition("?")[0], status, again, said, time.monotonic() - began)
        return status, said
