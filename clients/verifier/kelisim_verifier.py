#!/usr/bin/env python3
"""Verify an exported Kelisim ledger, offline and without trusting the service that wrote it.

    python kelisim_verifier.py EXPORT --key NAME+ID+KEY [--key ...] [--json]

EXPORT is a folder, or a ZIP file of one.  The keys must come from somewhere else than the export: a printed notice, the
operator's website, a register.  The formats are described in docs/verify-ledger.md; this file shares no code with the
service.  Needs Python 3.11 and the package cryptography.

Exit code 0: everything that the export holds is proven.  1: something is not; the first such thing is named.
2: this is no export, or no key was given for it.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "kelisim-ledger-export/1"
LEAF_DOMAIN = b"consent-ledger/leaf/v1\x00"
HASH, WIDTH, ENTRY = 32, 256, 33
MOST_BYTES = 1 << 30  # of one file
MOST_SHOWN = 50

Keys = Mapping[str, tuple[bytes, Ed25519PublicKey]]
Event = dict[str, Any]  # Any: JSON values
Link = tuple[int, str | None, bytes, str]  # number in the stream, the entry before it, its own entry, its place


class NotAnExportError(Exception):
    """What was given cannot be read as an export."""


class Source:
    """The files of an export, in a folder or in a ZIP file."""

    def __init__(self, place: str | Path) -> None:
        self.place = Path(place)
        try:
            self.zip = zipfile.ZipFile(self.place) if self.place.is_file() else None
        except (zipfile.BadZipFile, OSError) as error:
            raise NotAnExportError(f"{self.place} is neither a folder nor a ZIP file.") from error
        if self.zip is None and not self.place.is_dir():
            raise NotAnExportError(f"{self.place} is not there.")

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None where it is missing."""
        try:
            if self.zip is None:
                path = self.place / name
                if not path.is_file() or path.stat().st_size > MOST_BYTES:
                    return None
                return path.read_bytes()
            if self.zip.getinfo(name).file_size > MOST_BYTES:
                return None
            return self.zip.read(name)
        except (KeyError, OSError, zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
            return None


class Report:
    """What was proven, and what was not."""

    def __init__(self) -> None:
        self.proven: list[str] = []
        self.failed: list[dict[str, str]] = []
        self.count = 0

    def fail(self, place: str, what: str) -> None:
        """Count what is not proven, and keep the first such things."""
        self.count += 1
        if len(self.failed) < MOST_SHOWN:
            self.failed.append({"place": place, "what": what})


# The tree of RFC 9162, section 2.1


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


class Roots:
    """A tree that grows leaf by leaf and knows its root at every size."""

    def __init__(self) -> None:
        self.size = 0
        self.stack: list[bytes] = []  # roots of complete subtrees, the largest first

    def add(self, hashed: bytes) -> None:
        """Append a leaf hash."""
        size = self.size
        while size & 1:
            hashed = node(self.stack.pop(), hashed)
            size >>= 1
        self.stack.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of what was appended."""
        if not self.stack:
            return hashlib.sha256(b"").digest()
        whole = self.stack[-1]
        for one in reversed(self.stack[:-1]):
            whole = node(one, whole)
        return whole


# Signed notes (C2SP signed-note), keys and heads


def read_key(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Return name, id and key of a verifier key."""
    try:
        name, key_id, body = text.strip().split("+", 2)
        raw = base64.b64decode(body, validate=True)
        if raw[:1] != b"\x01" or len(raw) != 1 + HASH or not name:
            raise ValueError
        if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
            raise ValueError
        return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, binascii.Error) as error:
        raise NotAnExportError(f"This is no verifier key: {text[:80]!r}.") from error


def read_head(note: str, keys: Keys) -> tuple[str, int, bytes]:
    """Return origin, size and root of a signed head; raise ValueError with the reason where it does not hold."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) != 3:
        raise ValueError("it is not in the form of a tree head")
    origin, size, root = lines
    if origin not in keys:
        raise ValueError("no key was given for its log")
    if not (size.isascii() and size.isdigit()) or len(size) > 18 or (size != "0" and size[0] == "0"):
        raise ValueError("its size is no number")
    key_id, key = keys[origin]
    for line in signatures.splitlines():
        begin = f"— {origin} "
        try:
            signature = exact_base64(line.removeprefix(begin)) if line.startswith(begin) else b""
            if signature[:4] == key_id:
                key.verify(signature[4:], f"{text}\n".encode())
                decoded = exact_base64(root)
                if len(decoded) != HASH:
                    raise ValueError("its root is no hash")
                return origin, int(size), decoded
        except binascii.Error:
            continue
        except InvalidSignature:
            raise ValueError("it was altered after it was signed, or signed with another key") from None
    raise ValueError("it is not signed with the key that was given")


# One log


def tile_name(level: int | str, number: int, width: int) -> str:
    """Return the path of a tile (C2SP tlog-tiles)."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03}")
    return f"{level}/{'/'.join(reversed(parts))}" + (f".p/{width}" if width < WIDTH else "")


