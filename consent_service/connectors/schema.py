"""What the file of an operator's connectors may hold: keys, types and words; ``agreement`` has the rest."""

from collections.abc import Iterator
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from consent_service.connectors.agreement import sql_problems, targets_problems, tasks_problems
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.states import Do, Form, Identifies, Kind, Reference, Rows
from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.checked_yaml import problems_of, read_checked
from consent_service.policies.consistency import Check, Data, Problem
from consent_service.policies.yaml_fields import Keys, Shape, flag, language, local, mapping, matching, text, word
from consent_service.policies.yaml_tree import YamlTree

_SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
_CODE = r"[a-z][a-z0-9_]{0,63}"
_MOST = 1_000_000


def _number(low: int, *, required: bool = False) -> fields.Integer:
    rule = validate.Range(low, _MOST, error=f"Write a whole number from {low} to {_MOST}.")
    return fields.Integer(required=required, strict=True, validate=rule)


def _names(*, required: bool = False) -> fields.List[Any]:
    return fields.List(text(), required=required)


_EVERY: Shape = {"name": matching(_SLUG, "crm-database"), "kind": word(Kind)}
_CATEGORY: Shape = {"code": matching(_CODE, "order_history"), "name": local()}
_CATEGORIES = fields.List(
    mapping(_CATEGORY), required=True, validate=validate.Length(1, 100, error="List from 1 to 100 categories.")
)
_WAY: Shape = {
    "column": text(required=False),
    "is": word(Identifies, required=False),
    "form": word(Form, required=False),
    "through": text(required=False),
    "columns": _names(),
    "keys": _names(),
}
_COLUMN: Shape = {
    "column": text(),
    "do": word(Do),
    "value": fields.Raw(),
    "to": fields.String(validate=validate.OneOf(["year"], error="Write year, or use first or step.")),
    "first": _number(1),
    "step": _number(2),
    "basis": text(required=False),
}
_TABLE: Shape = {
    "table": text(),
    "person": fields.List(mapping(_WAY), required=True),
    "rows": word(Rows),
    "basis": text(required=False),
    "columns": fields.List(mapping(_COLUMN)),
    "references": fields.List(mapping({"column": text(), "do": word(Reference)})),
    "row_numbers": _names(),
    "key": _names(),
    "withhold": _names(),
}
_SQL: Shape = {
    "dialect": matching(r"[a-z0-9]{1,30}", "postgresql, mariadb, mysql or sqlite"),
    "untested": flag(required=False),
    "schema": text(required=False),
    "batches": _number(100),
    "k": _number(2),
    "tables": fields.List(mapping(_TABLE), required=True, validate=validate.Length(1, error="List a table.")),
}
_WEBHOOK: Shape = {
    "url": matching(r"https?://\S{1,2000}", "https://www.example.kz/erasures"),
    "preview": flag(required=False),
    "categories": _CATEGORIES,
}
_MAIL_TASK: Shape = {"language": language(), "what": local(), "categories": _CATEGORIES}

_KINDS: dict[Kind, tuple[Schema, list[Check]]] = {
    Kind.SQL: (Keys.from_dict(_EVERY | _SQL, name="SqlTarget")(), [sql_problems]),
    Kind.WEBHOOK: (Keys.from_dict(_EVERY | _WEBHOOK, name="WebhookTarget")(), [tasks_problems]),
    Kind.MAIL_TASK: (Keys.from_dict(_EVERY | _MAIL_TASK, name="MailTaskTarget")(), [tasks_problems]),
}
_FILE = Keys.from_dict(
    {
        "operator": matching(_SLUG, "acme"),
        "targets": fields.List(
            fields.Nested(Schema.from_dict(_EVERY), unknown=INCLUDE),
            required=True,
            validate=validate.Length(1, 50, error="List from 1 to 50 targets."),
        ),
    },
    name="ConnectorsFile",
)()


def read_description(data: bytes, name: str, operator: str) -> YamlTree:
    """Read and check the file of an operator's connectors.

    Raises:
        DescriptionError: With file, line and what to write, a line for each problem.
    """

    def of_operator(file: Data) -> Iterator[Problem]:
        if file["operator"] != operator:
            yield ("operator",), f"This file was given for {operator!r}; write the same here."

    try:
        return read_checked(data, name, _FILE, [of_operator, targets_problems, _each_target])
    except PolicyDataError as error:
        raise DescriptionError(error.detail) from None


def _each_target(file: Data) -> Iterator[Problem]:
    for place, target in enumerate(file["targets"]):
        schema, checks = _KINDS[Kind(target["kind"])]
        for path, says in problems_of(target, schema, checks):
            yield ("targets", place, *path), says
