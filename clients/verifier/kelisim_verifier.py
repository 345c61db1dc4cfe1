#!/usr/bin/env python3
"""Verify what a Kelisim service hands out, offline and without trusting it: ledgers, receipts, proof packs.

    python kelisim_verifier.py EXPORT --key NAME+ID+KEY [--whole] [--head FILE] [--witness NAME+ID+KEY]
                                      [--receipt FILE --jwks FILE] [--json]
    python kelisim_verifier.py PACK --key NAME+ID+KEY [--witness NAME+ID+KEY] --jwks FILE
    python kelisim_verifier.py receipt.jwt --jwks FILE

EXPORT and PACK are folders, or ZIP files of them.  The keys must come from somewhere else than what is verified: a
printed notice, the operator's website, a register.  The formats are described in docs/verify-ledger.md and
docs/receipts.md; this file shares no code with the service.  Needs Python 3.11 and the package cryptography.

Exit code 0: everything that was given is proven.  1: something is not; the first such thing is named.
2: it is nothing that can be verified, or a key is missing.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import io
import json
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from lzma import LZMAError
from pathlib import Path
from struct import error as StructError  # noqa: N812 - its own name says nothing here
from types import NoneType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "kelisim-ledger-export/1"
PACK = "kelisim-proof/1"
RECEIPT = "kelisim-receipt/2"
LEAF_DOMAIN = b"consent-ledger/leaf/v1\x00"
LOG_KEY, WITNESS_KEY = b"\x01", b"\x04"  # types of keys
CHECK_STAMP = "openssl ts -verify -data {0}/SIZE.note -in {0}/SIZE.tsr -CAfile AUTHORITY.pem"
HASH, WIDTH, ENTRY = 32, 256, 33
MOST_BYTES = 1 << 30  # of one file
MOST_TIMES = 200  # that a file in a ZIP file may be larger than it is packed; small files may be any
SMALL_BYTES = 1 << 20
SHORTEST_TERM = timedelta(days=3 * 365)  # between an erasure and the end of what is kept as proof
DAY_ENDS = time(18)  # in UTC: midnight in Almaty, in winter before March 2024, the earliest that it ever is
MERGE_DELAY = timedelta(minutes=5)  # within which an event is promised to be under a signed head
# What reading a damaged file may raise.
DAMAGED: tuple[type[Exception], ...] = (OSError, EOFError, ValueError, KeyError, RuntimeError, MemoryError)
UNREADABLE: tuple[type[Exception], ...] = (
    *DAMAGED,
    OverflowError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    StructError,
)
MOST_TOKEN = 1 << 20  # characters of a signed text
MOST_SHOWN = 50

Keys = Mapping[str, tuple[bytes, Ed25519PublicKey]]
Signers = Mapping[str, Ed25519PublicKey]  # by key id
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
        except UNREADABLE as error:
            raise NotAnExportError(f"{self.place} is neither a folder nor a whole ZIP file.") from error
        if self.zip is None and not self.place.is_dir():
            raise NotAnExportError(f"{self.place} is not there.")
        if self.zip is not None:
            self._check_zip(self.zip)

    def _check_zip(self, packed: zipfile.ZipFile) -> None:
        """Refuse a ZIP file that other programs could unpack to something else, or to more than anybody wants."""
        infos = packed.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) != len(names):
            raise NotAnExportError(f"{self.place} names a file twice: programs differ in which of them they show.")
        if infos and min(int(info.header_offset) for info in infos) > 0:
            raise NotAnExportError(f"{self.place} begins with something else than a ZIP file.")
        for info in infos:
            parts = info.filename.split("/")
            if info.filename.startswith("/") or ".." in parts or "\\" in info.filename:
                raise NotAnExportError(f"{self.place} has a file that leads outside of it.")
            if info.is_dir() and info.file_size:
                raise NotAnExportError(f"{self.place} has a folder with content.")
            if info.file_size > max(SMALL_BYTES, info.compress_size * MOST_TIMES):
                raise NotAnExportError(f"{self.place} has a file that is packed too tightly to be one of an export.")

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None where it is missing or cannot be read."""
        try:
            if self.zip is None:
                path = self.place / name
                if not path.is_file() or path.stat().st_size > MOST_BYTES:
                    return None
                return path.read_bytes()
            if self.zip.getinfo(name).file_size > MOST_BYTES:
                return None
            return self.zip.read(name)
        except UNREADABLE:
            return None

    def names(self) -> set[str]:
        """Return the names of all files."""
        if self.zip is not None:
            return {name for name in self.zip.namelist() if not name.endswith("/")}
        return {path.relative_to(self.place).as_posix() for path in self.place.rglob("*") if path.is_file()}


class Report:
    """What was proven, what this program does not check, and what does not hold."""

    def __init__(self) -> None:
        self.proven: list[str] = []
        self.unchecked: list[str] = []
        self.failed: list[dict[str, str]] = []
        self.count = 0

    def fail(self, place: str, what: str) -> None:
        """Count what is not proven, and keep the first such things."""
        self.count += 1
        if len(self.failed) < MOST_SHOWN:
            self.failed.append({"place": place, "what": what})

    def prove(self, what: str, since: int) -> None:
        """Say what is proven, unless something has failed since so many failures."""
        if self.count == since:
            self.proven.append(what)


