"""Answers that browsers and proxies may keep: pages without a person, the same for everybody who asks."""

import gzip
import hashlib

from flask import request
from werkzeug.wrappers import Response

from consent_service.pages.files import FOR_EVER

HTML = "text/html; charset=utf-8"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
SMALL = 1024  # what is not worth packing


def kept_for_ever(body: str | bytes, media_type: str) -> Response:
    """Answer with what never changes under its address."""
    answer = _answer(body, media_type)
    answer.cache_control.public = True
    answer.cache_control.max_age = FOR_EVER
    answer.cache_control.immutable = True
    return answer.make_conditional(request)


def asked_again(body: str | bytes, media_type: str) -> Response:
    """Answer with what may be kept, and is asked for again each time whether it has changed."""
    answer = _answer(body, media_type)
    answer.cache_control.no_cache = True
    answer.vary.update(["Cookie", "Accept-Language"])
    return answer.make_conditional(request)


def _answer(body: str | bytes, media_type: str) -> Response:
    """Build an answer with its tag, packed where the browser takes that; nothing secret is packed beside it."""
    content = body.encode() if isinstance(body, str) else body
    answer = Response(content, content_type=media_type)
    answer.set_etag(hashlib.sha256(content).hexdigest()[:32], weak=True)
    answer.vary.add("Accept-Encoding")
    if len(content) > SMALL and request.accept_encodings.quality("gzip") > 0:
        answer.set_data(gzip.compress(content, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
