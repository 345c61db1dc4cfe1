"""Clients that record, withdraw and ask, and repeat what was not acknowledged with the same key until it is."""

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from typing import Any
from urllib.parse import urlencode

DOCUMENT, PURPOSE = "personal-data-agreement", "targeted_advertising"
WITHDRAWING, ASKING = 0.4, 0.3  # shares of the people who do so after they consented
ANSWER_SECONDS, PAUSE_SECONDS = 10, 0.2
DONE, TOO_MANY, SERVER = (200, 201), 429, 500


@dataclass
class Acknowledged:
    """What the service said that it has, by the reference of the person."""

    consents: dict[str, str] = field(default_factory=dict)
    withdrawals: dict[str, dict[str, Any]] = field(default_factory=dict)  # Any: JSON values
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)  # Any: as above
    refused: list[str] = field(default_factory=list)  # answers that no client should get
    checks: int = 0  # answers to whether a purpose is allowed
    repeated: int = 0
    why_repeated: Counter[str] = field(default_factory=Counter)  # statuses, 0 for no answer
    longest: float = 0.0  # seconds that somebody waited for an answer
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clients:
    """Some clients that go on until they are told to stop, and then until all they sent is acknowledged."""

    def __init__(self, ports: list[int], secret: str, count: int, patience: float = ANSWER_SECONDS) -> None:
        self.acknowledged = Acknowledged()
        self._ports, self._secret, self._patience = ports, secret, patience
        self._under_way: Counter[int] = Counter()
        self._ending = threading.Event()
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

    def turn_to(self, ports: list[int]) -> None:
        """Send to these ports alone, and wait until what is under way elsewhere is answered."""
        with self.acknowledged.lock:
            self._ports = ports
        while any(self._under_way[port] for port in [*self._under_way] if port not in ports):
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
            if not self._consent(ref, chance):
                continue
            if chance.random() < WITHDRAWING:
                self._withdraw(ref, chance)
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
        self._check(ref, chance)
        return True

    def _withdraw(self, ref: str, chance: Random) -> None:
        asked = {"subject": ref, "document": DOCUMENT, "channel": "platform"}
        if (withdrawal := self._send("/withdrawals", ref, asked, chance)) is not None:
            self.acknowledged.withdrawals[ref] = withdrawal

    def _check(self, ref: str, chance: Random) -> None:
        """Ask whether what was just allowed is allowed."""
        asked = urlencode({"subject": ref, "purpose": f"{DOCUMENT}#{PURPOSE}"})
        answer = self._send(f"/permissions?{asked}", ref, None, chance)
        if answer is not None and not answer["items"][0]["allowed"]:
            self._note_refused(f"/permissions {answer}")
        with self.acknowledged.lock:
            self.acknowledged.checks += 1

    def _send(
        self, path: str, ref: str, body: dict[str, Any] | None, chance: Random
    ) -> dict[str, Any] | None:  # Any: JSON values
        """Send until somebody answers what is final; None where it was refused, which is noted."""
        headers = {
            "Authorization": f"Bearer {self._secret}", "Content-Type": "application/json",
            "Idempotency-Key": f"{path[1:]}-{ref}",
        }  # fmt: skip
        while True:
            with self.acknowledged.lock:
                port = chance.choice(self._ports)
                self._under_way[port] += 1
            begun = time.monotonic()
            status, said = self._once(port, path, headers, body)
            with self.acknowledged.lock:
                self._under_way[port] -= 1
                self.acknowledged.longest = max(self.acknowledged.longest, time.monotonic() - begun)
            if status in DONE:
                return said
            if 0 < status < SERVER and status != TOO_MANY:
                self._note_refused(f"{path} {status} {said}")
                return None
            with self.acknowledged.lock:
                self.acknowledged.repeated += 1
                self.acknowledged.why_repeated[f"{status} to {path.partition('?')[0]}"] += 1
            time.sleep(PAUSE_SECONDS * (0.5 + chance.random()))

    def _note_refused(self, answer: str) -> None:
        with self.acknowledged.lock:
            self.acknowledged.refused.append(answer)

    def _once(
        self, port: int, path: str, headers: dict[str, str], body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:  # Any: as above
        """Send once; the status is 0 where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=self._patience)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read())  # Any: as above
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        else:
            return answer.status, said
        finally:
            connection.close()
