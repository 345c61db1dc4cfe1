"""A PKCS#11 token keeps the outer keys: an HSM, or SoftHSM.  They are AES keys that cannot be taken out of it."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import NoSuchKey, NoSuchToken, PKCS11Error

from consent_service.kernel.errors import KeyUnavailableError

_BITS = 256
_NONCE_BYTES = 12
_TAG_BITS = 128


@dataclass(frozen=True, slots=True)
class Pkcs11Token:
    """A token: the library of its maker, its label, and the file that holds the PIN of its user."""

    module: Path
    label: str
    pin_file: Path
    name = "pkcs11"

    def wrap(self, outer: str, key: bytes) -> str:
        """Wrap a key under an outer key, which is made if it is not there."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        with self._session() as session:
            found = self._find(session, outer) or session.generate_key(
                KeyType.AES,
                _BITS,
                label=outer,
                id=outer.encode(),
                store=True,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            return base64.b64encode(nonce + found.encrypt(key, **_sealing(nonce, outer))).decode()

    def unwrap(self, outer: str, wrapped: str) -> bytes:
        """Open a wrapped key."""
        blob = base64.b64decode(wrapped, validate=True)
        nonce, sealed = blob[:_NONCE_BYTES], blob[_NONCE_BYTES:]
        with self._session() as session:
            found = self._find(session, outer)
            if found is None:
                raise KeyUnavailableError(
                    f"The token {self.label} has no key {outer}: it was destroyed, or this is another token."
                )
            return bytes(found.decrypt(sealed, **_sealing(nonce, outer)))

    def destroy(self, outer: str) -> None:
        """Destroy an outer key for good."""
        with self._session() as session:
            found = self._find(session, outer)
            if found is not None:
                found.destroy()

    def _find(self, session: Any, outer: str) -> Any:  # Any: python-pkcs11 is untyped
        try:
            return session.get_key(object_class=ObjectClass.SECRET_KEY, label=outer)
        except NoSuchKey:
            return None

    @contextmanager
    def _session(self) -> Iterator[Any]:  # Any: python-pkcs11 is untyped
        try:
            pin = self.pin_file.read_text().strip()
            token = pkcs11.lib(str(self.module)).get_token(token_label=self.label)
            with token.open(rw=True, user_pin=pin) as session:
                yield session
        except NoSuchToken as error:
            raise KeyUnavailableError(f"There is no token {self.label}: check PKCS11_TOKEN and the device.") from error
        except OSError as error:
            raise KeyUnavailableError(f"PKCS11_PIN_FILE cannot be read: {error.strerror}.") from error
        except (PKCS11Error, RuntimeError) as error:
            raise KeyUnavailableError(
                f"The token {self.label} refuses ({type(error).__name__}): check its PIN and library, and that the "
                "key file was wrapped with it."
            ) from error


def _sealing(nonce: bytes, outer: str) -> dict[str, object]:
    """Say how to seal: AES-GCM, for the name of the outer key."""
    return {
        "mechanism": Mechanism.AES_GCM,
        "mechanism_param": pkcs11.GCMParams(nonce, outer.encode(), _TAG_BITS),
    }
