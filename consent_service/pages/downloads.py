"""Files that a page hands out; no browser and no proxy keeps them."""

from werkzeug.wrappers import Response

PDF = "application/pdf"


def to_read(content: bytes | str, media_type: str, name: str) -> Response:
    """Answer with a file that the browser shows."""
    return _file(content, media_type, f'inline; filename="{name}"')


def to_keep(content: bytes | str, media_type: str, name: str) -> Response:
    """Answer with a file that the browser saves."""
    return _file(content, media_type, f'attachment; filename="{name}"')


def _file(content: bytes | str, media_type: str, disposition: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
    return Response(content, mimetype=media_type, headers=headers)
