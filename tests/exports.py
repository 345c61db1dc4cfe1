"""Small exports made by hand, with keys of their own: what a dishonest operator could write and sign."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.ledger.heads import Head, sign_head, verifier_key
from consent_service.ledger.leaf import Leaf, make_leaf
from consent_service.ledger.merkle import leaf_hash
from consent_service.ledger.static_files import bundle
from tests.property.test_merkle import mth

NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ORIGIN = "made.example/ledger/1"
MOST = 255  # leaves: one tile of one level


@dataclass
class MadeLog:
    """A log that grows event by event; ``told`` signs a head over what is there."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    leaves: list[Leaf] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: str, facts: dict[str, Any], minutes: float = 0) -> Leaf:  # Any: JSON values
        """Add an event in a stream of its own, some minutes after noon."""
        number = len(self.leaves) + 1
        at = (NOON + timedelta(minutes=minutes)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        body = {
            "id": str(UUID(int=number)),
            "kind": kind,
            "operator": 1,
            "stream": str(UUID(int=1000 + number)),
            "stream_seq": 1,
            "prev": None,
            "at": at,
            "actor": "command:test",
            "facts": facts,
        }
        self.leaves.append(make_leaf(body))
        return self.leaves[-1]

    def told(self) -> str:
        """Sign a head over all leaves, and return the note."""
        root = mth([leaf_hash(leaf.leaf_input) for leaf in self.leaves])
        self.notes.append(sign_head(Head(ORIGIN, len(self.leaves), root), self.key))
        return self.notes[-1]

    @property
    def verifier_key(self) -> str:
        """The key that verifies its heads."""
        return verifier_key(ORIGIN, self.key.public_key())

    def write(self, folder: Path, operator: int = 0, notes: Sequence[str] | None = None) -> Path:
        """Write the export as far as its last note."""
        notes = self.notes if notes is None else notes
        count = int(notes[-1].split("\n")[1])
        tiles = folder / "1" / "tile"
        for name, body in (
            (f"0/000.p/{count}", b"".join(leaf_hash(leaf.leaf_input) for leaf in self.leaves[:count])),
            (f"entries/000.p/{count}", bundle([leaf.leaf_input for leaf in self.leaves[:count]])),
        ):
            (tiles / name).parent.mkdir(parents=True, exist_ok=True)
            (tiles / name).write_bytes(body)
        (folder / "1" / "checkpoint").write_text(notes[-1])
        (folder / "1" / "heads.jsonl").write_text("".join(f"{json.dumps(note)}\n" for note in notes))
        events = [
            {"epoch": 1, "index": index, "body": leaf.body.decode(), "salt": leaf.salt.hex()}
            for index, leaf in enumerate(self.leaves[:count])
        ]
        (folder / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
        logs = [{"epoch": 1, "origin": ORIGIN, "verifier_key": self.verifier_key, "follows": None}]
        about = {"format": "kelisim-ledger-export/1", "made_at": "x", "operator": operator, "logs": logs}
        (folder / "export.json").write_text(json.dumps(about))
        return folder
