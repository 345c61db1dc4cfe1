"""Requests in numbers: how many, with which answer, how long; by the pattern of the address, never the address.

Each process counts its own.  Where there are several, ``PROMETHEUS_MULTIPROC_DIR`` names the folder in which they put
their counts together (``serve`` sets it).
"""

import os
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from consent_service.config import SHARED_COUNTS

_OWN = CollectorRegistry()
_REQUESTS = Counter("kelisim_http_requests", "Requests answered.", ["method", "route", "status"], registry=_OWN)
_SECONDS = Histogram(
    "kelisim_http_request_seconds",
    "How long requests took, by the part of the service.",
    ["part"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OWN,
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count_requests(app: Flask) -> None:
    """Count every request of an app."""
    app.before_request(_begin)
    app.after_request(_end)


def request_lines() -> list[str]:
    """Return what all web processes of this machine have counted, in the Prometheus text format."""
    registry = _OWN
    if os.environ.get(SHARED_COUNTS):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


def count_request(method: str, route: str, status: int, part: str, seconds: float) -> None:
    """Count a request that was answered, here or before Flask."""
    _REQUESTS.labels(method if method in _METHODS else "other", route, str(int(status))).inc()
    _SECONDS.labels(part).observe(seconds)


def _begin() -> None:
    g.began = perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    part = (request.blueprints or ["none"])[-1]
    count_request(request.method, route, response.status_code, part, perf_counter() - g.began)
    return response
