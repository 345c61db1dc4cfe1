"""The API description, made from what the endpoints declare; and a page that people can read."""

from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields
from werkzeug.routing import Rule

from consent_service.api.endpoint import ENDPOINTS, JSON, Endpoint
from consent_service.api.fields import Flag, Instant, InstantOrDay, OneOf, Reference, Text

PROBLEM_JSON = "application/problem+json"
ALWAYS = (401, 403, 422, 503)
WITH_BODY = (400, 413, 415)


class ProblemSchema(Schema):
    """An error as RFC 9457 has it, with our code and the fields concerned."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


def describe(rules: list[Rule], base_url: str) -> dict[str, Any]:  # Any: JSON values
    """Return the OpenAPI 3.1 document of the API."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Kelisim",
        version="1",
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "Consents, permissions, withdrawals and deadlines under Kazakhstan law 94-V."},
        servers=[{"url": base_url}],
    )
    for custom, base in (
        (Text, fields.String),
        (Flag, fields.Boolean),
        (Instant, fields.DateTime),
        (InstantOrDay, fields.String),
        (Reference, fields.String),
        (OneOf, fields.String),
    ):
        plugin.map_to_openapi_type(custom, base)  # type: ignore[no-untyped-call]  # apispec's own
    spec.components.security_scheme("secret_key", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=ProblemSchema)
    for rule in rules:
        endpoint = ENDPOINTS.get(rule.endpoint.removeprefix("api."))
        if endpoint is not None:
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<uuid:{name}>", f"{{{name}}}").replace(f"<string:{name}>", f"{{{name}}}")
            spec.path(path=path, operations={endpoint.method.lower(): _operation(plugin, rule, endpoint)})
    return spec.to_dict()


def _operation(plugin: MarshmallowPlugin, rule: Rule, endpoint: Endpoint) -> dict[str, Any]:  # Any: JSON values
    operation: dict[str, Any] = {  # Any: JSON values
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "summary": endpoint.summary,
        "security": [{"secret_key": []}] if endpoint.scope else [],
        "x-scope": str(endpoint.scope or "a browser at an origin of the site"),
        "parameters": [_path_parameter(rule, name) for name in sorted(rule.arguments)],
        "responses": {},
    }
    if endpoint.query is not None:
        operation["parameters"] += _query_parameters(plugin, endpoint.query)
    if endpoint.method == "POST" and endpoint.scope:
        operation["parameters"].append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                "description": "The same key and body get the same answer, once. Make a random one for each request, "
                "such as a UUID of version 4: a key made of a reference or a name can be guessed.",
            }
        )
    bodies = list(endpoint.bodies.values())
    if bodies:
        operation["requestBody"] = {
            "required": any(field.required for body in bodies for field in body.fields.values()),
            "content": {JSON: {"schema": bodies[0] if len(bodies) == 1 else {"oneOf": bodies}}},
        }
    content: dict[str, Any] = (
        {"schema": endpoint.answer} if endpoint.answer else {"schema": {"type": "string"}}
    )  # Any: same
    operation["responses"][str(endpoint.status.value)] = {
        "description": endpoint.status.phrase,
        "content": {endpoint.media_type: content},
    }
    problems = {*ALWAYS, *endpoint.problems, *(WITH_BODY if bodies else ())}
    for status in sorted(problems):
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return operation


def _path_parameter(rule: Rule, name: str) -> dict[str, Any]:  # Any: JSON values
    schema: dict[str, Any] = {"type": "string"}  # Any: JSON values
    if f"<uuid:{name}>" in rule.rule:
        schema["format"] = "uuid"
    return {"in": "path", "name": name, "required": True, "schema": schema}


def _query_parameters(plugin: MarshmallowPlugin, query: Schema) -> list[dict[str, Any]]:  # Any: JSON values
    if plugin.converter is None:
        return []
    parameters = []
    for name, field in query.fields.items():
        schema = plugin.converter.field2property(field)
        schema.pop("several", None)
        parameters.append(
            {"in": "query", "name": field.data_key or name, "required": field.required, "schema": schema}
            | ({"style": "form", "explode": True} if schema.get("type") == "array" else {})
        )
    return parameters
