"""Requests to addresses that somebody else named: where they may go, and what no receiver can do to us."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.kernel import outbound
from consent_service.kernel.outbound import MOST_BYTES, Outbound, OutboundRefusedError, is_public
from tests.receivers import Line, answering, certificate_for, read_request, serving

GUARDED, LABORATORY = Outbound(), Outbound(allow_private=True)
HOST = "receiver.example.kz"
PUBLIC = "9.9.9.9"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: test\r\n\r\nok"
REAL_CONNECT = socket.create_connection
NOT_PUBLIC = (
    "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1",
    "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "233.252.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1",
)  # fmt: skip
# Forms that resolvers turn into the loopback or a private address.
DISGUISED = (
    "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "0", "0x7f.1", "localhost", "LOCALHOST", "127.0.0.1.",
    "[::1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[0:0:0:0:0:ffff:127.0.0.1]", "１２７.0.0.1", "127。0。0。1",
)  # fmt: skip
MALFORMED = (
    "", "example.kz", "//example.kz", "https://", "https:///hook", "ftp://example.kz/", "file:///etc/passwd",
    "gopher://example.kz", "https://example.kz:99999/", "https://example.kz:x/", "https://[::1/", "https://a b.kz/",
    "https://example.kz/\r\nX-A: b", "https://example.kz/\thook", "https://example.kz\\@127.0.0.1/", "https://..kz/",
    "https://user@example.kz/", "https://user:word@example.kz/", "https://example.kz/#part", "https://example.kz/ә",
    f"https://{'a' * 64}.kz/",
)  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a receiver that never ends cost a test half a second, not ten."""
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)


@pytest.fixture
def ended() -> Iterator[threading.Event]:
    """What receivers wait for that hang."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Fail every attempt to connect, and tell of it."""
    tried: list[Any] = []

    def refuse(address: Any, timeout: float | None = None) -> socket.socket:
        tried.append(address)
        raise AssertionError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_what_is_not_on_the_public_internet_is_refused(text: str, no_connection: list[Any]) -> None:
    host = f"[{text}]" if ":" in text else text

    assert not is_public(ipaddress.ip_address(text))
    with pytest.raises(OutboundRefusedError):
        GUARDED.check(f"https://{host}/hook")
    with pytest.raises(OutboundRefusedError):
        GUARDED.post(f"https://{host}/hook", b"{}", {})
    assert no_connection == []


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_carried_in_an_ipv6_address_is_never_public(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    carried = (
        number, (0xFFFF << 32) | number, (0xFFFF << 48) | number, (0x64FF9B << 96) | number, (0x2002 << 112) | number << 80,
    )  # fmt: skip

    assert not any(is_public(ipaddress.IPv6Address(value)) for value in carried)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: outbound.IPAddress) -> None:
    assert not (is_public(address) and (address.is_private or address.is_multicast or not address.is_global))


def test_public_addresses_are_public() -> None:
    texts = (PUBLIC, "1.1.1.1", "89.218.0.1", "2606:4700:4700::1111", "2a00:1450:4010::8a")

    assert all(is_public(ipaddress.ip_address(text)) for text in texts)


@pytest.mark.parametrize("host", DISGUISED)
def test_no_spelling_leads_to_loopback(host: str, no_connection: list[Any]) -> None:
    with pytest.raises((OutboundRefusedError, socket.gaierror)):  # where the resolver does not know the spelling
        GUARDED.post(f"https://{host}/hook", b"{}", {})
    assert no_connection == []


@pytest.mark.parametrize("url", MALFORMED)
@pytest.mark.parametrize("way", [GUARDED, LABORATORY], ids=["guarded", "laboratory"])
def test_what_is_no_plain_web_address_is_refused_everywhere(way: Outbound, url: str, no_connection: list[Any]) -> None:
    with pytest.raises(OutboundRefusedError):
        way.check(url)
    with pytest.raises(OutboundRefusedError):
        way.get(url, {})


@pytest.mark.parametrize("url", ["http://example.kz/", "https://example.kz:8443/", "http://example.kz:443/"])
def test_only_https_on_its_own_port_is_allowed(url: str, no_connection: list[Any]) -> None:
    with pytest.raises(OutboundRefusedError):
        GUARDED.check(url)
    with pytest.raises(OutboundRefusedError):
        GUARDED.post(url, b"", {})
    LABORATORY.check(url)


def test_a_refusal_repeats_nothing_of_the_address() -> None:
    with pytest.raises(OutboundRefusedError) as refused:
        GUARDED.check("http://canary-host.kz/canary-path")

    assert "canary" not in refused.value.detail


