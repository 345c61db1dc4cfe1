"""Who keeps the keys of the key file: the file itself, a key server (Vault or OpenBao transit), or a PKCS#11 token.

Each key of the file is wrapped under an outer key of its own that never leaves the provider.  When the outer key is
destroyed, no copy of the file opens any more for what it wrapped.
"""

from typing import Protocol


class KeyProvider(Protocol):
    """Wraps the keys of the key file.  ``name`` stands in the file, so that another provider is noticed at once.

    Outer keys are named by the caller: letters, digits and hyphens.
    """

    name: str

    def wrap(self, outer: str, key: bytes) -> str:
        """Wrap a key under an outer key, which is made if it is not there.

        Raises:
            KeyUnavailableError: The provider cannot be reached, or refuses.
        """

    def unwrap(self, outer: str, wrapped: str) -> bytes:
        """Open a wrapped key.

        Raises:
            KeyUnavailableError: The provider cannot be reached, or the outer key is not there or another.
        """

    def destroy(self, outer: str) -> None:
        """Destroy an outer key for good; one that is not there is destroyed already.

        Raises:
            KeyUnavailableError: The provider cannot be reached, or refuses.
        """
