"""Errors as RFC 9457 problem details.  No personal data, no trace."""

import logging
from collections.abc import Callable
from http import HTTPStatus

import orjson
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.sealed_columns import OVER

PROBLEMS = "urn:kelisim:problem:"
RETRY_AFTER_SECONDS = "5"
STATUSES = {
    "invalid-input": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong-code": HTTPStatus.UNPROCESSABLE_ENTITY,
    "calendar-gap": HTTPStatus.UNPROCESSABLE_ENTITY,
    "policy-data": HTTPStatus.UNPROCESSABLE_ENTITY,
    "import-refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "receipt": HTTPStatus.UNPROCESSABLE_ENTITY,
    "address-refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "connector-description": HTTPStatus.UNPROCESSABLE_ENTITY,
    "attachment-refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "malformed": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "identity-refused": HTTPStatus.FORBIDDEN,
    "not-found": HTTPStatus.NOT_FOUND,
    "link-over": HTTPStatus.NOT_FOUND,
    "invitation-over": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "illegal-transition": HTTPStatus.CONFLICT,
    "erasure-incomplete": HTTPStatus.CONFLICT,
    "operator-not-to-end": HTTPStatus.CONFLICT,
    "operator-left-over": HTTPStatus.CONFLICT,
    "nobody-erased": HTTPStatus.CONFLICT,
    "connector-rows-refused": HTTPStatus.CONFLICT,
    "connector-stands-out": HTTPStatus.CONFLICT,
    "connector-ask-there": HTTPStatus.CONFLICT,
    "held": HTTPStatus.CONFLICT,
    "claim-over": HTTPStatus.CONFLICT,
    "pack-claim-over": HTTPStatus.CONFLICT,
    "nothing-erased": HTTPStatus.CONFLICT,
    "still-there": HTTPStatus.CONFLICT,
    "target-gone": HTTPStatus.CONFLICT,
    "identifiers-gone": HTTPStatus.CONFLICT,
    "origin-not-allowed": HTTPStatus.FORBIDDEN,
    "version-changed": HTTPStatus.CONFLICT,
    "token-replayed": HTTPStatus.CONFLICT,
    "token-malformed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "token-edited": HTTPStatus.UNPROCESSABLE_ENTITY,
    "token-unknown-key": HTTPStatus.UNPROCESSABLE_ENTITY,
    "token-other-site": HTTPStatus.UNPROCESSABLE_ENTITY,
    "token-other-form": HTTPStatus.UNPROCESSABLE_ENTITY,
    "token-expired": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too-many-requests": HTTPStatus.TOO_MANY_REQUESTS,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "key-unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "ledger": HTTPStatus.SERVICE_UNAVAILABLE,
    "erasure-log": HTTPStatus.SERVICE_UNAVAILABLE,
    "database-put-back": HTTPStatus.SERVICE_UNAVAILABLE,
    "backup": HTTPStatus.SERVICE_UNAVAILABLE,
    "identity-provider-silent": HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "try-again": HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "bad-settings": HTTPStatus.SERVICE_UNAVAILABLE,
    "connector-failed": HTTPStatus.BAD_GATEWAY,
    "bounced": HTTPStatus.BAD_GATEWAY,
    "error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_CODES_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
}
_DETAILS = {
    "malformed": "The request cannot be read. Send what the API description says.",
    "not-found": "There is nothing here. Check the address and the key.",
    "method-not-allowed": "This address does not take this method; see the Allow header.",
    "too-large": "The body is too large; at most 1 MiB is taken.",
    "unsupported-media-type": "Send the body as application/json.",
    "try-again": "A new key epoch began while this was written. Nothing was stored; send the request again.",
    "unavailable": "The database cannot answer now. Ask again after Retry-After; with an Idempotency-Key all is stored once.",
    "error": "Something went wrong here. Nothing was changed; it has been logged.",
}
_UNCERTAIN = (
    "The database went away while this was stored, and nobody knows whether it is. Send it again with the same "
    "Idempotency-Key; where you sent none, ask first whether it is there."
)
_PAGE = "kelisim-problem-page"
_FOR_PROGRAMS = ("/api/", "/ledger/", "/.well-known/")  # all else is read by people
log = logging.getLogger(__name__)


class MalformedError(ConsentServiceError):
    """The body is not JSON, or not an object."""

    code = "malformed"


class MediaTypeError(ConsentServiceError):
    """The body is not declared as JSON."""

    code = "unsupported-media-type"


def problem(code: str, detail: str, **members: object) -> Response:
    """Build an ``application/problem+json`` answer."""
    status = STATUSES[code]
    body = {"type": PROBLEMS + code, "title": status.phrase, "status": status.value, "detail": detail, "code": code}
    response = Response(orjson.dumps(body | members), status=status.value, mimetype="application/problem+json")
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kelisim"'
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response


def unavailable() -> Response:
    """Say that nobody knows whether a request was carried out: the database went away while it committed."""
    return problem("unavailable", _UNCERTAIN)


def of_error(error: ConsentServiceError) -> Response:
    """Turn one of our errors into a problem."""
    members: dict[str, object] = {}
    if error.fields:
        members["errors"] = {name: list(messages) for name, messages in error.fields.items()}
    return problem(error.code, error.detail, **members)


def register(app: Flask, page: Callable[[int], Response]) -> None:
    """Answer every error where programs ask as a problem, and elsewhere as a page."""
    app.extensions[_PAGE] = page
    app.register_error_handler(ConsentServiceError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DBAPIError, _of_database)
    app.register_error_handler(PoolTimeoutError, _of_full_pool)
    app.register_error_handler(Exception, _of_surprise)


def _of_ours(error: ConsentServiceError) -> Response:
    return of_error(error) if _is_api() else _page(STATUSES[error.code])


def _of_http(error: HTTPException) -> Response:
    if not _is_api():
        return error.get_response() if error.code is None else _page(error.code)  # type: ignore[return-value]  # a redirect
    code = _CODES_OF_STATUS.get(HTTPStatus(error.code or 500))
    if code is None:
        return Response(error.get_response().get_data(), status=error.code)
    response = problem(code, _DETAILS[code])
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def _of_database(error: DBAPIError) -> Response:
    if OVER in str(error.orig):
        return problem("try-again", _DETAILS["try-again"]) if _is_api() else _page(HTTPStatus.SERVICE_UNAVAILABLE)
    log.error("database error", exc_info=error, extra={"route": _route()})
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return _is_away()
    return problem("error", _DETAILS["error"]) if _is_api() else _page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _of_full_pool(error: PoolTimeoutError) -> Response:
    log.error("no connection became free", exc_info=error, extra={"route": _route()})
    return _is_away()


def _is_away() -> Response:
    return problem("unavailable", _DETAILS["unavailable"]) if _is_api() else _page(HTTPStatus.SERVICE_UNAVAILABLE)


def _of_surprise(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error, extra={"route": _route()})
    if not _is_api():
        return _page(HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem("error", _DETAILS["error"])


def _page(status: int) -> Response:
    make: Callable[[int], Response] = current_app.extensions[_PAGE]
    try:
        page = make(status)
    except (DBAPIError, PoolTimeoutError):  # who asks cannot be found out now
        page = make(HTTPStatus.SERVICE_UNAVAILABLE)
    if page.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        page.headers["Retry-After"] = RETRY_AFTER_SECONDS
        page.headers["Cache-Control"] = "no-store"
    return page


def _is_api() -> bool:
    return request.path.startswith(_FOR_PROGRAMS)


def _route() -> str | None:
    return request.url_rule.rule if request.url_rule else None
