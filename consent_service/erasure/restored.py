"""The note of a restore, beside the log of erasures: while it lies there, nothing starts.

It is written before a database is put back, and goes when a replay or an override answers for it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from consent_service.erasure.log import ErasureLogError
from consent_service.kernel.files import replace_private

MARK = "restored.json"


@dataclass(frozen=True, slots=True)
class Restore:
    """What was put back: the backup of when; whether it came to its end, and whether it brought the folder too."""

    made_at: str
    finished: bool
    fills: bool


def note_restore(folder: Path, restore: Restore) -> None:
    """Note that a restore has begun, or is finished."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_private(folder / MARK, orjson.dumps(asdict(restore)).decode())


def restore_of(folder: Path) -> Restore | None:
    """Return the restore that nobody has answered for yet.

    Raises:
        ErasureLogError: The note cannot be read.
    """
    try:
        said = orjson.loads((folder / MARK).read_bytes())
        return Restore(str(said["made_at"]), finished=bool(said["finished"]), fills=bool(said["fills"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, LookupError) as error:
        raise ErasureLogError(f"{folder / MARK} cannot be read: run the restore again.") from error


def take_back(folder: Path, before: Restore | None) -> None:
    """Note again what was noted before a restore that changed nothing."""
    if before is None:
        (folder / MARK).unlink(missing_ok=True)
    else:
        note_restore(folder, before)


def check_finished(folder: Path) -> None:
    """Refuse to answer for a restore that was broken off.

    Raises:
        ErasureLogError: It was.
    """
    restore = restore_of(folder)
    if restore and not restore.finished:
        raise ErasureLogError(
            f"The restore of the backup of {restore.made_at} was broken off: run it again, with --replace-data."
        )


def answer_for_restore(folder: Path) -> None:
    """Let the service start again, once a replay or an override is on record."""
    (folder / MARK).unlink(missing_ok=True)
