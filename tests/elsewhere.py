"""Other systems of an operator on loopback, which keep rows of people, and the targets that erase there.

Each answers as it is told to: well, later, half, without an answer, with an error, or with what is not true.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask

from consent_service.erasure.targets import Erased, Outcome, Target, Whom
from consent_service.services import attach, services

Rows = dict[str, dict[str, int]]  # by reference and table


@dataclass
class Elsewhere:
    """The systems by name: their rows, how they answer, and how often each person was erased in them."""

    port: int = 0
    rows: dict[str, Rows] = field(default_factory=dict)
    moods: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, name: str, ref: str, **tables: int) -> None:
        """Let a system have rows of a person."""
        self.rows.setdefault(name, {})[ref] = dict(tables)

    def targets(self, *names: str) -> list[Target]:
        """Return the targets of some systems, in this order."""
        return [Remote(name, self.port) for name in names]

    def left(self, ref: str) -> int:
        """Return how many rows of a person are left everywhere."""
        return sum(sum(people.get(ref, {}).values()) for people in self.rows.values())

    def answer(self, name: str, act: str, ref: str) -> tuple[int, Any] | None:  # Any: a JSON value
        """Do what a system is asked; None stands for no answer at all."""
        with self.lock:
            self.calls[f"{name} {act}"] += 1
            mood = self.moods.get(name, "well")
            there = self.rows.setdefault(name, {}).setdefault(ref, {})
            if mood == "down":
                return 500, {}
            if act == "find":
                return 200, there
            return self._erase(name, mood, there)

    def _erase(self, name: str, mood: str, there: dict[str, int]) -> tuple[int, Any] | None:  # Any: a JSON value
        if mood == "later":
            return 200, {"outcome": "later", "counts": {}, "left": dict(there)}
        if mood == "lies":
            return 200, {"outcome": "confirmed", "counts": dict.fromkeys(there, 0), "left": dict.fromkeys(there, 0)}
        if mood == "contradicts itself":
            return 200, {"outcome": "confirmed", "counts": dict(there), "left": dict(there)}
        tables = list(there)[:1] if mood == "half" else list(there)
        counts = {f"{table}: delete": there[table] for table in tables}
        there.update(dict.fromkeys(tables, 0))
        if mood == "half":
            self.moods[name] = "well"
            return 500, {}
        if mood == "silent":
            self.moods[name] = "well"
            return None
        return 200, {"outcome": "confirmed", "counts": counts, "left": dict(there)}


@dataclass(frozen=True, slots=True)
class Remote:
    """A target that asks a system over HTTP."""

    name: str
    port: int
    kind: str = "loopback"

    def find(self, whom: Whom) -> Mapping[str, int]:
        found: dict[str, int] = self._ask("find", whom)
        return found

    def collect(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:  # Any: column values
        return {table: [{"row": n} for n in range(rows)] for table, rows in self.find(whom).items()}

    def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:
        said = self._ask("erase", whom, dict(found_before))
        return Erased(Outcome(said["outcome"]), said["counts"], "loopback", said["left"])

    def _ask(self, act: str, whom: Whom, found: Mapping[str, int] | None = None) -> Any:  # Any: a JSON value
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"/{self.name}/{act}", json.dumps({"ref": whom.ref, "found": found}))
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(answer.status)
            return json.loads(answer.read())
        finally:
            connection.close()


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Run the systems on a free port of loopback."""
    systems = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ref = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["ref"]
            _, name, act = self.path.split("/")
            said = systems.answer(name, act, ref)
            if said is None:
                self.close_connection = True
                return
            self.send_response(said[0])
            self.end_headers()
            self.wfile.write(json.dumps(said[1]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    systems.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield systems
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def aim(app: Flask, targets: Sequence[Target]) -> None:
    """Let an application erase at some targets too, whoever the operator is."""
    with app.app_context():
        there = services()
    attach(app, replace(there, targets=lambda _uow: targets))
