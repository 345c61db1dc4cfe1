#!/usr/bin/env python3
"""Witness the logs of others: cosign their heads as long as they only grow.

    python kelisim_witness.py init FOLDER --name witness.example.kz/w1    # makes the key, prints the verifier key
    python kelisim_witness.py add FOLDER LOG_KEY                          # a log that is to be witnessed
    python kelisim_witness.py serve FOLDER [--host 127.0.0.1] [--port 8710]
    python kelisim_witness.py show FOLDER                                 # what was cosigned last of each log

Speaks C2SP tlog-witness (POST /add-checkpoint) and answers with tlog-cosignatures of type 0x04.  What is cosigned is
on the disk before the answer is sent, so that neither a crash nor a second process lets it cosign two roots of one
size, or a smaller tree after a larger.  This file shares no code with the service.  Needs Python 3.11 and the package
cryptography.
"""

import argparse
import base64
import fcntl
import hashlib
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG_KEY, WITNESS_KEY = b"\x01", b"\x04"  # types of keys
HASH = 32
MOST_BYTES = 1 << 16  # of a request
MOST_PROOF = 63
LEAST_SECRET = 24  # bytes
TOLERANCE_SECONDS = 300  # between the clocks of a webhook
SIZE_TYPE = "text/x.tlog.size"
EMPTY_ROOT = hashlib.sha256(b"").digest()
WEBHOOK_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the name of the variable


class WitnessError(Exception):
    """The witness cannot use its own folder, or what it was given on the command line."""


class RefusedError(Exception):
    """A request that is not granted: the status and the body of the answer."""

    def __init__(self, status: HTTPStatus, body: str, content_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(body)
        self.status, self.body, self.content_type = status, body, content_type


# Keys and heads (C2SP signed-note, tlog-checkpoint)


@dataclass(frozen=True)
class Key:
    """A public key, with the name and the type under which it signs."""

    name: str
    type: bytes
    raw: bytes

    @classmethod
    def read(cls, text: str, of_type: bytes) -> "Key":
        """Read the form NAME+ID+KEY."""
        try:
            name, key_id, body = text.strip().split("+", 2)
            decoded = exact_base64(body)
            key = cls(name, decoded[:1], decoded[1:])
            if not name or any(c.isspace() for c in name) or key.type != of_type or key.id.hex() != key_id:
                raise ValueError
            Ed25519PublicKey.from_public_bytes(key.raw)
        except ValueError as error:
            raise WitnessError(f"This is no key of the kind that is asked for: {text[:80]!r}.") from error
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that lead its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.type + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.type + self.raw).decode()}"


@dataclass(frozen=True)
class Head:
    """A head as it was sent: the whole note, the text that is signed, and what it says."""

    note: str
    text: str
    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, note: str) -> "Head":
        """Read a note; raise ValueError where it is no head."""
        text, blank, signatures = note.partition("\n\n")
        origin, size, root = text.split("\n")[:3]
        if any(c < " " and c != "\n" for c in note) or not blank or not origin or not signatures.endswith("\n"):
            raise ValueError("it is not in the form of a signed note")
        note.encode()  # half of a pair of surrogates, from JSON, is refused here
        decoded = exact_base64(root)
        if len(decoded) != HASH:
            raise ValueError("its root is no hash")
        return cls(note, f"{text}\n", origin, number(size), decoded)

    def check(self, keys: list[Key]) -> None:
        """Refuse a head that none of the keys signs, or one of them wrongly."""
        known, is_signed = {(key.name, key.id): key for key in keys}, False
        for line in self.note.partition("\n\n")[2].split("\n"):
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            try:
                signature = exact_base64(encoded)
            except ValueError:
                continue
            key = known.get((name, signature[:4])) if mark == "—" else None
            if key is not None:
                try:
                    Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[4:], self.text.encode())
                except InvalidSignature:
                    raise RefusedError(HTTPStatus.FORBIDDEN, "the signature of the log does not hold\n") from None
                is_signed = True
        if not is_signed:
            raise RefusedError(HTTPStatus.FORBIDDEN, "it is not signed with a key of this log\n")


