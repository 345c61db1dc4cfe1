"""The short way of the two requests that come all the time: asking for a permission, recording a consent.

It stands before Flask and answers only what is ordinary, with the same bytes.  Whatever else a request is (wrong, not
allowed, of a key that must be looked up, when the database fails) it hands on as it came, and the view says what it is.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import Engine

from consent_service.admission.of_keys import KEYS
from consent_service.api.endpoint import JSON
from consent_service.api.problems import unavailable
from consent_service.api.recording_together import Asked, Together
from consent_service.api.request_metrics import count_request
from consent_service.api.v1.consents import command_of, written_permissions
from consent_service.api.v1.consents_schema import MAX_PURPOSES, ConsentIn
from consent_service.config import MAX_BODY_BYTES
from consent_service.consents.permissions import check_quickly
from consent_service.database import SINGLE_READS, db
from consent_service.kernel.errors import ConsentServiceError
from consent_service.operators.known_keys import recall
from consent_service.operators.service import credential_lookup
from consent_service.services import Services, services

PART = "api"  # of the service, in the numbers of requests
PERMISSIONS, CONSENTS = "/api/v1/permissions", "/api/v1/consents"
_CONSENT = ConsentIn()
_OTHER_BODIES = {"token", "displayed"}
_MOST_QUERY = 8192
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
Environ = dict[str, Any]  # Any: as WSGI says
Application = Callable[[Environ, Any], Iterable[bytes]]  # Any: as above


@dataclass(frozen=True, slots=True)
class ShortWay:
    """A WSGI application before another.  ``headers``: what every answer carries, by whether it came over HTTPS."""

    beyond: Application
    house: Services
    together: Together
    engine: Engine
    single_reads: Engine
    headers: Callable[[bool], dict[str, str]]

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # Any: as above
        """Answer, or hand on."""
        path, method, began = environ["PATH_INFO"], environ["REQUEST_METHOD"], perf_counter()
        answer, status = None, HTTPStatus.OK
        if path == PERMISSIONS and method == "GET":
            answer = self._check(environ)
        elif path == CONSENTS and method == "POST":
            answer, status = self._record(environ), HTTPStatus.CREATED
        if answer is None:
            return self.beyond(environ, start_response)
        carried = self.headers(environ.get("wsgi.url_scheme") == "https")
        if not answer:
            refused = unavailable()
            count_request(method, path, refused.status_code, PART, perf_counter() - began)
            refused.headers.update(carried)
            return refused(environ, start_response)
        count_request(method, path, status, PART, perf_counter() - began)
        fixed = {"Content-Type": JSON, "Content-Length": str(len(answer)), "Cache-Control": "no-store"}
        start_response(f"{status.value} {status.phrase.upper()}", list((fixed | carried).items()))
        return [answer]

    def _check(self, environ: Environ) -> bytes | None:
        secret, query = _secret(environ), environ.get("QUERY_STRING", "")
        if secret is None or len(query) > _MOST_QUERY:
            return None
        now, keys = self.house.clock(), self.house.keys
        if not self.house.is_on_time(now):
            return None
        credential = recall(self.engine, credential_lookup(keys, secret), now)
        if credential is None or KEYS["api.consents.get_permissions"] not in credential.scopes:
            return None
        asked = parse_qsl(query, keep_blank_values=True)
        subjects = [value for name, value in asked if name == "subject"]
        purposes = [value for name, value in asked if name == "purpose"]
        if len(subjects) != 1 or not 1 <= len(purposes) <= MAX_PURPOSES or len(purposes) + 1 != len(asked):
            return None
        try:
            items = check_quickly(
                self.engine, self.single_reads, keys, credential.operator_id, subjects[0], purposes, now
            )
        except Exception:  # noqa: BLE001 - whatever it is, the view meets it as well and answers it
            return None
        return None if items is None else written_permissions(items)

    def _record(self, environ: Environ) -> bytes | None:
        """Record with others; empty where nobody knows whether it is stored."""
        secret, length = _secret(environ), environ.get("CONTENT_LENGTH") or ""
        if (
            secret is None
            or environ.get("QUERY_STRING")
            or environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != JSON
            or not (_LENGTH.fullmatch(length) and 0 < int(length) <= MAX_BODY_BYTES)
        ):
            return None
        raw = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(raw)
        if len(raw) < int(length):  # cut off on the way
            return None
        try:
            body = orjson.loads(raw)
            if not isinstance(body, dict) or _OTHER_BODIES & body.keys():
                return None
            command = command_of(_CONSENT.load(body))
        except (orjson.JSONDecodeError, ValidationError, ConsentServiceError):
            return None
        asked = Asked(secret, CONSENTS, environ.get("HTTP_IDEMPOTENCY_KEY"), raw, command)
        self.together.record(asked)
        return b"" if asked.is_uncertain else asked.answer


def put_before(app: Flask, headers: Callable[[bool], dict[str, str]]) -> None:
    """Put the short way before an app."""
    with app.app_context():
        house = services()
        engines = db.engine, db.engines[SINGLE_READS]
    short = ShortWay(app.wsgi_app, house, Together(app, house), *engines, headers)
    app.wsgi_app = short  # type: ignore[method-assign]  # as Flask says


def _secret(environ: Environ) -> str | None:
    kind, _, secret = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if kind == "Bearer" and secret else None
