"""The API keeps to its own description, whatever is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import app_on, migrated_sqlite
from tests.factories import seed_policies

EXAMPLES = 200 if FULL else 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    folder = tmp_path_factory.mktemp("openapi")
    with app_on(f"sqlite:///{migrated_sqlite(folder)}", folder) as app:
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            _, secret = create_credential(unbound.for_operator(seed_policies.number(unbound, "uof")), "test")
        yield app, secret


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_description_has(served: tuple[Flask, str], mode: GenerationMode) -> None:
    app, secret = served
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        tried += 1

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def keeps_to_it(case: Any) -> None:  # Any: schemathesis builds its class per operation
            # A list without items is no query at all once it is sent, so nothing wrong would reach us.
            assume(all(value not in ([], {}, None) for value in (case.query or {}).values()))
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)

        keeps_to_it()
    assert tried > 15


def test_the_description_can_be_read_by_a_person(served: tuple[Flask, str]) -> None:
    page = served[0].test_client().get("/api/docs")

    assert page.status_code == 200
    assert "/api/v1/withdrawals" in page.get_data(as_text=True)


def test_every_endpoint_is_described_with_its_scope(served: tuple[Flask, str]) -> None:
    described = served[0].test_client().get("/api/openapi.json").get_json()["paths"]

    rules = {rule.rule for rule in served[0].url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    rules = {rule for rule in rules if "/ledger/" not in rule}  # files of C2SP, public, as docs/verify-ledger.md says
    assert len(described) == len(rules)
    assert all(operation["x-scope"] for path in described.values() for operation in path.values())
