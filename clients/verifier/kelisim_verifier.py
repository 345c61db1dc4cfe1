#!/usr/bin/env python3
"""Verify what a Kelisim service hands out, offline and without trusting it: ledgers, receipts, proof packs.

    python kelisim_verifier.py EXPORT --key NAME+ID+KEY [--receipt FILE --jwks FILE] [--json]
    python kelisim_verifier.py PACK --key NAME+ID+KEY --jwks FILE
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
PACK = "kelisim-proof/1"
RECEIPT = "kelisim-receipt/2"
LEAF_DOMAIN = b"consent-ledger/leaf/v1\x00"
HASH, WIDTH, ENTRY = 32, 256, 33
MOST_BYTES = 1 << 30  # of one file
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

    def names(self) -> set[str]:
        """Return the names of all files."""
        if self.zip is not None:
            return {name for name in self.zip.namelist() if not name.endswith("/")}
        return {path.relative_to(self.place).as_posix() for path in self.place.rglob("*") if path.is_file()}


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


def check_follows(
    source: Source, described: Mapping[int, Event], logs: Mapping[int, list[bytes]], keys: Keys, report: Report
) -> None:
    """Check that each log after the first goes on where the one before stopped, and say so where it does not.

    Its first leaf must be the event that opened it and names the head that it follows.
    """
    opened = {event["epoch"]: event for event in opening_events(source)}
    for epoch in sorted(described)[1:]:
        origin, follows = str(described[epoch]["origin"]), described[epoch].get("follows")
        try:
            before, size, root = read_head(follows if isinstance(follows, str) else "", keys)
            said = opened_event(opened.get(epoch, {}), logs[epoch][0]) if logs[epoch] else None
            if said is None or said["kind"] != "ledger_epoch_opened":
                raise ValueError("its first leaf is not the event that opened it")
            if (said["facts"].get("origin"), said["facts"].get("size"), said["facts"].get("root")) != (
                before,
                str(size),
                root.hex(),
            ):
                raise ValueError("the event that opened it names another head than the export")
        except ValueError as error:
            report.fail(f"log {origin}", f"the head that it follows does not hold: {error}")
            continue
        older = next((entries for number, entries in logs.items() if described[number]["origin"] == before), None)
        tree = Roots()
        for entry in (older or [])[:size]:
            tree.add(leaf(entry))
        if older is not None and (tree.size, tree.root()) == (size, root):
            report.proven.append(f"log {origin} goes on after head {size} of log {before}")
        else:
            report.proven.append(
                f"log {origin} was opened, on record, because log {before} could not go on: head {size} of it had been "
                f"told, and its leaves are not all here; what was lost in between is not shown"
            )


def opening_events(source: Source) -> Iterator[Event]:
    """Yield the events at the beginning of a log, as they stand in the export."""
    for line in lines_of(source, "events.jsonl", Report()):
        try:
            event = json.loads(line)
            if event["index"] == 0 and type(event["epoch"]) is int:
                yield event
        except (ValueError, KeyError, TypeError, RecursionError):
            continue


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


def verify(
    place: str | Path, keys: Iterable[str], receipts: Iterable[str | Path] = (), signers: Signers | None = None
) -> Report:
    """Verify an export with keys as text, and receipts against it; return the report."""
    known = {name: (key_id, key) for name, key_id, key in map(read_key, keys)}
    source, report = Source(place), Report()
    try:
        described = json.loads(source.read("export.json") or b"")
        if described["format"] != FORMAT:
            raise NotAnExportError(f"The format is not {FORMAT}.")
        logs = {int(log["epoch"]): log for log in described["logs"]}
        origins = {epoch: str(log["origin"]) for epoch, log in logs.items()}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAnExportError("export.json is missing or cannot be read.") from error
    if not logs:
        raise NotAnExportError("The export holds no log.")
    entries = {epoch: check_log(source, epoch, origin, known, report) for epoch, origin in sorted(origins.items())}
    whole = described.get("operator") == 0
    check_events(source, entries, whole=whole, report=report)
    if whole:  # the events that open logs are the installation's own
        check_follows(source, logs, entries, known, report)
    known_entries = {entry.hex() for log in entries.values() for entry in log}
    for file in receipts:
        check_receipt(file, signers or {}, known_entries, report)
    return report


# Signed texts (JWS, RFC 7515 and 9864), receipts


def read_signers(path: str | Path | None) -> Signers:
    """Return the keys of a JWKS file by their ids."""
    if path is None:
        return {}
    try:
        described = json.loads(Path(path).read_bytes())["keys"]
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
        described = json.loads(unpadded_base64(head))
        if described["alg"] != "Ed25519" or described["typ"] != kind or "crit" in described:
            raise ValueError("it is signed as something else")
        key = signers.get(str(described["kid"]))
        if key is None:
            raise ValueError("no key was given for its signature")
        key.verify(unpadded_base64(signature), f"{head}.{body}".encode())
        said = json.loads(unpadded_base64(body))
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


def check_receipt(file: str | Path, signers: Signers, entries: set[str] | None, report: Report) -> None:
    """Check the signature of a receipt, and that its leaf is among the entries of the logs where there are any."""
    place = f"receipt {Path(file).name}"
    try:
        token = Path(file).read_bytes()[: MOST_TOKEN + 1].decode("ascii").strip()
        receipt = read_receipt(token, signers)
    except OSError:
        report.fail(place, "it cannot be read")
        return
    except ValueError as error:
        report.fail(
            place, str(error) if not isinstance(error, UnicodeError) else "it is not in the form of a signed text"
        )
        return
    number, promised = receipt["record_id"], leaf_of(receipt)
    if entries is None:
        report.proven.append(f"receipt of consent {number}: signed by the key that was given; no log was given")
    elif promised is None:
        report.proven.append(f"receipt of consent {number}: signed; it is from before the ledger")
    elif promised in entries:
        report.proven.append(f"receipt of consent {number}: signed, and its leaf is in the log")
    else:
        report.fail(place, "its leaf is not in the log under the heads of this export")


def unpadded_base64(text: object) -> bytes:
    """Decode base64url without padding, written in the one way that encoders write."""
    if not isinstance(text, str):
        raise binascii.Error
    decoded = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise binascii.Error
    return decoded


# Proof packs


def verify_pack(source: Source, keys: Keys, signers: Signers) -> Report:
    """Verify the proof pack of one consent."""
    report = Report()
    try:
        manifest = read_signed(
            (source.read("manifest.jwt") or b"").decode("ascii", "replace").strip(), "consent-proof+jwt", signers
        )
        if manifest.get("format") != PACK or json.loads(source.read("manifest.json") or b"null") != manifest:
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
    check_pack_events(source, keys, receipt, report)
    return report


def check_pack_receipt(source: Source, manifest: Event, signers: Signers, report: Report) -> Event | None:
    """Check the receipt of a pack, and the text against its digest."""
    try:
        receipt = read_receipt((source.read("receipt/receipt.jwt") or b"").decode("ascii", "replace").strip(), signers)
        if receipt["record_id"] != manifest.get("consent"):
            raise ValueError("it is of another consent")
        if json.loads(source.read("receipt/receipt.json") or b"null") != receipt:
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


def check_pack_events(source: Source, keys: Keys, receipt: Event | None, report: Report) -> None:
    """Check that each event opens its leaf under a signed head, and that no stream has a gap."""
    try:
        events = json.loads(source.read("ledger/events.json") or b"")
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise ValueError
    except (ValueError, RecursionError):
        report.fail("ledger/events.json", "it cannot be read")
        return
    streams: dict[tuple[int, str], list[Link]] = {}
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
        recorded = recorded or (
            entry.hex() == promised and said["kind"] == "consent_recorded" and agrees(said["facts"], receipt)
        )
        streams.setdefault((said["operator"], said["stream"]), []).append(
            (said["stream_seq"], said["prev"], entry, place)
        )
    for stream in streams.values():
        check_stream(sorted(stream, key=lambda one: one[0]), set(), report)
    report.proven.append(f"{proven} events open leaves under signed heads, in {len(streams)} streams without a gap")
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
    processing = receipt["pii_processing"]
    notice, answers = processing["privacy_notice"], [(one["purpose"], one["granted"]) for one in processing["purposes"]]
    return (
        facts.get("consent") == receipt["record_id"]
        and facts.get("text_sha256") == notice["sha256"]
        and (facts.get("document"), facts.get("version")) == (notice["document"], notice["version"])
        and facts.get("language") == processing["language"]
        and sorted((one["purpose"], one["granted"]) for one in facts["choices"]) == sorted(answers)
    )


# The command


def verify_any(given: argparse.Namespace) -> Report:
    """Verify what was named, whatever it is."""
    signers, place = read_signers(given.jwks), Path(given.what)
    is_receipt = place.is_file() and not zipfile.is_zipfile(place)
    if not given.key and not is_receipt:
        raise NotAnExportError("Name the verifier key of the log with --key.")
    if not signers and (is_receipt or given.receipt):
        raise NotAnExportError("Name the file with the published keys of receipts with --jwks.")
    if is_receipt:
        report = Report()
        check_receipt(place, signers, None, report)
        return report
    if {"manifest.jwt", "manifest.json"} & Source(place).names():
        keys = {name: (key_id, key) for name, key_id, key in map(read_key, given.key)}
        return verify_pack(Source(place), keys, signers)
    return verify(place, given.key, given.receipt, signers)


def main(arguments: list[str] | None = None) -> int:
    """Verify from the command line."""
    parser = argparse.ArgumentParser(description="Verify a Kelisim ledger, receipt or proof pack, offline.")
    parser.add_argument("what", help="export or proof pack (a folder, or a ZIP file of it), or receipt.jwt")
    parser.add_argument("--key", action="append", default=[], help="verifier key of a log; once for each log")
    parser.add_argument("--jwks", help="file with the published keys of receipts")
    parser.add_argument("--receipt", action="append", default=[], help="receipt to look up in the export")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    try:
        report = verify_any(given)
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
