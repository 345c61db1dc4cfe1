"""Load over HTTP from one thread: several connections that stay open, each with one request under way.

The answers are read whole and their status is looked at.  It costs some 30 microseconds of a core a request, on the
machine that is measured; ``wrk`` would cost a third, and cannot send another person each time without a script.
"""

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST_BYTES = 1 << 16


@dataclass
class Measured:
    """What was measured of one kind of request, over all rounds."""

    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    errors: int = 0
    problem: str = ""  # the first answer that was an error

    def quantile_ms(self, share: float) -> float:
        """Return a latency in milliseconds that a share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return round(1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2)


class _Connection:
    """A connection and the answer that it is reading."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        is_https = parts.scheme == "https"
        plain = socket.create_connection((parts.hostname or "", parts.port or (443 if is_https else 80)), 10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = ssl.create_default_context()
        self.socket = context.wrap_socket(plain, server_hostname=parts.hostname) if is_https else plain
        self.read = b""
        self.wanted = -1
        self.began = 0.0

    def send(self, request: bytes) -> None:
        self.read, self.wanted, self.began = b"", -1, time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; say whether the answer is whole."""
        got = self.socket.recv(MOST_BYTES)
        if not got:
            raise ConnectionError(f"The server closed the connection after {self.read[:200]!r}")
        self.read += got
        if self.wanted < 0:
            end = self.read.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.read[:end].lower()
            at = head.find(b"content-length:")
            self.wanted = end + 4 + (int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
        return len(self.read) >= self.wanted


def drive(base_url: str, request: Callable[[int], bytes], clients: int, seconds: float, measured: Measured) -> None:
    """Send requests by number from several connections for a while, and add what was measured."""
    selector = selectors.DefaultSelector()
    number = 0
    for _ in range(clients):
        connection = _Connection(base_url)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(request(number))
        number += 1
    begin = time.perf_counter()
    stop, under_way, answered = begin + seconds, clients, 0
    while under_way:
        for key, _ in selector.select(30):
            connection = key.data
            if not connection.receive():
                continue
            now = time.perf_counter()
            measured.latencies.append(now - connection.began)
            answered += 1
            if connection.read[9:10] != b"2":
                measured.errors += 1
                measured.problem = measured.problem or connection.read.decode(errors="replace")[:600]
            if now < stop:
                connection.send(request(number))
                number += 1
            else:
                under_way -= 1
                selector.unregister(connection.socket)
                connection.socket.close()
    measured.rates.append(answered / (time.perf_counter() - begin))
    selector.close()


def get(host: str, path: str, headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a GET."""
    return _request("GET", host, path, headers or {}, b"")


def post(host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the bytes of a POST of JSON."""
    lengths = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return _request("POST", host, path, headers | lengths, body)


def _request(method: str, host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
