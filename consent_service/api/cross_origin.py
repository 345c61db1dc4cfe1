"""Answers to pages of other origins: those of the site alone may read them, without cookies."""

from collections.abc import Collection

from flask import Response, request

PREFLIGHT_KEPT = "7200"


def let_read(response: Response, origins: Collection[str]) -> Response:
    """Let the page that asks read the answer, if its origin is one of these."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def preflight(origins: Collection[str], method: str) -> Response:
    """Answer the browser's question whether the page may send a request."""
    response = let_read(Response(status=204), origins)
    if "Access-Control-Allow-Origin" in response.headers:
        response.headers["Access-Control-Allow-Methods"] = method
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_KEPT
    return response
