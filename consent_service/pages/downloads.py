"""Files that a page hands out; no browser and no proxy keeps them."""

from urllib.parse import quote

from werkzeug.wrappers import Response

PDF = "application/pdf"


def to_read(content: bytes | str, media_type: str, name: str) -> Response:
    """Answer with a file that the browser shows."""
    return _file(content, media_type, f'inline; filename="{name}"')


def to_keep(content: bytes | str, media_type: str, name: str) -> Response:
    """Answer with a file that the browser saves."""
    return _file(content, media_type, to_be_saved(name))


def to_be_saved(name: str) -> str:
    """Return the header by which a browser saves a file under a name, in whatever letters it is.

    >>> to_be_saved("deed.pdf"), to_be_saved("қ.pdf")
    ('attachment; filename="deed.pdf"', "attachment; filename*=UTF-8''%D2%9B.pdf")
    """
    plain = name.isascii() and name.isprintable() and '"' not in name
    return f'attachment; filename="{name}"' if plain else f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _file(content: bytes | str, media_type: str, disposition: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
    return Response(content, mimetype=media_type, headers=headers)