@dataclass
class Log:
    """One log of an export: its entries so far as a head covers them, and the sizes of its heads that hold."""

    epoch: int
    origin: str
    follows: str | None
    notes: list[str]
    entries: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    files: set[str] = field(default_factory=set)  # the names of what it is made of

    def root(self, size: int) -> bytes | None:
        """Return the root over the first leaves; None where there are fewer."""
        if size > len(self.entries):
            return None
        tree = Roots()
        for entry in self.entries[:size]:
            tree.add(leaf(entry))
        return tree.root()


Logs = Mapping[int, Log]


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


def climb(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path leads to from a leaf (RFC 9162, 2.1.3.2); raise ValueError where it does not fit."""
    if not 0 <= index < size:
        raise ValueError("its place is outside the tree")
    found, here, last = leaf(entry), index, size - 1
    for one in path:
        if last == 0:
            raise ValueError("its path is too long")
        if here & 1 or here == last:
            found = node(one, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, one)
        here, last = here >> 1, last >> 1
    if last:
        raise ValueError("its path is too short")
    return found


# Signed notes (C2SP signed-note), keys and heads


def read_keys(texts: Iterable[str], kind: bytes) -> Keys:
    """Return verifier keys of a kind by their names."""
    return {name: (key_id, key) for name, key_id, key in (read_key(text, kind) for text in texts)}


def read_key(text: str, kind: bytes = LOG_KEY) -> tuple[str, bytes, Ed25519PublicKey]:
    """Return name, id and key of a verifier key."""
    try:
        name, key_id, body = text.strip().split("+", 2)
        raw = base64.b64decode(body, validate=True)
        if raw[:1] != kind or len(raw) != 1 + HASH or not name:
            raise ValueError
        if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
            raise ValueError
        return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, binascii.Error) as error:
        raise NotAnExportError(f"This is no verifier key: {text[:80]!r}.") from error


def read_head(note: str, keys: Keys) -> tuple[str, int, bytes]:
    """Return origin, size and root of a signed head; raise ValueError with the reason where it does not hold."""
    text, _, signatures = note.partition("\n\n")
    lines, signed = text.split("\n"), signatures.split("\n")
    if len(lines) != 3 or signed[-1] or not all(line.startswith("— ") for line in signed[:-1]):
        raise ValueError("it is not in the form of a tree head")
    origin, size, root = lines
    if origin not in keys:
        raise ValueError("no key was given for its log")
    if not (size.isascii() and size.isdigit()) or len(size) > 18 or (size != "0" and size[0] == "0"):
        raise ValueError("its size is no number")
    key_id, key = keys[origin]
    for line in signed:
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


# Cosignatures of witnesses (C2SP tlog-cosignature) and time-stamps


def cosigned_at(note: str, name: str, key_id: bytes, key: Ed25519PublicKey) -> datetime | None:
    """Return when a witness says that it saw a head; None without its line; ValueError where that does not hold."""
    text, _, signatures = note.partition("\n\n")
    for line in signatures.split("\n"):
        begin = f"— {name} "
        if not line.startswith(begin):
            continue
        try:
            signature = exact_base64(line.removeprefix(begin))
            if signature[:4] == key_id:
                at = int.from_bytes(signature[4:12], "big")
                key.verify(signature[12:], f"cosignature/v1\ntime {at}\n{text}\n".encode())
                return datetime.fromtimestamp(at, UTC)
        except (InvalidSignature, ValueError, OverflowError, OSError):
            raise ValueError(f"the signature of the witness {name} does not hold") from None
    return None


def check_witnesses(logs: Mapping[str, list[str]], witnesses: Keys, report: Report) -> None:
    """Check every cosignature of the witnesses; say which head of each log one of them saw last, and when.

    ``logs``: the notes of each log, the newest log last.  A witness that is asked for has to have seen the newest.
    """
    for name, (key_id, key) in witnesses.items():
        for place, notes in logs.items():
            seen = []
            for note in notes:
                try:
                    at = cosigned_at(note, name, key_id, key)
                    if at is not None:
                        seen.append((size_of(note), at))
                except ValueError as error:
                    report.fail(f"{place}, head {size_of(note)}", str(error))
            if seen:
                size, at = max(seen)
                later = max(map(size_of, notes)) - size
                after = f"{later} leaves came later" if later else "that is its last head"
                report.proven.append(
                    f"witness {name}: saw {place} with {size} leaves at {at:%Y-%m-%d %H:%M:%S} UTC; {after}"
                )
            elif place == list(logs)[-1]:
                report.fail(place, f"the witness {name} has cosigned no head of it")


def size_of(note: str) -> int:
    """Return the size that a head says; 0 where it says none."""
    size = note.split("\n")[1:2]
    return int(size[0]) if size and size[0].isascii() and size[0].isdigit() and len(size[0]) <= 18 else 0


def check_stamped(source: Source, epoch: int, notes: list[str], report: Report) -> set[str]:
    """Check that what was stamped are heads of this log; the stamps themselves are left to programs that read CMS.

    Returns the names of their files.
    """
    stamps = sorted(
        name for name in source.names() if name.startswith(f"{epoch}/timestamps/") and name.endswith(".tsr")
    )
    signed = {"\n".join(note.split("\n")[:5]) for note in notes}  # text, empty line, the line of the log
    for name in stamps:
        stamped = (source.read(f"{name.removesuffix('.tsr')}.note") or b"").decode("utf-8", "replace")
        if stamped.removesuffix("\n") not in signed:
            report.fail(name, "what it stamps is no head of this log")
    if stamps:
        command = CHECK_STAMP.format(f"{epoch}/timestamps")
        report.unchecked.append(f"{len(stamps)} time-stamps of heads of log {epoch}: {command}")
    return {f"{name.removesuffix('.tsr')}{ending}" for name in stamps for ending in (".tsr", ".note")}


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


def read_notes(source: Source, epoch: int, report: Report) -> list[str]:
    """Return the notes of a log as they are, the smallest first."""
    notes = [text_of(line) for line in lines_of(source, f"{epoch}/heads.jsonl", report)]
    last = (source.read(f"{epoch}/checkpoint") or b"").decode("utf-8", "replace")
    if not notes or notes[-1] != last:
        report.fail(f"{epoch}/checkpoint", "it is not the last of the heads")
    return notes


def read_heads(notes: list[str], epoch: int, log_origin: str, keys: Keys, report: Report) -> list[tuple[int, bytes]]:
    """Return size and root of the heads of a log that hold, the smallest first."""
    heads = []
    for number, note in enumerate(notes, start=1):
        try:
            origin, size, root = read_head(note, keys)
            if origin != log_origin:
                raise ValueError("it is the head of another log")
            heads.append((size, root))
        except ValueError as error:
            report.fail(f"head {epoch}, line {number}", str(error))
    return sorted(set(heads))


def check_log(source: Source, log: Log, keys: Keys, report: Report) -> None:
    """Check heads and tiles of a log, and read its entries."""
    since, epoch = report.count, log.epoch
    heads = read_heads(log.notes, epoch, log.origin, keys, report)
    if not heads:
        report.fail(f"log {epoch}", "it has no signed head, so nothing in it is proven")
        return
    tree, bundles = Roots(), read_entries(source, epoch, heads[-1][0], report)
    for size, root in heads:
        for entry in islice(bundles, size - tree.size):
            log.entries.append(entry)
            tree.add(leaf(entry))
        if tree.size != size:
            report.fail(f"head {epoch}/{size}", f"only {tree.size} leaves are there")
        elif tree.root() != root:
            report.fail(f"head {epoch}/{size}", "its root is not that of the leaves: something was altered")
    log.sizes = [size for size, _ in heads]
    log.files |= {f"{epoch}/checkpoint", f"{epoch}/heads.jsonl"}
    log.files |= {
        f"{epoch}/tile/{tile_name('entries', number, min(WIDTH, heads[-1][0] - number * WIDTH))}"
        for number in range((heads[-1][0] + WIDTH - 1) // WIDTH)
    }
    log.files |= check_tiles(source, epoch, log.entries, report)
    told = f"{len(heads)} signed heads, each an earlier state of the next, over {len(log.entries)} leaves"
    report.prove(f"log {log.origin}: {told}", since)


def check_tiles(source: Source, epoch: int, entries: list[bytes], report: Report) -> set[str]:
    """Check that every tile follows from the leaves; return the names of their files."""
    names = set()
    level, row = 0, [leaf(entry) for entry in entries]
    while row:
        upper = []
        for start in range(0, len(row), WIDTH):
            part = row[start : start + WIDTH]
            name = tile_name(level, start // WIDTH, len(part))
            names.add(f"{epoch}/tile/{name}")
            if source.read(f"{epoch}/tile/{name}") != b"".join(part):
                report.fail(f"tile {epoch}/{name}", "it is missing, or does not follow from the leaves")
            if len(part) == WIDTH:
                tree = Roots()
                for one in part:
                    tree.add(one)
                upper.append(tree.root())
        level, row = level + 1, upper
    return names


def check_follows(source: Source, logs: Logs, keys: Keys, *, whole: bool, report: Report) -> None:
    """Check that each log after the first goes on where the one before stopped, and say so where it does not.

    In an export of all operators its first leaf must be the event that opened it and names the head that it follows.
    """
    opened = {event["epoch"]: event for event in opening_events(source)} if whole else {}
    for epoch in sorted(logs)[1:]:
        log = logs[epoch]
        try:
            before, size, root = read_head(log.follows or "", keys)
            if whole:
                check_opening(opened.get(epoch), log, (before, str(size), root.hex()))
        except ValueError as error:
            report.fail(f"log {log.origin}", f"the head that it follows does not hold: {error}")
            continue
        older = next((one for one in logs.values() if one.origin == before), None)
        if older is not None and older.root(size) == root:
            report.proven.append(f"log {log.origin} goes on after head {size} of log {before}")
        else:
            there = 0 if older is None else len(older.entries)
            report.unchecked.append(
                f"what log {before} held when it could not go on and log {log.origin} was opened, on record: its head "
                f"over {size} leaves had been told, and the {there} leaves that are here are not those, or not all"
            )


def check_opening(event: Event | None, log: Log, follows: tuple[str, str, str]) -> None:
    """Raise ValueError where the first leaf of a log is not the event that opened it, after that head."""
    said = opened_event(event, log.entries[0]) if event and log.entries else None
    if said is None or said["kind"] != "ledger_epoch_opened":
        raise ValueError("its first leaf is not the event that opened it")
    facts = said["facts"]
    if (facts.get("origin"), facts.get("size"), facts.get("root")) != follows:
        raise ValueError("the event that opened it names another head than the export")


def check_kept(kept: Iterable[str], logs: Logs, keys: Keys, report: Report) -> None:
    """Check that heads that somebody kept are earlier states of the logs that are here."""
    for number, note in enumerate(kept, start=1):
        try:
            origin, size, root = read_head(note, keys)
            log = next((one for one in logs.values() if one.origin == origin), None)
            if log is None:
                raise ValueError("its log is not in the export")
            if log.root(size) is None:
                raise ValueError(f"it was over {size} leaves, and the export has {len(log.entries)}: it was cut")
            if log.root(size) != root:
                raise ValueError("the first leaves of the export are others: the log was replaced")
            report.proven.append(f"the head that you kept, over {size} leaves of log {origin}, is an earlier state")
        except ValueError as error:
            report.fail(f"kept head {number}", str(error))


def opening_events(source: Source) -> Iterator[Event]:
    """Yield the events at the beginning of a log, as they stand in the export."""
    for line in lines_of(source, "events.jsonl", Report()):
        try:
            event = read_json(line)
            if event["index"] == 0 and type(event["epoch"]) is int:
                yield event
        except (ValueError, KeyError, TypeError):
            continue


# The events


@dataclass
class Opened:
    """What the events of an export said so far.

    ``wanted``: entries, in hexadecimal, whose events are kept in ``found``.
    """

    wanted: set[str]
    seen: set[tuple[int, int]] = field(default_factory=set)
    emptied: list[tuple[str, bytes]] = field(default_factory=list)
    streams: dict[tuple[int, str], list[Link]] = field(default_factory=dict)
    times: dict[int, dict[int, datetime]] = field(default_factory=dict)
    erased: dict[tuple[int, str], tuple[datetime, str]] = field(default_factory=dict)  # by order: when, proof until
    expired: list[tuple[str, Event]] = field(default_factory=list)
    found: dict[str, Event] = field(default_factory=dict)
    count: int = 0

    def take(self, event: Event, at: tuple[int, int], entry: bytes) -> str | None:
        """Take an event for its leaf; return what is wrong with it, or None."""
        if at in self.seen:
            return "two events claim it"
        self.seen.add(at)
        place = f"leaf {at[0]}/{at[1]}"
        if event.get("body") is None:
            self.emptied.append((place, entry))
            return None
        said = opened_event(event, entry)
        if said is None:
            return "the event does not open it: its words or its salt were altered"
        self.count += 1
        self.times.setdefault(at[0], {})[at[1]] = moment(said["at"])
        link = (said["stream_seq"], said["prev"], entry, place)
        self.streams.setdefault((said["operator"], said["stream"]), []).append(link)
        facts = said["facts"]
        if said["kind"] == "evidence_expired":
            self.expired.append((place, said))
        elif said["kind"] == "erasure_done" and "evidence_until" in facts:
            self.erased[said["operator"], str(facts.get("order"))] = (moment(said["at"]), str(facts["evidence_until"]))
        if entry.hex() in self.wanted:
            self.found[entry.hex()] = said
        return None


def check_events(source: Source, logs: Logs, wanted: set[str], *, whole: bool, report: Report) -> dict[str, Event]:
    """Check that each event opens its leaf, and that no stream has a gap.  Emptied events must be emptied on record.

    Returns what the events of the wanted entries say, by entry in hexadecimal.
    """
    events, since = Opened(wanted), report.count
    for number, line in enumerate(lines_of(source, "events.jsonl", report), start=1):
        event, at = read_event(line, logs)
        if event is None:
            report.fail(f"events.jsonl, line {number}", "it cannot be read, or names a leaf that no head covers")
            continue
        wrong = events.take(event, at, logs[at[0]].entries[at[1]])
        if wrong:
            report.fail(f"leaf {at[0]}/{at[1]}", wrong)
    holes, lawful = {entry.hex() for _, entry in events.emptied}, lawful_holes(events, report)
    for place, entry in events.emptied:
        if entry.hex() not in lawful:
            report.fail(place, "its event was emptied, and no event on record says so")
    for stream in events.streams.values():
        check_stream(sorted(stream, key=lambda one: one[0]), holes, report)
    for epoch, log in logs.items():
        check_times(epoch, log.sizes, events.times.get(epoch, {}), report)
    report.prove(f"{events.count} events open their leaves, in {len(events.streams)} streams without a gap", since)
    if holes:
        report.prove(f"{len(holes)} events were emptied when their term was over; their leaves still stand", since)
    closed = sum(len(log.entries) for log in logs.values()) - len(events.seen)
    if closed and whole:
        report.fail("events.jsonl", f"{closed} leaves have no event, though the export says that it holds all")
    elif closed:
        report.unchecked.append(f"{closed} leaves stay closed: the export says that they are other operators'")
    return events.found


def lawful_holes(events: Opened, report: Report) -> set[str]:
    """Return the entries that were emptied when a term was over: each list rests on an erasure three years before."""
    lawful: set[str] = set()
    for place, said in events.expired:
        try:
            facts, at = said["facts"], moment(said["at"])
            erased_at, until = events.erased[said["operator"], str(facts["order"])]
            day_over = datetime.combine(date.fromisoformat(until), DAY_ENDS, UTC)
            if facts.get("evidence_until", until) != until or day_over > at or day_over - erased_at < SHORTEST_TERM:
                raise ValueError
            lawful.update(str(one) for one in facts["leaves"])
        except (KeyError, TypeError, ValueError, OverflowError):
            report.fail(place, "it empties events without an erasure on record whose term is over")
    return lawful


def check_times(epoch: int, sizes: list[int], times: Mapping[int, datetime], report: Report) -> None:
    """Check that no event claims to be much earlier than what a head before its own held: it was slipped in late."""
    told = latest = datetime.min.replace(tzinfo=UTC) + MERGE_DELAY
    ends = deque(sizes)
    for index in sorted(times):
        while ends and index >= ends[0]:
            ends.popleft()
            told = latest
        if times[index] < told - MERGE_DELAY:
            report.fail(
                f"leaf {epoch}/{index}", "its event claims an earlier time than a head that was signed without it"
            )
        latest = max(latest, times[index])


def read_event(line: bytes, logs: Logs) -> tuple[Event | None, tuple[int, int]]:
    """Return an event with its log and leaf; None where it cannot be read or there is no such leaf."""
    try:
        event = read_json(line)
        epoch, index = event["epoch"], event["index"]
        if type(epoch) is int and type(index) is int and 0 <= index < len(logs[epoch].entries):
            return event, (epoch, index)
    except (ValueError, KeyError, TypeError):
        pass
    return None, (0, 0)


def opened_event(event: Event, entry: bytes) -> Event | None:
    """Return what an event says if its words and salt give its entry; None if not."""
    try:
        body, salt = event["body"].encode(), bytes.fromhex(event["salt"])
        commitment = hmac.digest(salt, LEAF_DOMAIN + body, "sha256")
        if salt.hex() != event["salt"] or len(salt) != HASH or not hmac.compare_digest(b"\x01" + commitment, entry):
            return None
        said: Event = read_json(body)
        wanted = {"operator": int, "stream": str, "stream_seq": int, "kind": str, "facts": dict, "at": str}
        moment(said["at"])
        if all(type(said[name]) is kind for name, kind in wanted.items()) and type(said["prev"]) in (str, NoneType):
            return said
    except (ValueError, KeyError, TypeError, AttributeError):
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


def read_json(text: str | bytes) -> Any:  # Any: a JSON value
    """Read JSON that all programs read alike: no name twice, no number that is none; ValueError otherwise."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refused)
    except (RecursionError, OverflowError) as error:
        raise ValueError("it is nested too deeply, or holds a number that is none") from error


def _object(pairs: list[tuple[str, Any]]) -> Event:  # Any: a JSON value
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it names something twice")
    return found


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no number")


def moment(text: object) -> datetime:
    """Read an instant as events have it, in UTC; ValueError where it is none."""
    if not isinstance(text, str) or not text.endswith("Z"):
        raise ValueError("it is no instant in UTC")
    return datetime.fromisoformat(text)


def text_of(line: bytes) -> str:
    """Return a line of JSON that is a text; nothing where it is none."""
    try:
        value = read_json(line)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def exact_base64(text: str) -> bytes:
    """Decode base64 that is written in the one way that encoders write."""
    decoded = base64.b64decode(text, validate=True)
    if base64.b64encode(decoded).decode() != text:
        raise binascii.Error
    return decoded


def read_logs(source: Source, report: Report) -> tuple[dict[int, Log], bool]:
    """Return the logs of an export as it describes them, and whether it says that it holds all operators' events."""
    try:
        described = read_json(source.read("export.json") or b"")
        if described["format"] != FORMAT:
            raise NotAnExportError(f"The format is not {FORMAT}.")
        logs = {}
        for log in described["logs"]:
            epoch, origin, follows = log["epoch"], log["origin"], log.get("follows")
            if type(epoch) is not int or type(origin) is not str or type(follows) not in (str, NoneType):
                raise ValueError("a log is not described as one")
            logs[epoch] = Log(epoch, origin, follows, read_notes(source, epoch, report))
        whole = type(described["operator"]) is int and described["operator"] == 0
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAnExportError("export.json is missing or cannot be read.") from error
    if not logs:
        raise NotAnExportError("The export holds no log.")
    return dict(sorted(logs.items())), whole


@dataclass(frozen=True)
class Given:
    """What somebody has beside an export: receipts with the keys that sign them, witnesses, heads that were kept."""

    receipts: tuple[str | Path, ...] = ()
    signers: Signers = field(default_factory=dict)
    witnesses: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    whole: bool = False


def verify(place: str | Path, keys: Iterable[str], given: "Given | None" = None) -> Report:
    """Verify an export with keys as text, and what is given beside it; return the report."""
    given = given or Given()
    known, seen_by = read_keys(keys, LOG_KEY), read_keys(given.witnesses, WITNESS_KEY)
    source, report = Source(place), Report()
    logs, whole = read_logs(source, report)
    lacking = [log.origin for log in logs.values() if log.origin not in known]
    for origin in lacking:
        report.fail(f"log {origin}", "no key was given for it: give the key of each log with a --key of its own")
    if lacking:
        return report
    for log in logs.values():
        check_log(source, log, known, report)
    check_witnesses({f"log {log.origin}": log.notes for log in logs.values()}, seen_by, report)
    for log in logs.values():
        log.files |= check_stamped(source, log.epoch, log.notes, report)
    known_files = {"export.json", "events.jsonl"}.union(*(log.files for log in logs.values()))
    for name in sorted(source.names() - known_files):
        report.fail(name, "it is no part of an export")
    presented = [(f"receipt {Path(file).name}", open_receipt(file, given.signers, report)) for file in given.receipts]
    wanted = {leaf_of(receipt) or "" for _, receipt in presented if receipt}
    found = check_events(source, logs, wanted, whole=whole, report=report)
    check_follows(source, logs, known, whole=whole, report=report)
    check_kept(given.kept, logs, known, report)
    if given.whole and not whole:
        report.fail("export.json", "it is the export of one operator, in which other streams stay closed")
    entries = {entry.hex() for log in logs.values() for entry in log.entries}
    for name, receipt in presented:
        if receipt is not None:
            check_receipt(name, receipt, entries, found, report)
    return report


# Signed texts (JWS, RFC 7515 and 9864), receipts


def read_signers(path: str | Path | None) -> Signers:
    """Return the keys of a JWKS file by their ids."""
    if path is None:
        return {}
    try:
        described = read_json(Path(path).read_bytes())["keys"]
        return {
            str(one["kid"]): Ed25519PublicKey.from_public_bytes(unpadded_base64(one["x"]))
            for one in described
            if one["kty"] == "OKP" and one["crv"] == "Ed25519"
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAnExportError(f"{path} is no JWKS file with keys of Ed25519.") from error


def read_signed(token: str, kind: str, signers: Signers) -> Event:
    """Return what a signed text says; raise ValueError with the reason where it does not hold."""
    if len(token) > MOST_TOKEN or token.count(".") != 2:
        raise ValueError("it is not in the form of a signed text")
    try:
        head, body, signature = token.split(".")
        described = read_json(unpadded_base64(head))
        if described["alg"] != "Ed25519" or described["typ"] != kind or "crit" in described:
            raise ValueError("it is signed as something else")
        key = signers.get(str(described["kid"]))
        if key is None:
            raise ValueError("no key was given for its signature")
        key.verify(unpadded_base64(signature), f"{head}.{body}".encode())
        said = read_json(unpadded_base64(body))
    except InvalidSignature:
        raise ValueError("it was altered after it was signed, or signed with another key") from None
    except (KeyError, TypeError, RecursionError, UnicodeError, json.JSONDecodeError, binascii.Error):
        raise ValueError("it is not in the form of a signed text") from None
    if isinstance(said, dict):
        return said
    raise ValueError("it does not say an object")


def read_receipt(token: str, signers: Signers) -> Event:
    """Return what a receipt says; raise ValueError with the reason where it does not hold."""
    receipt = read_signed(token, "consent-receipt+jwt", signers)
    wanted = {"record_id": str, "pii_processing": dict, "event": dict}
    if receipt.get("schema_version") != RECEIPT or any(
        type(receipt.get(name)) is not kind for name, kind in wanted.items()
    ):
        raise ValueError(f"it is not of the form {RECEIPT}")
    return receipt


def leaf_of(receipt: Event) -> str | None:
    """Return the leaf input that a receipt promises, in hexadecimal."""
    promised = receipt.get("ledger")
    return str(promised.get("leaf_input")) if isinstance(promised, dict) else None


def open_receipt(file: str | Path, signers: Signers, report: Report) -> Event | None:
    """Return what a receipt says if it is signed; None, with the reason in the report, if not."""
    place = f"receipt {Path(file).name}"
    try:
        with Path(file).open("rb") as opened:
            token = opened.read(MOST_TOKEN + 1).decode("ascii").strip()
        return read_receipt(token, signers)
    except OSError:
        report.fail(place, "it cannot be read")
    except UnicodeError:
        report.fail(place, "it is not in the form of a signed text")
    except ValueError as error:
        report.fail(place, str(error))
    return None


def check_receipt(place: str, receipt: Event, entries: set[str], found: Mapping[str, Event], report: Report) -> None:
    """Check that the leaf of a receipt is in the logs, and that the event behind it says what the receipt says."""
    promised, of = leaf_of(receipt), f"receipt of consent {receipt['record_id']}"
    if promised is None:
        report.unchecked.append(f"{of}: it is signed, and says that it is from before the ledger")
    elif promised not in entries:
        report.fail(place, "its leaf is not in the log under the heads of this export")
    elif promised not in found:
        report.proven.append(f"{of}: signed, and its leaf is in the log")
        report.unchecked.append(f"{of}: the event that opens its leaf is not in this export")
    elif found[promised]["kind"] != "consent_recorded" or not agrees(found[promised]["facts"], receipt):
        report.fail(place, "the event that its leaf commits to says something else")
    else:
        report.proven.append(f"{of}: signed, its leaf is in the log, and the event that recorded it says the same")


def unpadded_base64(text: object) -> bytes:
    """Decode base64url without padding, written in the one way that encoders write."""
    if not isinstance(text, str):
        raise binascii.Error
    decoded = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise binascii.Error
    return decoded


# Proof packs


def verify_pack(source: Source, keys: Keys, signers: Signers, witnesses: Keys) -> Report:
    """Verify the proof pack of one consent."""
    report = Report()
    try:
        manifest = read_signed(
            (source.read("manifest.jwt") or b"").decode("ascii", "replace").strip(), "consent-proof+jwt", signers
        )
        if manifest.get("format") != PACK or read_json(source.read("manifest.json") or b"null") != manifest:
            raise ValueError("manifest.json is not the list that was signed")
        listed = {str(name): str(digest) for name, digest in manifest["files"].items()}
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        report.fail("manifest.jwt", str(error))
        return report
    for name in sorted(source.names() - set(listed) - {"manifest.json", "manifest.jwt"}):
        report.fail(name, "it is not in the list that was signed")
    for name, digest in sorted(listed.items()):
        if hashlib.sha256(source.read(name) or b"").hexdigest() != digest:
            report.fail(name, "it is missing, or not the file that was signed")
    report.proven.append(
        f"{len(listed)} files are those that the service listed and signed at {manifest.get('made_at')}"
    )
    receipt = check_pack_receipt(source, manifest, signers, report)
    check_pack_events(source, keys, receipt, witnesses, report)
    return report


def check_pack_receipt(source: Source, manifest: Event, signers: Signers, report: Report) -> Event | None:
    """Check the receipt of a pack, and the text against its digest."""
    try:
        receipt = read_receipt((source.read("receipt/receipt.jwt") or b"").decode("ascii", "replace").strip(), signers)
        if receipt["record_id"] != manifest.get("consent"):
            raise ValueError("it is of another consent")
        if read_json(source.read("receipt/receipt.json") or b"null") != receipt:
            raise ValueError("receipt.json says something else")
        notice, language = receipt["pii_processing"]["privacy_notice"], receipt["pii_processing"]["language"]
        text = source.read(f"text/shown-{language}.txt")
        if text is None or hashlib.sha256(text).hexdigest() != notice["sha256"]:
            raise ValueError("the text is not the one that it names")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        report.fail("receipt/receipt.jwt", str(error))
        return None
    report.proven.append(
        f"the receipt of consent {receipt['record_id']} is signed, and the text is the one that was shown"
    )
    return receipt


def check_pack_events(source: Source, keys: Keys, receipt: Event | None, witnesses: Keys, report: Report) -> None:
    """Check that each event opens its leaf under a signed head, and that no stream has a gap."""
    try:
        events = read_json(source.read("ledger/events.json") or b"")
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise ValueError
    except (ValueError, RecursionError):
        report.fail("ledger/events.json", "it cannot be read")
        return
    streams: dict[tuple[int, str], list[Link]] = {}
    logs: dict[str, list[str]] = {}
    proven, recorded = 0, False
    promised = leaf_of(receipt) if receipt else None
    for number, event in enumerate(events, start=1):
        place = f"ledger/events.json, event {number}"
        try:
            entry = bytes.fromhex(event["leaf_input"])
            said = opened_event(event, entry)
            if said is None:
                raise ValueError("it does not open its leaf: its words or its salt were altered")
            check_inclusion(event["inclusion"], entry, keys)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            report.fail(place, str(error))
            continue
        proven += 1
        head = event["inclusion"]["head"]
        logs.setdefault("log " + head.partition("\n")[0], []).append(head)
        recorded = recorded or (
            entry.hex() == promised and said["kind"] == "consent_recorded" and agrees(said["facts"], receipt)
        )
        streams.setdefault((said["operator"], said["stream"]), []).append(
            (said["stream_seq"], said["prev"], entry, place)
        )
    for stream in streams.values():
        check_stream(sorted(stream, key=lambda one: one[0]), set(), report)
    report.proven.append(f"{proven} events open leaves under signed heads, in {len(streams)} streams without a gap")
    check_witnesses(logs, witnesses, report)
    if recorded:
        report.proven.append("the event that recorded the consent says what the receipt says")
    elif promised is not None:
        report.fail("ledger/events.json", "no event says what the receipt says")


def check_inclusion(inclusion: Any, entry: bytes, keys: Keys) -> None:  # Any: a JSON value
    """Raise ValueError with the reason where an entry is not shown to be under a signed head."""
    if inclusion is None:
        raise ValueError("no head was signed over it when the pack was made")
    _, size, root = read_head(inclusion["head"], keys)
    path = [bytes.fromhex(one) for one in inclusion["path"]]
    if (
        inclusion["tree_size"] != size
        or type(inclusion["leaf_index"]) is not int
        or any(len(one) != HASH for one in path)
    ):
        raise ValueError("its proof is not in the right form")
    if climb(entry, inclusion["leaf_index"], size, path) != root:
        raise ValueError("its path does not lead to the signed root")


def agrees(facts: Event, receipt: Event | None) -> bool:
    """Say whether the event that recorded a consent says what the receipt says."""
    if receipt is None:
        return False
    try:
        processing, event = receipt["pii_processing"], receipt["event"]
        notice = processing["privacy_notice"]
        said = {
            "consent": receipt["record_id"],
            "document": notice["document"],
            "version": notice["version"],
            "text_sha256": notice["sha256"],
            "text_kind": notice["text_kind"],
            "language": processing["language"],
            "channel": processing["collection_method"],
            "act": event["event_type"],
            "evidence_grade": event["evidence_grade"],
        }
        later = {one["purpose"] for one in facts["choices"] if one["state"] == "pending_approval"}  # a term comes then
        answers, recorded = (
            sorted((one["purpose"], one["granted"], one["purpose"] in later or one["expires_on"]) for one in choices)
            for choices in (processing["purposes"], facts["choices"])
        )
        return (
            all(facts.get(name) == value for name, value in said.items())
            and moment(facts["given_at"]) == moment(event["event_time"])
            and recorded == answers
        )
    except (KeyError, TypeError, ValueError):
        return False


# The command


def verify_any(given: argparse.Namespace) -> Report:
    """Verify what was named, whatever it is."""
    signers, place = read_signers(given.jwks), Path(given.what)
    is_receipt = place.is_file() and not begins_as_zip(place)
    if not given.key and not is_receipt:
        raise NotAnExportError("Name the verifier key of the log with --key.")
    if given.witness and is_receipt:
        raise NotAnExportError("A receipt alone holds no head that a witness could have cosigned.")
    if not signers and (is_receipt or given.receipt):
        raise NotAnExportError("Name the file with the published keys of receipts with --jwks.")
    if is_receipt:
        report = Report()
        receipt = open_receipt(place, signers, report)
        if receipt is not None:
            report.proven.append(f"receipt of consent {receipt['record_id']}: signed by the key that was given")
            report.unchecked.append("whether the ledger holds it: no log was given")
        return report
    if {"manifest.jwt", "manifest.json"} & Source(place).names():
        return verify_pack(Source(place), read_keys(given.key, LOG_KEY), signers, read_keys(given.witness, WITNESS_KEY))
    kept = tuple(read_note(file) for file in given.head)
    return verify(place, given.key, Given(tuple(given.receipt), signers, tuple(given.witness), kept, given.whole))


def begins_as_zip(place: Path) -> bool:
    """Say whether a file is meant to be a ZIP file, though its end may be missing."""
    with place.open("rb") as file:
        return file.read(2) == b"PK" or zipfile.is_zipfile(place)


def read_note(file: str) -> str:
    """Return a head that somebody kept."""
    try:
        return Path(file).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise NotAnExportError(f"The head {file} cannot be read.") from error


def plain(text: str) -> str:
    """Return text that moves no cursor: whatever cannot be printed is written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def main(arguments: list[str] | None = None) -> int:
    """Verify from the command line."""
    parser = argparse.ArgumentParser(description="Verify a Kelisim ledger, receipt or proof pack, offline.")
    parser.add_argument("what", help="export or proof pack (a folder, or a ZIP file of it), or receipt.jwt")
    parser.add_argument("--key", action="append", default=[], help="verifier key of a log; once for each log")
    parser.add_argument("--witness", action="append", default=[], help="verifier key of a witness; once for each")
    parser.add_argument("--jwks", help="file with the published keys of receipts")
    parser.add_argument("--receipt", action="append", default=[], help="receipt to look up in the export")
    parser.add_argument(
        "--head", action="append", default=[], help="file with a head that you kept; the export must hold it"
    )
    parser.add_argument("--whole", action="store_true", help="fail unless the export holds the events of all operators")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        report = verify_any(given)
    except NotAnExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(
            json.dumps(
                {
                    "valid": not report.count,
                    "proven": report.proven,
                    "unchecked": report.unchecked,
                    "failed": report.failed,
                    "failures": report.count,
                }
            )
        )
        return 1 if report.count else 0
    if report.count:
        first = report.failed[0]
        print(plain(f"NOT PROVEN. First: {first['place']}: {first['what']}. {report.count} in all."))
        for one in report.failed[1:]:
            print(plain(f"  {one['place']}: {one['what']}"))
        return 1
    print("PROVEN.")
    for line in report.proven:
        print(plain(f"  {line}"))
    for line in report.unchecked:
        print(plain(f"NOT CHECKED BY THIS PROGRAM: {line}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