def number(text: str) -> int:
    """Read a whole number as it is written in one way only."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or (text != "0" and text[0] == "0"):
        raise ValueError("it is no whole number")
    return int(text)


def exact_base64(text: str) -> bytes:
    """Decode base64 that is written in the one way that encoders write."""
    decoded = base64.b64decode(text, validate=True)
    if base64.b64encode(decoded).decode() != text:
        raise ValueError("it is no base64")
    return decoded


# Proofs (RFC 9162, 2.1.4.2) and requests


def grows(old: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """Say whether a proof shows that the tree of ``old`` leaves is the beginning of that of ``size``."""
    if old in (0, size):
        return not proof and (old == 0 or root == old_root)
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    if not path:
        return False
    before, last = old - 1, size - 1
    while before & 1:
        before, last = before >> 1, last >> 1
    was = now = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if before & 1 or before == last:
            was, now = node(one, was), node(one, now)
            while before and not before & 1:
                before, last = before >> 1, last >> 1
        else:
            now = node(now, one)
        before, last = before >> 1, last >> 1
    return last == 0 and was == old_root and now == root


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def read_request(body: bytes) -> tuple[int, list[bytes], Head]:
    """Return old size, proof and head of a request."""
    try:
        said, blank, note = body.decode().partition("\n\n")
        first, *lines = said.split("\n")
        proof = [exact_base64(line) for line in lines]
        if not blank or not first.startswith("old ") or len(proof) > MOST_PROOF or any(len(p) != HASH for p in proof):
            raise ValueError("it is not in the form of a request")
        return number(first.removeprefix("old ")), proof, Head.read(note)
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "this is no request of tlog-witness\n") from error


# What is kept


@dataclass(frozen=True)
class Log:
    """A log that is witnessed, and the head of it that was cosigned last."""

    origin: str
    keys: list[str]
    size: int = 0
    root: str = base64.b64encode(EMPTY_ROOT).decode()
    cosigned_at: int = 0
    note: str = ""


class Witness:
    """A folder with the key of the witness and a file for each log; every act reads it anew and locks it."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time, secret: str = "") -> None:
        self.folder, self.clock, self.secret = folder, clock, secret
        try:
            place = folder / "key.json"
            if place.stat().st_mode & 0o077:
                raise WitnessError(f"{place} can be read by others: run chmod 600 on it.")
            kept = json.loads(place.read_bytes())
            self.private = Ed25519PrivateKey.from_private_bytes(exact_base64(kept["seed"]))
            self.key = Key(kept["name"], WITNESS_KEY, self.private.public_key().public_bytes_raw())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise WitnessError(f"{folder} holds no key of a witness: make one with init.") from error

    @staticmethod
    def init(folder: Path, name: str) -> "Witness":
        """Make a folder with a fresh key."""
        if not name or "+" in name or any(c.isspace() for c in name):
            raise WitnessError("A name is like witness.example.kz/w1: without spaces and +.")
        if folder.exists() and any(folder.iterdir()):
            raise WitnessError(f"{folder} is not empty.")
        (folder / "logs").mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        kept = {"name": name, "seed": base64.b64encode(seed).decode()}
        write_whole(folder / "key.json", json.dumps(kept).encode())
        return Witness(folder)

    def add(self, text: str) -> None:
        """Witness a log from now on; one that is witnessed already may sign with this key too."""
        key = Key.read(text, LOG_KEY)
        with self._locked():
            try:
                log = self._log(key.name)
            except RefusedError:
                log = Log(key.name, [])
            self._write(replace(log, keys=sorted({*log.keys, str(key)})))

    def cosign(self, body: bytes) -> str:
        """Cosign a head that goes on from the one that was cosigned last; return the signature line."""
        old, proof, head = read_request(body)
        with self._locked():
            log = self._log(head.origin)
            head.check([Key.read(key, LOG_KEY) for key in log.keys])
            if old > head.size:
                raise RefusedError(HTTPStatus.BAD_REQUEST, "the old size is beyond the new one\n")
            root = exact_base64(log.root)
            if old != log.size:
                raise RefusedError(HTTPStatus.CONFLICT, f"{log.size}\n", SIZE_TYPE)
            if old == head.size and head.root != root:
                self._keep_fork(head)
                raise RefusedError(HTTPStatus.CONFLICT, f"{log.size}\n", SIZE_TYPE)
            if not grows(old, root, head.size, head.root, proof):
                raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not hold\n")
            at = max(int(self.clock()), log.cosigned_at)  # a clock that was put back claims nothing earlier
            signed = base64.b64encode(head.root).decode()
            self._write(replace(log, size=head.size, root=signed, cosigned_at=at, note=head.note))
        signature = self.private.sign(f"cosignature/v1\ntime {at}\n{head.text}".encode())
        line = base64.b64encode(self.key.id + at.to_bytes(8, "big") + signature).decode()
        return f"— {self.key.name} {line}\n"

    def keep(self, headers: Mapping[str, str], body: bytes) -> None:
        """Append a head that was pushed by a webhook to the file of its log."""
        check_webhook(headers, body, self.secret, self.clock())
        try:
            head = Head.read(json.loads(body)["data"]["note"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "this is no event with a head\n") from error
        with self._locked():
            head.check([Key.read(key, LOG_KEY) for key in self._log(head.origin).keys])
            line = json.dumps({"received_at": int(self.clock()), "note": head.note})
            with self._place(head.origin, "kept.jsonl").open("ab+") as file:
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # what a crash left half written
                file.write(f"{line}\n".encode())
                file.flush()
                os.fsync(file.fileno())

    def logs(self) -> list[Log]:
        """Return every log that is witnessed."""
        return sorted(map(read_log, (self.folder / "logs").glob("*.json")), key=lambda log: log.origin)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep every other thread and process out."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _place(self, origin: str, ending: str) -> Path:
        return self.folder / "logs" / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.{ending}"

    def _log(self, origin: str) -> Log:
        place = self._place(origin, "json")
        if not place.exists():
            raise RefusedError(HTTPStatus.NOT_FOUND, "this log is not witnessed here\n")
        return read_log(place)

    def _write(self, log: Log) -> None:
        write_whole(self._place(log.origin, "json"), json.dumps(asdict(log)).encode())

    def _keep_fork(self, head: Head) -> None:
        """Keep a head that the log signed beside another of the same size: it convicts the log."""
        place = self._place(head.origin, f"{head.size}.{head.root[:8].hex()}.fork")
        write_whole(place, head.note.encode())
        say(f"TWO HEADS OF ONE SIZE were signed by {head.origin}: the second is kept in {place}")


def read_log(place: Path) -> Log:
    """Read the file of a log; one that cannot be read is an error, never an empty log."""
    try:
        log = Log(**json.loads(place.read_bytes()))
        if len(exact_base64(log.root)) != HASH or not log.keys or log.size < 0 or log.cosigned_at < 0:
            raise ValueError
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WitnessError(f"{place} cannot be read: nothing of this log is cosigned.") from error
    return log


def write_whole(place: Path, body: bytes) -> None:
    """Replace a file, whole or not at all, through to the disk.  The caller holds the lock."""
    fresh = place.with_name(f".{place.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check_webhook(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> None:
    """Refuse what is not signed as Standard Webhooks ask, with the secret that was given."""
    if not secret:
        raise RefusedError(HTTPStatus.NOT_FOUND, "heads are not kept here\n")
    said_at = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{said_at}.".encode() + body
    right = "v1," + base64.b64encode(hmac.digest(read_secret(secret), signed, "sha256")).decode()
    given = headers.get("webhook-signature", "").split(" ")
    is_recent = said_at.isascii() and said_at.isdigit() and abs(int(said_at[:12]) - now) <= TOLERANCE_SECONDS
    if not is_recent or not any(hmac.compare_digest(one.encode(), right.encode()) for one in given):
        raise RefusedError(HTTPStatus.FORBIDDEN, "the signature of the webhook does not hold\n")


def read_secret(text: str) -> bytes:
    """Return the bytes of a secret in the form whsec_BASE64."""
    try:
        secret = exact_base64(text.removeprefix("whsec_"))
    except ValueError:
        secret = b""
    if not text.startswith("whsec_") or len(secret) < LEAST_SECRET:
        raise WitnessError(f"{WEBHOOK_SECRET} is not in the form whsec_ and {LEAST_SECRET} bytes or more in base64.")
    return secret


# HTTP


class Server(ThreadingHTTPServer):
    """Serves one witness."""

    request_queue_size = 64

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        super().__init__(address, Handler)
        self.witness = witness

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the standard library's
        """Say in one line that somebody went away before the answer."""
        say(f"error: {type(sys.exc_info()[1]).__name__}")


class Handler(BaseHTTPRequestHandler):
    """Reads a request, lets the witness act, answers."""

    protocol_version = "HTTP/1.1"
    server_version = "kelisim-witness"
    timeout = 15
    server: Server

    def do_POST(self) -> None:
        """Cosign a head, or keep one."""
        self._answer(self._post)

    def do_GET(self) -> None:
        """Show what was cosigned last."""
        self._answer(self._get)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Say who was answered what: nothing of the request is repeated but its first line."""
        say((format % args).encode("ascii", "backslashreplace").decode())

    def _answer(self, act: Callable[[], tuple[HTTPStatus, str, str]]) -> None:
        try:
            status, body, content_type = act()
        except RefusedError as error:
            status, body, content_type = error.status, error.body, error.content_type
        except Exception as error:  # noqa: BLE001 - whatever is wrong here, the log is told and nothing is cosigned
            say(f"error: {error if isinstance(error, WitnessError) else type(error).__name__}")
            status, body, content_type = HTTPStatus.INTERNAL_SERVER_ERROR, "the witness cannot answer\n", "text/plain"
        encoded = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(encoded)))
        if status >= HTTPStatus.LENGTH_REQUIRED:
            self.close_connection = True  # its body may not have been read
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(encoded)

    def _post(self) -> tuple[HTTPStatus, str, str]:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "say how long the body is\n")
        if len(length) > 9 or int(length) > MOST_BYTES:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this is more than a head and its proof\n")
        body = self.rfile.read(int(length))
        match self.path:
            case "/add-checkpoint":
                return HTTPStatus.OK, self.server.witness.cosign(body), "text/plain; charset=utf-8"
            case "/heads":
                self.server.witness.keep({name.lower(): value for name, value in self.headers.items()}, body)
                return HTTPStatus.OK, "kept\n", "text/plain"
            case _:
                raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here\n")

    def _get(self) -> tuple[HTTPStatus, str, str]:
        if self.path != "/checkpoints":
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here\n")
        return HTTPStatus.OK, json.dumps([asdict(log) for log in self.server.witness.logs()]), "application/json"


# The command


def say(words: str) -> None:
    """Write a line with its time on standard error."""
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {words}", file=sys.stderr, flush=True)


def serve(witness: Witness, host: str, port: int) -> None:
    """Answer requests until the end is asked for."""
    if witness.secret:
        read_secret(witness.secret)
    witness.logs()  # what cannot be read is said at once
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server((host, port), witness) as server:
        print(f"{witness.key}\nserves on http://{host}:{server.server_port}", flush=True)
        server.serve_forever()


def run(given: argparse.Namespace) -> None:
    """Do what a command asks for."""
    if given.command == "init":
        print(Witness.init(given.folder, given.name).key)
        return
    witness = Witness(given.folder, secret=os.environ.get(WEBHOOK_SECRET, ""))
    match given.command:
        case "add":
            witness.add(given.key)
        case "serve":
            serve(witness, given.host, given.port)
        case _:
            print(witness.key)
            for log in witness.logs():
                at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(log.cosigned_at)) if log.note else "never"
                print(f"{log.origin}: {log.size} leaves, root {log.root}, cosigned {at}")


def main(arguments: list[str] | None = None) -> int:
    """Run the witness from the command line."""
    parser = argparse.ArgumentParser(description="Witness logs: cosign their heads as long as they only grow.")
    commands = parser.add_subparsers(dest="command", required=True)
    named = {
        "init": "make a folder with a key",
        "add": "witness a log",
        "serve": "answer requests",
        "show": "show the key, and what was cosigned last",
    }
    made = {name: commands.add_parser(name, help=words) for name, words in named.items()}
    for command in made.values():
        command.add_argument("folder", type=Path)
    made["init"].add_argument("--name", required=True, help="name of the witness, such as witness.example.kz/w1")
    made["add"].add_argument("key", help="verifier key of the log, NAME+ID+KEY")
    made["serve"].add_argument("--host", default="127.0.0.1")
    made["serve"].add_argument("--port", type=int, default=8710)
    try:
        run(parser.parse_args(arguments))
    except (WitnessError, OSError, OverflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
