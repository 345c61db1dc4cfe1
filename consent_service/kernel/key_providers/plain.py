"""The file itself keeps the keys: it protects against the theft of the database alone."""

import base64


class PlainFile:
    """Keys stand in the key file as they are, which is for its owner's eyes alone (mode 0600)."""

    name = "file"

    def wrap(self, outer: str, key: bytes) -> str:  # noqa: ARG002 - there is no outer key
        """Write a key as text."""
        return base64.b64encode(key).decode()

    def unwrap(self, outer: str, wrapped: str) -> bytes:  # noqa: ARG002 - as above
        """Read a key from text."""
        return base64.b64decode(wrapped, validate=True)

    def destroy(self, outer: str) -> None:
        """Do nothing: the key goes with its line in the file."""
