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

from consent_service.api.problems import problem
from consent_service.api.request_metrics import count_request
from consent_service.config import LARGE_BODIES, SMALL_BODIES

SMALL_BYTES = 64 * 1024
MOST_BYTES = 6 * 1024 * 1024  # whatever is larger is refused by its view, unread
_BUSY = "More bodies are on their way than can be waited for. Nothing was done; send it again after Retry-After."
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
Environ = dict[str, Any]  # Any: as WSGI says


class BodyFirst:
    """A WSGI application before another, which gets bodies whole.

    ``headers``: what every answer carries, by whether it came over HTTPS.
    """

    def __init__(self, beyond: Any, headers: Callable[[bool], dict[str, str]]) -> None:  # Any: as above
        self._beyond = beyond
        self._headers = headers
        self._small, self._large = BoundedSemaphore(SMALL_BODIES), BoundedSemaphore(LARGE_BODIES)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # Any: as above
        """Wait for the body, then hand the request on; send it away while too many are waited for."""
        length = _bytes_to_come(environ)
        if length and not self._take(environ, length):
            answer = problem("overloaded", _BUSY)
            count_request(environ["REQUEST_METHOD"], "none", answer.status_code, "none", 0)
            answer.headers.update(self._headers(environ.get("wsgi.url_scheme") == "https"))
            return answer(environ, start_response)
        handed_on: Iterable[bytes] = self._beyond(environ, start_response)
        return handed_on

    def _take(self, environ: Environ, length: int) -> bool:
        waiting = self._small if length <= SMALL_BYTES else self._large
        if not waiting.acquire(blocking=False):
            return False
        try:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length))
        finally:
            waiting.release()
        return True


def _bytes_to_come(environ: Environ) -> int:
    """Return how much of the body is to be read; nothing of one that is too large, or that says what cannot be."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return MOST_BYTES
    declared = environ.get("CONTENT_LENGTH") or ""
    length = int(declared) if _LENGTH.fullmatch(declared) else 0
    return length if length <= MOST_BYTES else 0
