"""Requests to addresses that somebody else named: to public hosts alone, bounded in time and size.

The name is resolved once, every address found is checked, and the connection goes to one of those that were checked.
Nothing is followed: no redirect, no proxy of the environment.
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.parse import SplitResult, urlsplit

import h11

from consent_service.kernel.errors import ConsentServiceError

TOTAL_SECONDS = 10.0
MOST_BYTES = 64 * 1024
_READ_BYTES = 16 * 1024
_PORTS = {"https": 443, "http": 80}
_REDIRECTS = range(300, 400)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# What is of special use by IANA's registries, whatever this release of Python thinks of it.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ),
    )
)  # fmt: skip
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundRefusedError(ConsentServiceError):
    """The service does not send anything to this address."""

    code = "address-refused"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outbound:
    """The way out: https on port 443 to public addresses; with ``allow_private`` any http(s) address and port."""

    allow_private: bool = False

    def check(self, url: str) -> None:
        """Refuse what can be refused without asking for the name; every request checks again.

        Raises:
            OutboundRefusedError: Scheme, port, form or literal address.
        """
        host = self._parts(url).hostname or ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return
        self._check_address(address)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body.

        Raises:
            OutboundRefusedError: The address is refused, or the answer is a redirect.
            OSError: The network or the other end fails: no answer in time, too large, not HTTP, a bad certificate.
        """
        return self._send("POST", url, body, headers)

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Fetch; raises as ``post`` does."""
        return self._send("GET", url, b"", headers)

    def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = self._parts(url)
        host, port = _ascii_host(parts), parts.port or _PORTS[parts.scheme]
        deadline = _Deadline(monotonic() + TOTAL_SECONDS)
        addresses = _resolve(host, port, deadline)
        for address in addresses:
            self._check_address(address)
        request = h11.Request(
            method=method,
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            headers=[
                ("Host", _host_header(host, parts)),
                ("Connection", "close"),
                ("User-Agent", "kelisim"),
                ("Content-Length", str(len(body))),
                *headers.items(),
            ],
        )
        with closing(_connect(addresses, port, deadline)) as plain:
            line = _secured(plain, host, deadline) if parts.scheme == "https" else plain
            with closing(line):
                answer = _exchange(line, request, body, deadline)
        if answer.status in _REDIRECTS:
            raise OutboundRefusedError("The address answers with a redirect. Give the address that it leads to.")
        return answer

    def _parts(self, url: str) -> SplitResult:
        """Return the parts of an address of the right form."""
        if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in url):
            raise OutboundRefusedError("The address holds a space, a backslash or a control character.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise OutboundRefusedError("This is no address. Give one such as https://example.kz/hook.") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise OutboundRefusedError("This is no web address. Give one such as https://example.kz/hook.")
        if parts.username is not None or parts.fragment:
            raise OutboundRefusedError("Give the address without user, password and fragment.")
        if not (parts.path + parts.query).isascii():
            raise OutboundRefusedError("Percent-encode what is not ASCII in path and query.")
        if not self.allow_private and (parts.scheme != "https" or port not in (None, 443)):
            raise OutboundRefusedError("Only https:// on port 443 is allowed.")
        _ascii_host(parts)
        return parts

    def _check_address(self, address: IPAddress) -> None:
        if not self.allow_private and not is_public(address):
            raise OutboundRefusedError("The host is not on the public internet. Give one that is.")


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the public internet, and carries no other inside.

    >>> [is_public(ipaddress.ip_address(text)) for text in ("9.9.9.9", "127.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1")]
    [True, False, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False  # mapped and compatible IPv4, NAT64, loopback, link-local, site-local, unique local, multicast
    return address.is_global and not any(address in net for net in _SPECIAL if net.version == address.version)


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: float

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: There are none.
        """
        left = self.at - monotonic()
        if left <= 0:
            raise TimeoutError("There was no answer in time.")
        return left


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise OutboundRefusedError("The host of the address is no name.") from None


def _host_header(host: str, parts: SplitResult) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if parts.port in (None, _PORTS[parts.scheme]) else f"{name}:{parts.port}"


def _resolve(host: str, port: int, deadline: _Deadline) -> list[IPAddress]:
    """Ask for the addresses of a host, once; a resolver that hangs is left to its own time-out."""
    found: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found.put([str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except OSError as error:
            found.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError("The name was not resolved in time.") from None
    if isinstance(answer, OSError):
        raise answer
    return [ipaddress.ip_address(text) for text in answer]


def _connect(addresses: Sequence[IPAddress], port: int, deadline: _Deadline) -> socket.socket:
    failure = OSError("The host has no address.")
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=deadline.left())
        except OSError as error:
            failure = error
    raise failure


def _secured(plain: socket.socket, host: str, deadline: _Deadline) -> socket.socket:
    plain.settimeout(deadline.left())
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _exchange(line: socket.socket, request: h11.Request, body: bytes, deadline: _Deadline) -> Answer:
    http = h11.Connection(h11.CLIENT)
    parts = [http.send(request), http.send(h11.Data(data=body)), http.send(h11.EndOfMessage())]
    waiting = memoryview(b"".join(part for part in parts if part))
    while waiting:
        line.settimeout(deadline.left())
        waiting = waiting[line.send(waiting) :]
    try:
        return _read(line, http, deadline)
    except h11.RemoteProtocolError:
        raise OSError("The answer is not HTTP.") from None


def _read(line: socket.socket, http: h11.Connection, deadline: _Deadline) -> Answer:
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            line.settimeout(deadline.left())
            http.receive_data(line.recv(_READ_BYTES))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BYTES:
                raise OSError("The answer is too large.")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            names = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            return Answer(head.status_code, bytes(body), names)
        elif not isinstance(event, h11.InformationalResponse):
            raise OSError("The other end closed before its answer was complete.")
