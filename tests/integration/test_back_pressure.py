"""What the server does with more than it can serve, over real HTTP: it says so, and loses nothing that it took."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from consent_service.api.bodies import SMALL_BYTES
from consent_service.config import LARGE_BODIES, ROOT, SMALL_BODIES
from tests.factories import consent

BODY = json.dumps(consent()).encode()


@dataclass
class Served:
    process: subprocess.Popen[str]
    place: Path
    port: int
    secret: str

    def begin(self, sent: int = len(BODY), declared: int | str = len(BODY)) -> socket.socket:
        """Send the head of a request and its body, or a part of it."""
        connection = socket.create_connection(("127.0.0.1", self.port), 20)
        head = (
            "POST /api/v1/consents HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.secret}\r\nContent-Length: {declared}\r\n\r\n"
        )
        connection.sendall(head.encode() + BODY[:sent])
        return connection

    @contextmanager
    def working(self) -> Iterator[tuple[socket.socket, sqlite3.Connection]]:
        """Send a request which takes the one place there is, until the database may be written to again."""
        with closing(sqlite3.connect(self.place / "kelisim.db", 20, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with closing(self.begin()) as connection:
                assert b" 200 " in self.get("/healthz"), "whether it lives is always answered"
                yield connection, writer

    def get(self, path: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
            return read_all(connection)

    def refusal(self) -> bytes:
        """Ask until the one place is taken, and return what is said then."""
        for _ in range(200):
            answer = self.get("/readyz")
            if b" 503 " in answer:
                return answer
        raise AssertionError


def read_head(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(4096)
    return found


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
            yield Served(process, place, port, secret)
        finally:
            process.terminate()


def test_who_comes_while_all_places_are_taken_is_told_when_to_come_again(served: Served) -> None:
    answers: list[bytes] = []
    others = [threading.Thread(target=lambda: answers.append(served.refusal())) for _ in range(3)]
    with served.working() as (slow, writer):
        for one in others:
            one.start()
        for one in others:
            one.join()
        writer.close()
        assert b" 201 " in slow.recv(100), "what had its place is served"

    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"retry-after: 5" in head.lower()
        assert b"content-security-policy" in head.lower()
        assert json.loads(body)["code"] == "overloaded"
    assert b" 200 " in served.get("/readyz")


def test_bodies_that_never_come_take_no_place_and_the_most_of_them_are_bounded(served: Served) -> None:
    with ExitStack() as held:
        silent = held.enter_context(closing(served.begin(sent=40)))
        for _ in range(SMALL_BODIES - 1):
            held.enter_context(closing(served.begin(sent=40)))
        for _ in range(LARGE_BODIES):
            held.enter_context(closing(served.begin(sent=40, declared=SMALL_BYTES + 1)))

        assert b" 200 " in served.get("/readyz"), "the one place is free"
        answer = next(one for one in (recorded(served) for _ in range(200)) if b" 503 " in one)
        assert b"retry-after: 5" in answer.lower()

        silent.sendall(BODY[40:])
        assert b" 201 " in silent.recv(100), "what comes at last is served"
    assert any(b" 201 " in recorded(served) for _ in range(200)), "those who went have left their threads"


def recorded(served: Served) -> bytes:
    """Record a consent and return the head of the answer."""
    with closing(served.begin()) as connection:
        return read_head(connection)


def test_a_body_whose_length_cannot_be_told_or_that_was_cut_off_is_refused_and_holds_nothing(served: Served) -> None:
    for length, status in ((f"{len(BODY):020}", b" 201 "), (f"{len(BODY):021}", b" 400 ")):
        with closing(served.begin(declared=length)) as connection:
            assert status in read_head(connection), length
    with closing(served.begin(sent=40)) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert read_head(connection).startswith(b"HTTP/1.1 400")
    with socket.create_connection(("127.0.0.1", served.port), 20) as connection:
        head = b"POST /dashboard/sign-in HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"5\r\nemail\r\n0\r\n\r\n")
        assert read_head(connection).startswith(b"HTTP/1.1 400")
    assert b" 200 " in served.get("/readyz")


def test_a_stream_of_http_2_that_is_cut_off_without_a_length_holds_no_place(served: Served) -> None:
    fields = {":method": "POST", ":scheme": "http", ":authority": "here", ":path": "/api/v1/consents"}
    block = b"".join(
        b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in field) for field in fields.items()
    )  # no index, no Huffman code
    begun = [(1, 4, block), (0, 0, BODY[:40])]  # HEADERS that end, and DATA that does not
    with socket.create_connection(("127.0.0.1", served.port), 20) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
        connection.sendall(b"".join(frame(kind, flags, 1, payload) for kind, flags, payload in begun))
        answer = b""
        while b"urn:kelisim:problem:" not in answer:
            answer += connection.recv(4096)
        assert b" 200 " in served.get("/readyz")


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame of HTTP/2."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def test_a_head_that_is_too_large_is_refused(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")
        assert b" 431 " in connection.recv(200)


def test_a_request_that_is_under_way_is_answered_when_the_server_is_told_to_stop(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        waiting = threading.Thread(target=served.get, args=("/readyz",), daemon=True)
        with served.working() as (slow, writer):
            waiting.start()
            served.refusal()

            served.process.send_signal(signal.SIGTERM)
            writer.close()

            assert b" 201 " in slow.recv(100)
        waiting.join()
        assert served.process.wait(30) == 0
