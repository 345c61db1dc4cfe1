"""Clients that record, withdraw and ask, and repeat what was not acknowledged with the same key until it is."""

import http.client
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from typing import Any
from urllib.parse import urlencode

SLUG, DOCUMENT, PURPOSE = "uof", "personal-data-agreement", "targeted_advertising"
WITHDRAWING, ASKING = 0.4, 0.3  # shares of the people who do so after they consented
WITHDRAWN = {"withdrawal_pending", "withdrawn"}
ANSWERED_WITHIN, STOPPED_WITHIN, PAUSE_SECONDS = 30, 120, 0.2
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
    checks: int = 0  # answers to whether what was just allowed is
    repeated: int = 0
    why_repeated: Counter[str] = field(default_factory=Counter)  # by status, 0 for no answer, and path
    longest: float = 0.0  # seconds that somebody waited for an answer
    seen: list[Seen] = field(default_factory=list)  # by those who look now
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, status: int, again: str | None, body: Body, seconds: float) -> None:
        """Take down an answer, and whether it is one that nobody should get; the status is 0 where none came."""
        with self.lock:
            self.longest = max(self.longest, seconds)
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

    def refuse(self, answer: str) -> None:
        """Take down an answer that nobody should get."""
        with self.lock:
            self.refused.append(answer)


class Clients:
    """Some clients that go on until they are told to stop, and then until all they sent is acknowledged."""

    def __init__(
        self, addresses: Sequence[Address], secret: str, count: int, patience: float = ANSWERED_WITHIN
    ) -> None:
        self.acknowledged = Acknowledged()
        self._addresses, self._secret, self._patience = addresses, secret, patience
        self._under_way: Counter[Address] = Counter()
        self._ending, self._gives_up_at = threading.Event(), math.inf
        self._threads = [threading.Thread(target=self._live, args=[number]) for number in range(count)]

    def live_once(self, ref: str) -> None:
        """Have one person consent and withdraw, before the others begin."""
        chance = Random(ref)  # noqa: S311 - no secret
        if self._consent(ref, chance):
            self._withdraw(ref, chance)

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

    def turn_to(self, addresses: Sequence[Address]) -> None:
        """Send to these nodes alone, and wait until what is under way elsewhere is answered."""
        with self.acknowledged.lock:
            self._addresses = addresses
        while any(self._under_way[one] for one in [*self._under_way] if one not in addresses):
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Begin nothing new, and wait until what was begun is acknowledged; what never is, is noted."""
        self._gives_up_at = time.monotonic() + STOPPED_WITHIN
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _live(self, number: int) -> None:
        chance = Random(number)  # noqa: S311 - no secret
        said = self.acknowledged
        turn = 0
        while not self._ending.is_set():
            ref, turn = f"c{number}-{turn}", turn + 1
            if not self._consent(ref, chance):
                continue
            if chance.random() < WITHDRAWING and self._withdraw(ref, chance):
                self._ask_every_node(ref)
            if chance.random() < ASKING:
                asked = {"type": "access", "subject": ref, "channel": "form"}
                if (request := self._send("/subject-requests", ref, asked, chance)) is not None:
                    said.requests[ref] = request

    def _consent(self, ref: str, chance: Random) -> bool:
        """Record a consent, and ask whether it is one."""
        body = {
            "document": DOCUMENT, "subject": {"ref": ref, "identifiers": {"email": f"{ref}@example.kz"}},
            "language": "kk", "channel": "web", "choices": [{"purpose": PURPOSE, "granted": True}],
        }  # fmt: skip
        consent = self._send("/consents", ref, body, chance)
        if consent is None:
            return False
        self.acknowledged.consents[ref] = consent["id"]
        said = self._send(_asked_about(ref), ref, None, chance)
        if said is not None and not said["items"][0]["allowed"]:
            self.acknowledged.refuse(f"/permissions {said}")
        with self.acknowledged.lock:
            self.acknowledged.checks += 1
        return True

    def _withdraw(self, ref: str, chance: Random) -> bool:
        asked = {"subject": ref, "document": DOCUMENT, "channel": "platform"}
        withdrawal = self._send("/withdrawals", ref, asked, chance)
        if withdrawal is not None:
            self.acknowledged.withdrawals[ref] = withdrawal
        return withdrawal is not None

    def _send(self, path: str, ref: str, body: Body | None, chance: Random) -> Body | None:
        """Send until somebody answers what is final; None where it was refused, which is noted."""
        key = f"{path[1:]}-{ref}"
        while True:
            with self.acknowledged.lock:
                address = chance.choice(self._addresses)
                self._under_way[address] += 1
            status, said = self._once(address, path, body, key)
            with self.acknowledged.lock:
                self._under_way[address] -= 1
            if status in {OK, CREATED}:
                return said
            if 0 < status < UNAVAILABLE and status != TOO_MANY:
                return None
            if time.monotonic() > self._gives_up_at:
                self.acknowledged.refuse(f"{path} not acknowledged within {STOPPED_WITHIN} seconds of the end")
                return None
            with self.acknowledged.lock:
                self.acknowledged.repeated += 1
                self.acknowledged.why_repeated[f"{status} to {path.partition('?')[0]}"] += 1
            time.sleep(PAUSE_SECONDS * (0.5 + chance.random()))

    def _ask_every_node(self, ref: str) -> None:
        """Ask about what was just withdrawn: each node that answers must know of it, whatever is allowed until when."""
        for address in self._addresses:
            status, said = self._once(address, _asked_about(ref), None, None)
            if status == OK and said["items"][0]["state"] not in WITHDRAWN:
                self.acknowledged.refuse(f"{ref}: a node does not know of the withdrawal")

    def _once(self, address: Address, path: str, body: Body | None, key: str | None) -> tuple[int, Body]:
        """Send once; the status is 0 where no whole answer came."""
        headers = {"Authorization": f"Bearer {self._secret}"}
        if body is not None and key is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        status, again, said, began = 0, None, {}, time.monotonic()
        connection = http.client.HTTPConnection(*address, timeout=self._patience)
        try:
            method = "GET" if body is None else "POST"
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


def _asked_about(ref: str) -> str:
    asked = urlencode({"subject": ref, "purpose": f"{SLUG}/{DOCUMENT}#{PURPOSE}"})
    return f"/permissions?{asked}"