def read_entries(source: Source, epoch: int, size: int, report: Report) -> Iterator[bytes]:
    """Yield the entries of a log up to a size; stop at the first bundle that is not there."""
    for number in range((size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, size - number * WIDTH)
        body = source.read(f"{epoch}/tile/{tile_name('entries', number, width)}")
        if body is None or len(body) != width * (2 + ENTRY):
            report.fail(f"entries {epoch}/{number}", "the bundle is missing or has not the right length")
            return
        for at in range(0, len(body), 2 + ENTRY):
            if body[at : at + 2] != ENTRY.to_bytes(2, "big"):
                report.fail(f"leaf {epoch}/{number * WIDTH + at // (2 + ENTRY)}", "its length is not 33 bytes")
                return
            yield body[at + 2 : at + 2 + ENTRY]


def read_heads(source: Source, epoch: int, log_origin: str, keys: Keys, report: Report) -> list[tuple[int, bytes]]:
    """Return size and root of the heads of a log that hold, the smallest first."""
    heads = []
    lines = lines_of(source, f"{epoch}/heads.jsonl", report)
    notes = [(f"head {epoch}, line {number}", text_of(line)) for number, line in enumerate(lines, start=1)]
    last = (source.read(f"{epoch}/checkpoint") or b"").decode("utf-8", "replace")
    if not notes or notes[-1][1] != last:
        report.fail(f"{epoch}/checkpoint", "it is not the last of the heads")
    for place, note in notes:
        try:
            origin, size, root = read_head(note, keys)
            if origin != log_origin:
                raise ValueError("it is the head of another log")
            heads.append((size, root))
        except ValueError as error:
            report.fail(place, str(error))
    return sorted(set(heads))


def check_log(source: Source, epoch: int, origin: str, keys: Keys, report: Report) -> list[bytes]:
    """Check heads and tiles of a log; return its entries, so far as a head covers them."""
    heads = read_heads(source, epoch, origin, keys, report)
    if not heads:
        report.fail(f"log {epoch}", "it has no signed head, so nothing in it is proven")
        return []
    entries: list[bytes] = []
    tree, bundles = Roots(), read_entries(source, epoch, heads[-1][0], report)
    for size, root in heads:
        for entry in islice(bundles, size - tree.size):
            entries.append(entry)
            tree.add(leaf(entry))
        if tree.size != size:
            report.fail(f"head {epoch}/{size}", f"only {tree.size} leaves are there")
        elif tree.root() != root:
            report.fail(f"head {epoch}/{size}", "its root is not that of the leaves: something was altered")
    check_tiles(source, epoch, entries, report)
    report.proven.append(
        f"log {origin}: {len(heads)} signed heads, each an earlier state of the next, over {len(entries)} leaves"
    )
    return entries


def check_tiles(source: Source, epoch: int, entries: list[bytes], report: Report) -> None:
    """Check that every tile follows from the leaves."""
    level, row = 0, [leaf(entry) for entry in entries]
    while row:
        upper = []
        for start in range(0, len(row), WIDTH):
            part = row[start : start + WIDTH]
            name = tile_name(level, start // WIDTH, len(part))
            if source.read(f"{epoch}/tile/{name}") != b"".join(part):
                report.fail(f"tile {epoch}/{name}", "it is missing, or does not follow from the leaves")
            if len(part) == WIDTH:
                tree = Roots()
                for one in part:
                    tree.add(one)
                upper.append(tree.root())
        level, row = level + 1, upper


# The events


def check_events(source: Source, logs: Mapping[int, list[bytes]], *, whole: bool, report: Report) -> None:
    """Check that each event opens its leaf, and that no stream has a gap.  Emptied events must be emptied on record."""
    streams: dict[tuple[int, str], list[Link]] = {}
    emptied: list[tuple[str, bytes]] = []
    lawful: set[str] = set()
    seen: set[tuple[int, int]] = set()
    opened = 0
    for number, line in enumerate(lines_of(source, "events.jsonl", report), start=1):
        event, at = read_event(line, logs)
        if event is None:
            report.fail(f"events.jsonl, line {number}", "it cannot be read, or names a leaf that no head covers")
            continue
        place, entry = f"leaf {at[0]}/{at[1]}", logs[at[0]][at[1]]
        if at in seen:
            report.fail(place, "two events claim it")
            continue
        seen.add(at)
        if event.get("body") is None:
            emptied.append((place, entry))
            continue
        said = opened_event(event, entry)
        if said is None:
            report.fail(place, "the event does not open it: its words or its salt were altered")
            continue
        opened += 1
        link = (said["stream_seq"], said["prev"], entry, place)
        streams.setdefault((said["operator"], said["stream"]), []).append(link)
        if said["kind"] == "evidence_expired" and isinstance(said["facts"].get("leaves"), list):
            lawful.update(str(one) for one in said["facts"]["leaves"])
    holes = {entry.hex() for _, entry in emptied}
    for place, entry in emptied:
        if entry.hex() not in lawful:
            report.fail(place, "its event was emptied, and no event on record says so")
    for stream in streams.values():
        check_stream(sorted(stream, key=lambda one: one[0]), holes, report)
    report.proven.append(f"{opened} events open their leaves, in {len(streams)} streams without a gap")
    if emptied:
        report.proven.append(f"{len(emptied)} events were emptied when their term was over; their leaves still stand")
    closed = sum(len(entries) for entries in logs.values()) - len(seen)
    if closed and whole:
        report.fail("events.jsonl", f"{closed} leaves have no event, though the export says that it holds all")
    elif closed:
        report.proven.append(f"{closed} leaves stay closed: the export says that they are other operators'")


def read_event(line: bytes, logs: Mapping[int, list[bytes]]) -> tuple[Event | None, tuple[int, int]]:
    """Return an event with its log and leaf; None where it cannot be read or there is no such leaf."""
    try:
        event = json.loads(line)
        epoch, index = event["epoch"], event["index"]
        if type(epoch) is int and type(index) is int and 0 <= index < len(logs[epoch]):
            return event, (epoch, index)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return None, (0, 0)


def opened_event(event: Event, entry: bytes) -> Event | None:
    """Return what an event says if its words and salt give its entry; None if not."""
    try:
        body, salt = event["body"].encode(), bytes.fromhex(event["salt"])
        commitment = hmac.digest(salt, LEAF_DOMAIN + body, "sha256")
        if salt.hex() != event["salt"] or len(salt) != HASH or not hmac.compare_digest(b"\x01" + commitment, entry):
            return None
        said: Event = json.loads(body)
        wanted = {"operator": int, "stream": str, "stream_seq": int, "kind": str, "facts": dict}
        if all(type(said[name]) is kind for name, kind in wanted.items()) and "prev" in said:
            return said
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return None


def check_stream(events: list[Link], holes: set[str], report: Report) -> None:
    """Check that the events of a stream are numbered without a gap and each names the one before."""
    before: str | None = None
    expected = 1
    for seq, prev, entry, place in events:
        if seq < expected:
            report.fail(place, f"its stream has a second event {seq}")
        elif prev in holes:
            pass  # the event before it was emptied, and is still a leaf
        elif seq > expected:
            report.fail(place, f"its stream has no event {expected}")
        elif prev != before:
            report.fail(place, "it does not name the event before it")
        before, expected = entry.hex(), seq + 1


# Reading


def lines_of(source: Source, name: str, report: Report) -> list[bytes]:
    """Return the lines of a file that are not empty."""
    body = source.read(name)
    if body is None:
        report.fail(name, "the file is missing or too large")
        return []
    return [line for line in body.split(b"\n") if line.strip()]


def text_of(line: bytes) -> str:
    """Return a line of JSON that is a text; nothing where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def exact_base64(text: str) -> bytes:
    """Decode base64 that is written in the one way that encoders write."""
    decoded = base64.b64decode(text, validate=True)
    if base64.b64encode(decoded).decode() != text:
        raise binascii.Error
    return decoded


def verify(place: str | Path, keys: Iterable[str]) -> Report:
    """Verify an export with keys as text; return the report."""
    known = {name: (key_id, key) for name, key_id, key in map(read_key, keys)}
    source, report = Source(place), Report()
    try:
        described = json.loads(source.read("export.json") or b"")
        if described["format"] != FORMAT:
            raise NotAnExportError(f"The format is not {FORMAT}.")
        logs = {int(log["epoch"]): str(log["origin"]) for log in described["logs"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAnExportError("export.json is missing or cannot be read.") from error
    if not logs:
        raise NotAnExportError("The export holds no log.")
    entries = {epoch: check_log(source, epoch, origin, known, report) for epoch, origin in sorted(logs.items())}
    check_events(source, entries, whole=described.get("operator") == 0, report=report)
    return report


def main(arguments: list[str] | None = None) -> int:
    """Verify from the command line."""
    parser = argparse.ArgumentParser(description="Verify an exported Kelisim ledger, offline.")
    parser.add_argument("export", help="folder, or ZIP file of it")
    parser.add_argument("--key", action="append", required=True, help="verifier key of a log; once for each log")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    try:
        report = verify(given.export, given.key)
    except NotAnExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(
            json.dumps(
                {"valid": not report.count, "proven": report.proven, "failed": report.failed, "failures": report.count}
            )
        )
        return 1 if report.count else 0
    if report.count:
        first = report.failed[0]
        print(f"NOT PROVEN. First: {first['place']}: {first['what']}. {report.count} in all.")
        for one in report.failed[1:]:
            print(f"  {one['place']}: {one['what']}")
        return 1
    print("PROVEN.")
    for line in report.proven:
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
