"""Static files: addressed by their content, so that they can be kept for ever; libraries with their integrity."""

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, url_for
from flask.helpers import send_from_directory
from werkzeug.wrappers import Response

from consent_service.pages.blueprint import pages

STATIC = Path(__file__).parent / "static"
FOR_EVER = 365 * 24 * 3600


def init(app: Flask) -> None:
    """Give templates the addresses of files."""
    app.jinja_env.globals |= {"file_url": file_url, "integrity": integrity}


@pages.get("/static/<path:name>")
def static_file(name: str) -> Response:
    """Serve a file."""
    answer = send_from_directory(STATIC, name, max_age=FOR_EVER)
    answer.cache_control.immutable = True
    return answer


def file_url(name: str) -> str:
    """Return the address of a file with the head of its digest."""
    return url_for("pages.static_file", name=name, v=_digest(name))


@cache
def integrity(name: str) -> str:
    """Return the integrity of an installed library file, from the manifest that its installation wrote."""
    manifest = json.loads((STATIC / "vendor" / "manifest.json").read_text())
    return str(manifest["files"][name]["integrity"])


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
