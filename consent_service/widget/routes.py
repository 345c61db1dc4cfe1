"""The script at ``/w/<version>/k.js``: for ever by its whole version, for an hour by its major number alone.

The names are neutral: blockers match words such as the one that this service is about.
"""

import gzip
import re
from functools import cache

import orjson
from flask import Blueprint, Response, abort, request

from consent_service.widget.embedding import NAME, published, script_of

widget = Blueprint("widget", __name__)
FOR_EVER, FOR_AN_HOUR = "public, max-age=31536000, immutable", "public, max-age=3600"
_WHOLE = re.compile(r"\d+\.\d+\.\d+", re.ASCII)


@widget.get(f"/w/<version>/{NAME}")
def script(version: str) -> Response:
    """Serve a version of the script to pages of any origin."""
    found = script_of(version)
    if found is None:
        abort(404)
    answer = Response(found.content, mimetype="text/javascript")
    answer.headers["Cache-Control"] = FOR_EVER if _WHOLE.fullmatch(version) else FOR_AN_HOUR
    answer.set_etag(f"{found.version}-{found.integrity[-16:]}")
    if request.accept_encodings.best_match(["gzip"]):
        answer.set_data(_packed(found.version))
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.make_conditional(request)
    return _for_everybody(answer)


@widget.get("/w/versions.json")
def versions() -> Response:
    """List the versions with their digests, for ``integrity`` attributes."""
    listed = {name: {"integrity": one.integrity, "path": f"/w/{name}/{NAME}"} for name, one in published().items()}
    answer = Response(orjson.dumps(listed), mimetype="application/json")
    answer.headers["Cache-Control"] = FOR_AN_HOUR
    return _for_everybody(answer)


def _for_everybody(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _packed(version: str) -> bytes:
    return gzip.compress(published()[version].content, mtime=0)
