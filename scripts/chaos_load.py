"""Clients that record, withdraw and ask, and repeat what was not acknowledged with the same key until it is."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from typing import Any

DOCUMENT, PURPOSE = "personal-data-agreement", "targeted_advertising"
WITHDRAWING, ASKING = 0.4, 0.3  # shares of the people who do so after they consented
ANSWER_SECONDS, PAUSE_SECONDS = 10, 0.2
CREATED, TOO_MANY, SERVER = 201, 429, 500


@dataclass
class Acknowledged:
    """What the service said that it has, by the reference of the person."""

    consents: dict[str, str] = field(default_factory=dict)
    withdrawals: dict[str, dict[str, Any]] = field(default_factory=dict)  # Any: JSON values
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)  # Any: as above
    refused: list[str] = field(default_factory=list)  # answers that no client should get
    repeated: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clients:
    """Some clients that go on until they are told to stop, and then until all they sent is acknowledged."""

    def __init__(self, ports: list[int], secret: str, count: int) -> None:
        self.acknowledged = Acknowledged()
        self._ports, self._secret = ports, secret
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=[number]) for number in range(count)]

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
            if chance.random() < ASKING:
                asked = {"type": "access", "subject": ref, "channel": "form"}
                if (request := self._send("/subject-requests", ref, asked, chance)) is not None:
                    said.requests[ref] = request

    def _send(
        self, path: str, ref: str, body: dict[str, Any], chance: Random
    ) -> dict[str, Any] | None:  # Any: JSON values
        """Send until somebody answers what is final; None where it was refused, which is noted."""
        headers = {
            "Authorization": f"Bearer {self._secret}", "Content-Type": "application/json",
            "Idempotency-Key": f"{path[1:]}-{ref}",
        }  # fmt: skip
        while True:
            status, said = self._once(chance.choice(self._ports), path, headers, body)
            if status == CREATED:
                return said
            if 0 < status < SERVER and status != TOO_MANY:
                with self.acknowledged.lock:
                    self.acknowledged.refused.append(f"{path} {status} {said}")
                return None
            with self.acknowledged.lock:
                self.acknowledged.repeated += 1
            time.sleep(PAUSE_SECONDS * (0.5 + chance.random()))

    @staticmethod
    def _once(
        port: int, path: str, headers: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:  # Any: as above
        """Send once; the status is 0 where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read())  # Any: as above
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        else:
            return answer.status, said
        finally:
            connection.close()