def test_one_private_address_among_public_ones_refuses_all(
    monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    _resolve_to(monkeypatch, [PUBLIC, "127.0.0.1"])

    with pytest.raises(OutboundRefusedError):
        GUARDED.post(f"https://{HOST}/hook", b"", {})
    assert no_connection == []


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = certificate_for(HOST, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    asked = _resolve_to(monkeypatch, [PUBLIC], ["127.0.0.1"])
    seen: list[tuple[str, dict[str, str], bytes]] = []
    with serving(answering(OK, seen), context) as port:
        reached = _lead_to(monkeypatch, port)
        answer = GUARDED.post(f"https://{HOST}/hook?a=1", b"{}", {"X-Own": "yes"})

    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"ok", "test")
    assert reached == [(PUBLIC, 443)]
    assert asked == [HOST]
    ((first, headers, body),) = seen
    assert (first, body) == ("POST /hook?a=1 HTTP/1.1", b"{}")
    assert (headers["host"], headers["x-own"], headers["content-length"]) == (HOST, "yes", "2")


def test_a_certificate_of_another_host_or_of_nobody_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, context = certificate_for("other.example.kz", tmp_path)
    _resolve_to(monkeypatch, [PUBLIC])
    with serving(answering(OK), context) as port:
        _lead_to(monkeypatch, port)
        with pytest.raises(ssl.SSLCertVerificationError):
            GUARDED.post(f"https://{HOST}/", b"", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        with pytest.raises(ssl.SSLCertVerificationError):
            GUARDED.post(f"https://{HOST}/", b"", {})


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(OK)) as port:
        _resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"])  # the receiver listens on the second alone
        assert LABORATORY.get(f"http://{HOST}:{port}/", {}).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    seen: list[tuple[str, dict[str, str], bytes]] = []
    answer = b"HTTP/1.1 %d Moved\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n" % status
    with serving(answering(answer, seen)) as port, pytest.raises(OutboundRefusedError, match="redirect"):
        LABORATORY.post(f"http://127.0.0.1:{port}/", b"", {})

    assert len(seen) == 1


def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(answering(OK)) as port:
        assert LABORATORY.get(f"http://127.0.0.1:{port}/", {}).status == 200


@pytest.mark.usefixtures("quick")
def test_a_receiver_that_never_answers_costs_no_more_than_the_time_set(ended: threading.Event) -> None:
    with serving(lambda _line: ended.wait()) as port, pytest.raises(TimeoutError):
        LABORATORY.post(f"http://127.0.0.1:{port}/", b"x" * 5_000_000, {})  # more than the buffers hold


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["in the head", "in the body", "before the head"],
)
def test_a_receiver_that_drips_costs_no_more_than_the_time_set(start: bytes, ended: threading.Event) -> None:
    def drip(line: Line) -> None:
        read_request(line)
        line.sendall(start)
        while not ended.wait(0.01):
            line.sendall(start if start.endswith(b"Continue\r\n\r\n") else b"x")

    with serving(drip) as port, pytest.raises(TimeoutError):
        LABORATORY.post(f"http://127.0.0.1:{port}/", b"", {})


@pytest.mark.usefixtures("quick")
def test_a_handshake_that_drips_costs_no_more_than_the_time_set(ended: threading.Event) -> None:
    def drip(line: Line) -> None:
        line.sendall(b"\x16\x03\x03\x20\x00")
        while not ended.wait(0.01):
            line.sendall(b"\x02")

    with serving(drip) as port, pytest.raises(OSError, match="timed out"):
        LABORATORY.post(f"https://127.0.0.1:{port}/", b"", {})


@pytest.mark.usefixtures("quick")
def test_a_resolver_that_hangs_costs_no_more_than_the_time_set(
    monkeypatch: pytest.MonkeyPatch, ended: threading.Event
) -> None:
    def hang(*_arguments: object, **_options: object) -> list[Any]:
        ended.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(TimeoutError):
        LABORATORY.get(f"http://{HOST}/", {})


def test_of_a_gigabyte_no_more_is_taken_than_the_size_set() -> None:
    sent = 0
    done = threading.Event()

    def flood(line: Line) -> None:
        nonlocal sent
        read_request(line)
        with suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while sent < 1_000_000_000:
                sent += line.send(bytes(1 << 16))
        done.set()

    with serving(flood) as port:
        with pytest.raises(OSError, match="too large"):
            LABORATORY.get(f"http://127.0.0.1:{port}/", {})
        done.wait()

    assert sent < 100_000_000  # what the buffers of both ends hold, and no more


def test_an_answer_of_the_size_set_is_taken_whole_and_one_byte_more_is_not() -> None:
    for size, taken in ((MOST_BYTES, True), (MOST_BYTES + 1, False)):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
        with serving(answering(answer)) as port:
            if taken:
                assert len(LABORATORY.get(f"http://127.0.0.1:{port}/", {}).body) == size
            else:
                with pytest.raises(OSError, match="too large"):
                    LABORATORY.get(f"http://127.0.0.1:{port}/", {})


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"hello", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 10_000 + b"\r\n", b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    ],
    ids=["nothing", "not HTTP", "half a head", "half a body", "a head without end", "no status", "another protocol"],
)  # fmt: skip
def test_an_answer_that_is_none_is_trouble_of_the_network(answer: bytes) -> None:
    with serving(answering(answer)) as port, pytest.raises(OSError, match=r"not HTTP|closed before"):
        LABORATORY.get(f"http://127.0.0.1:{port}/", {})


def test_chunks_and_an_end_by_closing_are_understood() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    for answer in (chunked, b"HTTP/1.0 200 OK\r\n\r\nabc"):
        with serving(answering(answer)) as port:
            assert LABORATORY.get(f"http://127.0.0.1:{port}/", {}).body == b"abc"


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let the resolver give one answer after another, the last one again and again; returns what it was asked."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_options: object) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    real = socket.getaddrinfo

    def patched(host: str, port: int, *arguments: Any, **options: Any) -> Any:  # connecting asks too, with literals
        return resolve(host, port) if host == HOST else real(host, port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", patched)
    return asked


def _lead_to(monkeypatch: pytest.MonkeyPatch, port: int) -> list[tuple[str, int]]:
    """Let connections to public addresses end at a receiver on loopback; returns where they were to go."""
    reached: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float | None = None) -> socket.socket:
        reached.append(address)
        return REAL_CONNECT(("127.0.0.1", port), timeout=timeout)

    monkeypatch.setattr(socket, "create_connection", connect)
    return reached
