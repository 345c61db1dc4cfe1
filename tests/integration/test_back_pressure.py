"""What the server does with more than it can serve, over real HTTP: it says so, and loses nothing that it took."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from consent_service.config import ROOT
from tests.factories import consent

BODY = json.dumps(consent()).encode()


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    secret: str

    def begin(self, sent: int = 40) -> socket.socket:
        """Send the head of a request and a part of its body, which takes the one place there is."""
        connection = socket.create_connection(("127.0.0.1", self.port), 20)
        head = (
            "POST /api/v1/consents HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.secret}\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        connection.sendall(head.encode() + BODY[:sent])
        return connection

    def get(self, path: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
            return read_all(connection)

    def takes_nobody(self) -> None:
        """Wait until the one place is taken and somebody waits for it: the next is sent away at once."""
        for _ in range(200):
            if b" 503 " in self.get("/readyz"):
                return
        raise AssertionError


def read_all(connection: socket.socket) -> bytes:
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


@contextmanager
def serving(place: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environ = {**os.environ, "DATA_DIR": str(place), "PORT": str(port), "SHOP_PORT": "0", "WEB_THREADS": "1"}
    environ["LOG_LEVEL"] = "error"
    command = [sys.executable, "-m", "consent_service", "run"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert any(line.startswith("READY") for line in process.stdout or ())
            secret = json.loads((place / "demo.json").read_text())["operators"]["uof"]["secret_key"]
            yield Served(process, port, secret)
        finally:
            process.terminate()


def test_who_comes_while_all_places_are_taken_is_told_when_to_come_again(served: Served) -> None:
    slow = served.begin()
    answers: list[bytes] = []
    others = [threading.Thread(target=lambda: answers.append(served.get("/readyz"))) for _ in range(3)]
    for one in others:
        one.start()
    assert b" 200 " in served.get("/healthz"), "whether it lives is always answered"
    for one in others:
        one.join()

    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 503 " in head
        assert b"retry-after: 5" in head.lower()
        assert b"content-security-policy" in head.lower()
        assert json.loads(body)["code"] == "overloaded"
    slow.sendall(BODY[40:])
    assert b" 201 " in slow.recv(100), "what had its place is served"
    slow.close()
    assert b" 200 " in served.get("/readyz")


def test_a_head_that_is_too_large_is_refused(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")
        assert b" 431 " in connection.recv(200)


def test_a_request_that_is_under_way_is_answered_when_the_server_is_told_to_stop(tmp_path: Path) -> None:
    with serving(tmp_path) as stopped:
        slow = stopped.begin()
        waiting = threading.Thread(target=stopped.get, args=("/readyz",), daemon=True)
        waiting.start()
        stopped.takes_nobody()

        stopped.process.send_signal(signal.SIGTERM)
        slow.sendall(BODY[40:])

        assert b" 201 " in slow.recv(100)
        slow.close()
        waiting.join()
        assert stopped.process.wait(30) == 0
