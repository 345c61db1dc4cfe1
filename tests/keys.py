"""Key files for the tests."""

from pathlib import Path

from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.key_providers.plain import PlainFile
from consent_service.kernel.keys import Keyring


def open_key_file(place: Path) -> Keyring:
    """Return the keys of a file that keeps them itself; it is made where it is not there."""
    return KeyFile(place, PlainFile()).ring()
