"""One way to declare an endpoint.

Schemas and answers stand beside the route, the scope in the table of all routes; the API description is made from both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, g, request
from marshmallow import Schema, ValidationError

from consent_service.admission.of_keys import KEYS
from consent_service.api.problems import MalformedError, MediaTypeError
from consent_service.idempotency.service import Answer, keep, reserve
from consent_service.kernel.errors import (
    ConsentServiceError,
    CredentialError,
    InvalidInputError,
    NotAllowedError,
    shown,
)
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.access import Scope
from consent_service.operators.known_keys import remember
from consent_service.operators.queries import find_credential
from consent_service.operators.service import credential_lookup
from consent_service.services import services

JSON = "application/json"
View = Callable[..., Any]  # Any: each view has its own arguments


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an endpoint declares.

    ``scope``: what a secret key needs; None where browsers come with a site's public key.  Of several ``bodies`` the
    one is meant whose name is among the fields sent, else the first.
    """

    method: str
    rule: str
    scope: Scope | None
    summary: str
    status: HTTPStatus = HTTPStatus.OK
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    query: Schema | None = None
    answer: Schema | None = None
    media_type: str = JSON
    problems: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no plain JSON object of the declared schema."""

    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    blueprint: Blueprint,
    method: str,
    rule: str,
    *,
    summary: str,
    status: HTTPStatus = HTTPStatus.OK,
    body: Schema | Mapping[str, Schema] | None = None,
    query: Schema | None = None,
    answer: Schema | None = None,
    media_type: str = JSON,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Declare a view, which stands in the table of all routes under the scope that it needs.

    Several bodies are given by the field that tells each; the first needs none.  The view gets ``uow`` first, then
    ``body`` and ``query`` where declared, then the path's values by name, and returns
    what ``answer`` dumps, or a ``Reply``.
    """
    bodies = {} if body is None else {"": body} if isinstance(body, Schema) else body

    def register(view: View) -> View:
        scope = KEYS[f"api.{blueprint.name}.{view.__name__}"]
        spec = Endpoint(method, rule, scope, summary, status, bodies, query, answer, media_type, problems)

        def handle(**path: Any) -> Response:  # Any: path values by converter
            return _handle(spec, view, path)

        name = view.__name__
        ENDPOINTS[f"{blueprint.name}.{name}"] = spec
        blueprint.add_url_rule(rule, name, handle, methods=[method])
        return view

    return register


def _handle(spec: Endpoint, view: View, path: dict[str, Any]) -> Response:  # Any: path values
    app = services()
    arguments = dict(path)
    raw = b""
    if spec.method != "GET":
        raw = request.get_data(cache=False)
    actor = Actor("key", "unknown")
    begin = app.read if spec.method == "GET" else app.write
    with begin(actor) as unbound:
        uow = _authorised(unbound, spec.scope)
        if spec.query is not None:
            arguments["query"] = load(spec.query, query_values(spec.query))
        elif request.args:
            raise InvalidInputError.of(shown(next(iter(request.args))), "This address takes no query.")
        # A file may hold personal data, so it is never kept for a repetition: it is made again.
        repeats = spec.method == "POST" and spec.media_type == JSON
        key = request.headers.get("Idempotency-Key") if repeats else None
        if key is not None:
            known = reserve(uow, request.path, key, raw)
            if known is not None:
                return _response(known.body, known.status, spec.media_type, {"Idempotent-Replay": "true"})
        if spec.bodies:
            arguments["body"] = _body(spec.bodies, read_json(raw))
        result = _call(view, uow, arguments)
        if isinstance(result, Reply):
            content, media_type, headers = result.body, result.media_type, dict(result.headers)
        else:
            content = orjson.dumps(spec.answer.dump(result) if spec.answer else result)
            media_type, headers = JSON, {}
        if key is not None:
            keep(uow, request.path, key, Answer(spec.status.value, content))
    return _response(content, spec.status.value, media_type, headers)


def _call(view: View, uow: UnitOfWork, arguments: dict[str, Any]) -> Any:  # Any: what views take and return
    """Call a view; what was written before an error goes, save where the error says that it must stay."""
    try:
        return view(uow, **arguments)
    except ConsentServiceError as error:
        if error.keeps_what_was_written:
            uow.session.commit()
        raise


def _body(bodies: Mapping[str, Schema], values: Mapping[str, Any]) -> Any:  # Any: JSON in, checked values out
    first, *others = bodies
    return load(bodies[next((name for name in others if name in values), first)], values)


def _authorised(uow: UnitOfWork, scope: Scope | None) -> UnitOfWork:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        raise CredentialError("Send 'Authorization: Bearer <secret key>'.")
    credential = find_credential(uow.session, uow.keys, secret.strip())
    remember(uow.session, credential_lookup(uow.keys, secret.strip()), credential, uow.now)
    if scope not in credential.scopes:
        raise NotAllowedError(f"This key lacks the scope {scope}.")
    g.operator_id = credential.operator_id
    return UnitOfWork(uow.session, uow.now, Actor("key", str(credential.id)), uow.keys, credential.operator_id)


def read_json(raw: bytes, media_types: Collection[str] = (JSON,)) -> Any:  # Any: a JSON value
    """Read a body that is a JSON object, or nothing at all."""
    if not raw:
        return {}
    if request.mimetype not in media_types:
        raise MediaTypeError("Send the body as application/json.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    if not isinstance(value, dict):
        raise MalformedError("Send a JSON object.")
    return value


def query_values(schema: Schema) -> dict[str, Any]:  # Any: a string, or a list of strings
    """Return what stands in the query, as lists where several are meant."""
    several = {name for name, declared in schema.fields.items() if declared.metadata.get("several")}
    return {
        name: values if name in several else values[0] if len(values) == 1 else values
        for name, values in request.args.lists()
    }


def load(schema: Schema, values: Any) -> Any:  # Any: JSON in, checked values out
    """Check values against a schema.

    Raises:
        InvalidInputError: With a message for each field.
    """
    try:
        return schema.load(values)
    except ValidationError as error:
        fields = dict(_flatten("", error.messages_dict))
        raise InvalidInputError(
            "Some fields cannot be taken: " + ", ".join(sorted(fields)) + ".", fields=fields
        ) from error


def _flatten(prefix: str, messages: Any) -> list[tuple[str, list[str]]]:  # Any: marshmallow's nested messages
    if isinstance(messages, list):
        return [(prefix or "body", [str(message) for message in messages])]
    found = []
    for name, inner in messages.items():
        step = str(name) if isinstance(name, int) else shown(str(name))  # a number is a place in a list
        found += _flatten(f"{prefix}.{step}" if prefix else step, inner)
    return found


def _response(content: bytes, status: int, media_type: str, headers: Mapping[str, str]) -> Response:
    response = Response(content, status=status, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response
