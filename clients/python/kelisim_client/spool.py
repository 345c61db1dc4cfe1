"""What could not be confirmed yet, one file each: whole or not there, for its own account alone."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_KEYS = "published.keys"


class Spool:
    """A folder of requests that wait.  They hold who the person is, so keep the folder where such data may lie."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, waiting: Mapping[str, Any]) -> None:  # Any: JSON values
        """Keep a request, through to the disk."""
        self._write(f"{secrets.token_hex(16)}.json", waiting)

    def keep_keys(self, jwks: Mapping[str, Any]) -> None:  # Any: JSON values
        """Keep the published keys, for a start while the service is away."""
        self._write(_KEYS, jwks)

    def known_keys(self) -> dict[str, Any] | None:  # Any: JSON values
        """Return the keys that were kept last, None where there are none."""
        place = self.folder / _KEYS
        return json.loads(place.read_text(encoding="utf-8")) if place.is_file() else None

    def _write(self, name: str, said: Mapping[str, Any]) -> None:  # Any: JSON values
        fresh = self.folder / f".{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(said, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)

    def waiting(self) -> Iterator[tuple[Path, dict[str, Any]]]:  # Any: JSON values
        """Yield what waits, the oldest first, each with its file; whoever is done with one deletes it."""
        for place in sorted(self.folder.glob("*.json"), key=lambda one: (one.stat().st_mtime_ns, one.name)):
            yield place, json.loads(place.read_text(encoding="utf-8"))
