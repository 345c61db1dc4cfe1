"""The transit engine of HashiCorp Vault or OpenBao keeps the outer keys and wraps under them.

What its token must be allowed is said in ``docs/keys.md``.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import hvac
import requests
from hvac.exceptions import InvalidPath, InvalidRequest, VaultError

from consent_service.kernel.errors import KeyUnavailableError

TIMEOUT_SECONDS = 10
_KIND = "aes256-gcm96"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transit:
    """A key server: its address, the mount of the transit engine, and the file that holds a token.

    The file is read at each call, so that an agent may renew the token.
    """

    url: str
    mount: str
    token_file: Path
    name = "transit"

    def wrap(self, outer: str, key: bytes) -> str:
        """Wrap a key under an outer key, which is made if it is not there."""

        def act(engine: Any) -> str:  # Any: hvac is untyped
            engine.create_key(name=outer, key_type=_KIND, exportable=False, mount_point=self.mount)
            answer = engine.encrypt_data(
                name=outer,
                plaintext=base64.b64encode(key).decode(),
                associated_data=_encode(outer),
                mount_point=self.mount,
            )
            return str(answer["data"]["ciphertext"])

        return self._call(act)

    def unwrap(self, outer: str, wrapped: str) -> bytes:
        """Open a wrapped key."""

        def act(engine: Any) -> bytes:  # Any: hvac is untyped
            answer = engine.decrypt_data(
                name=outer, ciphertext=wrapped, associated_data=_encode(outer), mount_point=self.mount
            )
            return base64.b64decode(answer["data"]["plaintext"], validate=True)

        return self._call(act)

    def destroy(self, outer: str) -> None:
        """Destroy an outer key for good."""

        def act(engine: Any) -> None:  # Any: hvac is untyped
            try:
                engine.read_key(name=outer, mount_point=self.mount)
            except InvalidPath:
                return
            engine.update_key_configuration(name=outer, deletion_allowed=True, mount_point=self.mount)
            engine.delete_key(name=outer, mount_point=self.mount)

        self._call(act)

    def _call(self, act: Callable[[Any], T]) -> T:  # Any: hvac is untyped
        try:
            token = self.token_file.read_text().strip()
        except OSError as error:
            raise KeyUnavailableError(f"TRANSIT_TOKEN_FILE cannot be read: {error.strerror}.") from error
        client = hvac.Client(url=self.url, token=token, timeout=TIMEOUT_SECONDS)
        try:
            return act(client.secrets.transit)
        except (InvalidPath, InvalidRequest) as error:
            raise KeyUnavailableError(
                f"The key server at {self.url} has no such key, or another: the key file was wrapped elsewhere, or "
                "the key was destroyed. Restore the key server from its backup."
            ) from error
        except VaultError as error:
            raise KeyUnavailableError(
                f"The key server at {self.url} refuses ({type(error).__name__}): check its seal, "
                "the token and its policy."
            ) from error
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise KeyUnavailableError(
                f"The key server at {self.url} does not answer as one: check TRANSIT_URL and that it runs."
            ) from error


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
