"""Files as a ZIP that says what each holds: a list of their digests, signed, in ``manifest.json`` and ``.jwt``."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import IO, Any, Self

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.errors import JoseError

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.signing import UnknownKeyError, sign, signed_by

LIST, SIGNED_LIST = "manifest.json", "manifest.jwt"
_PART = 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier moment; when it was made stands in the list


class SignedZip:
    """A ZIP that is written file by file, so that one may be larger than memory; the signed list comes last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._digests: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, content: bytes) -> None:
        """Add one file."""
        self.add_parts(name, (content,))

    def add_parts(self, name: str, parts: Iterable[bytes]) -> None:
        """Add one file that comes in parts."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, _EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for part in parts:
                digest.update(part)
                entry.write(part)
        self._digests[name] = digest.hexdigest()

    def sign(self, about: Mapping[str, Any], kind: str, key: Ed25519PrivateKey) -> None:  # Any: JSON values
        """Write the list of what is in it, signed as a JWS of a kind; ``about`` stands in the list."""
        said = dict(about) | {"files": dict(sorted(self._digests.items()))}
        self.add(LIST, as_json(said))
        self.add(SIGNED_LIST, sign(orjson.dumps(said), kind, key).encode())


def checked_list(file: IO[bytes], kind: str, keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:  # Any: JSON values
    """Return the list of a ZIP whose signature is by one of these keys and whose files are all those of the list.

    Raises:
        InvalidInputError: It is none, was altered, or another key signed it; the message says which file does not fit.
    """
    try:
        with zipfile.ZipFile(file) as pack:
            said = orjson.loads(signed_by(pack.read(SIGNED_LIST).decode("ascii"), kind, keys))
            if orjson.loads(pack.read(LIST)) != said:
                raise InvalidInputError(f"{LIST} is not the list that was signed.")
            listed: dict[str, str] = said["files"]
            names = set(pack.namelist()) - {LIST, SIGNED_LIST}
            for name in sorted(names ^ set(listed)):
                raise InvalidInputError(f"{name} is missing, or was added.")
            for name, digest in listed.items():
                if _digest_in(pack, name) != digest:
                    raise InvalidInputError(f"{name} was altered.")
    except UnknownKeyError as error:
        raise InvalidInputError("It was not signed by this installation.") from error
    except (zipfile.BadZipFile, zlib.error, JoseError, KeyError, TypeError, ValueError, EOFError) as error:
        raise InvalidInputError("It is no such pack, or it was altered.") from error
    return dict(said)


def as_json(value: object) -> bytes:
    """Write a value as the files of a ZIP have it."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str)


def _digest_in(pack: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with pack.open(name) as entry:
        while part := entry.read(_PART):
            digest.update(part)
    return digest.hexdigest()
