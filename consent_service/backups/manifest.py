"""The manifest of a backup: what lies in it, of which installation, under which key; it is checked first.

The key of a backup is derived from the key-encryption key of the epoch in which it was made.  It lies nowhere: when the
key of the epoch is destroyed, no backup of the time opens any more, whoever has a copy of it.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import orjson

from consent_service.backups.faults import BackupError
from consent_service.backups.sealing import Sealed
from consent_service.kernel.canonical import canonical
from consent_service.kernel.crypto import derive
from consent_service.kernel.key_file import KeyFile

FORMAT, MANIFEST = "kelisim-backup/1", "manifest.json"
DATABASE, LEDGER = "database.sealed", "ledger.sealed"
_SALT_BYTES = 16
_UNREAD = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; ``mac`` is over all the rest."""

    format: str
    installation: str
    made_at: str
    dialect: str
    schema: str
    epoch: int
    salt: str
    files: Mapping[str, Sealed]
    mac: str = ""


@dataclass(frozen=True, repr=False, slots=True)
class BackupKey:
    """The key of one backup, and the keys of its files."""

    key: bytes

    def of_file(self, name: str) -> bytes:
        """Return the key of a file."""
        return derive(self.key, f"backup-file|{name}|v1")

    def mac(self, manifest: Manifest) -> str:
        """Return what shows that a manifest is ours and whole."""
        said = canonical(asdict(replace(manifest, mac="")))
        return hmac.digest(derive(self.key, "backup-manifest|v1"), said, "sha256").hex()


def begin(key_file: KeyFile, dialect: str, schema: str, now: datetime) -> tuple[Manifest, BackupKey]:
    """Begin the manifest of a new backup, with a key of its own."""
    epoch, salt = key_file.ring().epoch, secrets.token_hex(_SALT_BYTES)
    made_at = now.isoformat(timespec="seconds")
    manifest = Manifest(FORMAT, key_file.installation, made_at, dialect, schema, epoch, salt, {})
    return manifest, _key(key_file, epoch, salt)


def finished(manifest: Manifest, key: BackupKey, files: Mapping[str, Sealed]) -> bytes:
    """Return the manifest as it is written when all files are."""
    whole = replace(manifest, files=files)
    return orjson.dumps(asdict(replace(whole, mac=key.mac(whole))), option=orjson.OPT_INDENT_2)


def read_manifest(folder: Path, key_file: KeyFile) -> tuple[Manifest, BackupKey]:
    """Read the manifest of a backup and hold it against the key file.

    Raises:
        BackupError: It is none, or of another installation, or the key that opens it is not in the key file.
    """
    try:
        raw = orjson.loads((folder / MANIFEST).read_bytes())
        made_by = str(raw["format"])
        files = {str(name): Sealed(int(one["size"]), str(one["sha256"])) for name, one in raw["files"].items()}
        manifest = Manifest(**{**raw, "epoch": int(raw["epoch"]), "files": files})
    except FileNotFoundError as error:
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST}.") from error
    except _UNREAD as error:
        raise BackupError(f"{MANIFEST} of the backup is damaged: use another backup. Nothing was changed.") from error
    if made_by != FORMAT or set(files) != {DATABASE, LEDGER}:
        raise BackupError(f"The backup has the form {made_by!r}, which this release does not read: {FORMAT} it reads.")
    if manifest.installation != key_file.installation:
        raise BackupError(
            f"The backup is of another installation than the key file {key_file.path}: put the key file of that "
            "installation at KEY_FILE. Nothing was changed."
        )
    if manifest.epoch not in key_file.ring().key_encryption_keys:
        raise BackupError(
            f"The backup was sealed in the epoch {manifest.epoch}, whose key is not in the key file {key_file.path}: "
            "put a copy of the key file from then at KEY_FILE, if one was kept. Nothing was changed."
        )
    key = _key(key_file, manifest.epoch, manifest.salt)
    if not hmac.compare_digest(key.mac(manifest).encode(), manifest.mac.encode()):
        raise BackupError(
            f"{MANIFEST} of the backup was altered, or sealed with another key than that of the key file "
            f"{key_file.path}. Nothing was changed."
        )
    return manifest, key


def _key(key_file: KeyFile, epoch: int, salt: str) -> BackupKey:
    return BackupKey(derive(key_file.ring().key_encryption_keys[epoch], f"backup|{salt}|v1"))
