"""Requests whose files stay in memory: what somebody sends never lies on the disk in clear."""

from io import BytesIO
from typing import IO

from flask import Request


class UnspooledRequest(Request):
    """A request that writes no temporary files; the limits of its size bound the memory."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - Werkzeug's own signature
        content_type: str | None,  # noqa: ARG002 - as above
        filename: str | None = None,  # noqa: ARG002 - as above
        content_length: int | None = None,  # noqa: ARG002 - as above
    ) -> IO[bytes]:
        return BytesIO()
