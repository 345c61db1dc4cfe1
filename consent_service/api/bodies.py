"""Bodies before work: what is still on its way holds a thread, never one of the places at which requests are worked on.

The server hands a request on when its head is there, and a thread that reads a body waits for as long as the caller
keeps silent.  So bodies are waited for before the gate, in so many threads that those who work are never short of one.
A silent caller is ended by the proxy in front, which hands on whole bodies alone.
"""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

from flask import Response

from consent_service.api.problems import problem
from consent_service.api.request_metrics import count_request
from consent_service.config import LARGE_BODIES, SMALL_BODIES

SMALL_BYTES = 64 * 1024
MOST_BYTES = 6 * 1024 * 1024  # whatever is larger is refused by its view, unread
_BUSY = "More bodies are on their way than can be waited for. Nothing was done; send it again after Retry-After."
_NO_LENGTH = "The body came without a length that can be read. Nothing was done; send it with Content-Length."
_CUT_OFF = "The body is shorter than its Content-Length. Nothing was done; send it whole."
_LENGTH = re.compile(r"[0-9]{1,20}", re.ASCII)
Environ = dict[str, Any]  # Any: as WSGI says


class BodyFirst:
    """A WSGI application before another, which gets bodies whole or not at all.

    ``headers``: what every answer carries, by whether it came over HTTPS.
    """

    def __init__(self, beyond: Any, headers: Callable[[bool], dict[str, str]]) -> None:  # Any: as above
        self._beyond = beyond
        self._headers = headers
        self._small, self._large = BoundedSemaphore(SMALL_BODIES), BoundedSemaphore(LARGE_BODIES)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # Any: as above
        """Wait for the body, then hand the request on; say what is wrong with it, or that too many are waited for."""
        refused = self._take(environ)
        if refused is not None:
            count_request(environ["REQUEST_METHOD"], "none", refused.status_code, "none", 0)
            refused.headers.update(self._headers(environ.get("wsgi.url_scheme") == "https"))
            return refused(environ, start_response)
        handed_on: Iterable[bytes] = self._beyond(environ, start_response)
        return handed_on

    def _take(self, environ: Environ) -> Response | None:
        declared = environ.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in environ or not _LENGTH.fullmatch(declared):
            return problem("malformed", _NO_LENGTH)  # whether all of it came could not be told
        length = int(declared)
        if not length:
            environ["wsgi.input"] = BytesIO()  # a stream of HTTP/2 without a length would be read until it ends
        if not 0 < length <= MOST_BYTES:
            return None
        waiting = self._small if length <= SMALL_BYTES else self._large
        if not waiting.acquire(blocking=False):
            return problem("overloaded", _BUSY)
        try:
            body = environ["wsgi.input"].read(length)
        finally:
            waiting.release()
        environ["wsgi.input"] = BytesIO(body)
        return problem("malformed", _CUT_OFF) if len(body) < length else None
