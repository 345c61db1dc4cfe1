"""Real receivers on loopback, plain or with TLS, that do with a connection whatever a test tells them."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Line = socket.socket
Behaviour = Callable[[Line], object]


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Listen on a port of loopback; every connection is given to ``behave`` in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    lines: list[Line] = []

    def take(line: Line) -> None:
        with suppress(OSError):
            behave(tls.wrap_socket(line, server_side=True) if tls else line)

    def listen() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                lines.append(line)
                threading.Thread(target=take, args=(line,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            line.close()


def read_request(line: Line) -> tuple[str, dict[str, str], bytes]:
    """Read one request: its first line, its headers in small letters, its body."""
    file = line.makefile("rb")
    first = file.readline().decode().strip()
    headers = {}
    while text := file.readline().decode().strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return first, headers, file.read(int(headers.get("content-length", 0)))


def answering(answer: bytes, seen: list[tuple[str, dict[str, str], bytes]] | None = None) -> Behaviour:
    """Read a request, keep it, send these bytes and close."""

    def behave(line: Line) -> None:
        request = read_request(line)
        if seen is not None:
            seen.append(request)
        line.sendall(answer)
        line.shutdown(socket.SHUT_RDWR)
        line.close()

    return behave


def certificate_for(host: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate of a host that is its own authority; returns its file and the context of a server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)  # noqa: TID251 - a certificate is held against the clock of this machine
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / f"{host}.pem", folder / f"{host}.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return file, context
