"""Back-pressure: so many requests are worked on at once, twice as many wait, whoever comes then is sent away.

A request that is refused at once with 503 and Retry-After costs nothing; one that waits in a queue that grows costs
memory here, and time at the caller, who has given up long before it is answered.
"""

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

from werkzeug.wrappers import Response

from consent_service.api.problems import RETRY_AFTER_SECONDS, problem
from consent_service.api.request_metrics import count_request

WAIT_SECONDS = 5.0
_LIVENESS = "/healthz"
_BUSY = "More requests came than can be served. Nothing was done; send it again after the seconds of Retry-After."


class Gate:
    """A WSGI application before another, which works on ``at_once`` requests at once.

    ``headers``: what every answer carries, by whether it came over HTTPS; ``page_for``: what somebody with a browser
    is sent away with, None for a program.
    """

    def __init__(
        self,
        beyond: Any,  # as WSGI says
        at_once: int,
        headers: Callable[[bool], dict[str, str]],
        page_for: Callable[[dict[str, Any]], Response | None],  # Any: as above
    ) -> None:
        self._beyond = beyond
        self._headers, self._page_for = headers, page_for
        self._places = BoundedSemaphore(at_once)
        self._waiting = BoundedSemaphore(2 * at_once)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # Any: as WSGI says
        """Work on a request, let it wait, or send it away; whether the process lives is always answered."""
        if environ["PATH_INFO"] == _LIVENESS:
            return self._hand_on(environ, start_response)
        if not self._enter():
            answer = self._page_for(environ) or problem("overloaded", _BUSY)
            answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
            count_request(environ["REQUEST_METHOD"], "none", answer.status_code, "none", 0)
            answer.headers.update(self._headers(environ.get("wsgi.url_scheme") == "https"))
            return answer(environ, start_response)
        try:
            return self._hand_on(environ, start_response)
        finally:
            self._places.release()

    def _hand_on(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # Any: as above
        answer: Iterable[bytes] = self._beyond(environ, start_response)
        return answer

    def _enter(self) -> bool:
        if self._places.acquire(blocking=False):
            return True
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting.release()
