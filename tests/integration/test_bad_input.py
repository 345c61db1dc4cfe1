"""What cannot be taken is answered by a problem that says what to do, and changes nothing in the database."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api
from tests.integration.test_consents import everything

Client = Callable[[str], Api]
NOBODY = "00000000-0000-7000-8000-000000000000"
WITHDRAWAL = {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"}
LONG = "x" * 20_000


def subject(ref: str = "person-1", **identifiers: Any) -> dict[str, Any]:  # Any: JSON
    return {"ref": ref, "identifiers": identifiers}


CASES: list[tuple[str, str, Any, int, str | None]] = [  # path, what, body, status, field; Any: JSON
    ("/consents", "empty", {}, 422, "choices"),
    ("/consents", "unknown field", consent(colour="red"), 422, "colour"),
    ("/consents", "wrong type", consent(language=7), 422, "language"),
    ("/consents", "boolean as text", consent(choices=[{"purpose": "x", "granted": "true"}]), 422, "choices.0.granted"),
    ("/consents", "too long", consent(document=LONG), 422, "document"),
    ("/consents", "wrong language", consent(language="de"), 422, "language"),
    ("/consents", "unknown document", consent("no-such-document"), 404, None),
    ("/consents", "document of another", consent("dar/privacy-policy"), 404, None),
    ("/consents", "unknown version", consent(version="9"), 404, None),
    ("/consents", "version not in force", consent(version="2026-01-01", given_at="2025-06-01T00:00:00Z"), 422, "version"),
    ("/consents", "given in the future", consent(given_at="2027-01-01T00:00:00Z"), 422, "given_at"),
    ("/consents", "no offset", consent(given_at="2026-01-02T00:00:00"), 422, "given_at"),
    ("/consents", "year 10000", consent(given_at="+10000-01-01T00:00:00Z"), 422, "given_at"),
    ("/consents", "purpose of another", consent(choices=[{"purpose": "promotion", "granted": True}]), 422, "choices"),
    ("/consents", "purpose twice", consent(choices=[{"purpose": "targeted_advertising", "granted": True}] * 2), 422, "choices"),
    ("/consents", "no choice", consent(choices=[]), 422, "choices"),
    ("/consents", "many choices", consent(choices=[{"purpose": "x", "granted": True}] * 101), 422, "choices"),
    ("/consents", "channel", consent(channel="pigeon"), 422, "channel"),
    ("/consents", "ref like e-mail", consent(subject=subject("a@example.kz")), 422, "subject.ref"),
    ("/consents", "ref like phone", consent(subject=subject("+77011234567")), 422, "subject.ref"),
    ("/consents", "ref like phone, plain", consent(subject=subject("87011234567")), 422, "subject.ref"),
    ("/consents", "ref like IIN", consent(subject=subject("250723163017")), 422, "subject.ref"),
    ("/consents", "ref with spaces", consent(subject=subject("per son")), 422, "subject.ref"),
    ("/consents", "wrong IIN", consent(subject=subject(iin="250723163018")), 422, "iin"),
    ("/consents", "Arabic zero", consent(subject=subject(iin="٠50723163017")), 422, "iin"),
    ("/consents", "wrong e-mail", consent(subject=subject(email="nobody")), 422, "email"),
    ("/consents", "wrong phone", consent(subject=subject(phone="12")), 422, "phone"),
    ("/consents", "unknown identifier", consent(subject=subject(passport="N1")), 422, "subject.identifiers.passport"),
    ("/consents", "NUL", consent(evidence={"a": "b\x00c"}), 422, None),
    ("/consents", "huge number", consent(language=10**40), 422, "language"),
    ("/consents", "ref with an IIN inside", consent(subject=subject("iin250723163017")), 422, "subject.ref"),
    ("/consents", "personal field name", consent() | {"a@example.kz 77011234567": 1}, 422, None),
    ("/consents", "personal purpose", consent(choices=[{"purpose": "a@example.kz", "granted": True}]), 422, None),
    ("/consents", "e-mail beyond ASCII", consent(subject=subject(email="иван@example.kz")), 422, "email"),
    ("/withdrawals", "nobody", WITHDRAWAL, 404, None),
    ("/withdrawals", "wanted nonsense", WITHDRAWAL | {"wanted_on": "soon"}, 422, "wanted_on"),
    ("/withdrawals", "received in the future", WITHDRAWAL | {"received_at": "2027-01-01T00:00:00Z"}, 422, "received_at"),
    ("/withdrawals", "sent after receipt",
     WITHDRAWAL | {"received_at": "2026-11-01T00:00:00Z", "sent_at": "2026-11-02T00:00:00Z"}, 422, "sent_at"),
    (f"/withdrawals/{NOBODY}/cancel", "missing", {}, 404, None),
    (f"/withdrawals/{NOBODY}/refuse", "missing", {"bar": "law", "reference": "a 1", "reason": "b"}, 404, None),
    (f"/withdrawals/{NOBODY}/refuse", "personal reference",
     {"bar": "law", "reference": "a@example.kz", "reason": "b"}, 422, "reference"),
    (f"/consents/{NOBODY}/approve", "missing", {}, 404, None),
    ("/subjects/search", "empty", {}, 422, "body"),
    ("/subjects/search", "by name", {"full_name": "A"}, 422, "full_name"),
    ("/subjects/nobody/activity", "nobody", {"kind": "sign_in"}, 404, None),
    ("/subjects/nobody/activity", "kind", {"kind": "token_refresh"}, 422, "kind"),
    ("/subjects/a@example.kz/activity", "e-mail in the address", {"kind": "use"}, 422, "subject.ref"),
]  # fmt: skip


def check_problem(answer: Any, status: int, field: str | None = None) -> None:  # Any: Werkzeug's test answer
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["status"] == status
    assert problem["detail"].endswith((".", "!", "?"))
    if field is not None:
        assert field in problem["errors"], problem


@pytest.mark.parametrize(("path", "what", "body", "status", "field"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_a_wrong_request_is_answered_by_a_problem_and_changes_nothing(
    api: Client, app: Flask, path: str, what: str, body: Any, status: int, field: str | None
) -> None:
    uof = api("uof")
    before = everything(app)

    answer = uof.post(path, body, Idempotency_Key="one")

    check_problem(answer, status, field)
    assert everything(app) == before
    for planted in ("a@example.kz", "77011234567", "250723163017", "250723163018"):
        if what != "e-mail in the address":
            assert planted not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("raw", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b'{"document": "\\ud800"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"document=x", "application/x-www-form-urlencoded", 415),
        (b" " * (5 * 1024 * 1024), "application/json", 413),
    ],
    ids=["cut", "list", "string", "surrogate", "bytes", "deep", "text", "form", "5 MB"],
)
def test_a_body_that_cannot_be_read_is_refused(
    api: Client, app: Flask, raw: bytes, media_type: str, status: int
) -> None:
    secret = api("uof").secret
    before = everything(app)

    answer = app.test_client().post(
        "/api/v1/consents", data=raw, content_type=media_type, headers={"Authorization": f"Bearer {secret}"}
    )

    check_problem(answer, status)
    assert everything(app) == before


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer nonsense",
        "Basic dXNlcg==",
        "Bearer kls_1_" + "a" * 43,
        "Bearer kls_ffffffff_" + "a" * 43,
    ],
)
def test_without_the_right_key_nothing_is_told(api: Client, app: Flask, authorization: str | None) -> None:
    api("uof")
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = app.test_client().get("/api/v1/operator", headers=headers)

    check_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_and_a_key_without_the_scope_are_refused(app: Flask) -> None:
    from consent_service.operators.access import Scope  # noqa: PLC0415 - only here
    from consent_service.operators.service import create_credential, revoke_credential  # noqa: PLC0415 - only here

    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        _, narrow = create_credential(uow, "narrow", [Scope.DOCUMENTS_READ])
        key_id, revoked = create_credential(uow, "revoked")
        revoke_credential(uow, key_id)
    client = app.test_client()

    check_problem(Api(client, revoked).get("/operator"), 401)
    check_problem(Api(client, narrow).post("/consents", consent()), 403)
    assert Api(client, narrow).get("/operator").status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/deadlines", {"from": "yesterday", "period": "15wd"}, 422),
        ("/deadlines", {"from": "2026-11-23", "period": "15"}, 422),
        ("/deadlines", {"from": "1066-10-14", "period": "15wd"}, 422),
        ("/deadlines", {"from": "9999-12-31", "period": "10000y"}, 422),
        ("/deadlines", {"period": "15wd"}, 422),
        ("/permissions", {"subject": "a@example.kz", "purpose": "targeted_advertising"}, 422),
        ("/permissions", {"subject": "person-1"}, 422),
        ("/permissions", {"subject": "person-1", "purpose": "no_such_purpose"}, 422),
        ("/consents", {"cursor": "nonsense"}, 422),
        ("/consents", {"limit": "0"}, 422),
        ("/consents", {"limit": "1000"}, 422),
        ("/consents", {"sort": "x"}, 422),
        ("/operator", {"verbose": "1"}, 422),
        (f"/consents/{NOBODY}", {}, 404),
        ("/consents/not-a-uuid", {}, 404),
        ("/nothing", {}, 404),
    ],
)
def test_a_wrong_question_is_answered_by_a_problem(api: Client, path: str, query: dict[str, str], status: int) -> None:
    check_problem(api("uof").get(path, **query), status)


def test_a_method_that_is_not_there_is_told_with_those_that_are(api: Client, app: Flask) -> None:
    answer = app.test_client().delete("/api/v1/consents")

    check_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_an_error_of_the_database_is_a_problem_without_its_words(
    api: Client, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    from consent_service.database import db  # noqa: PLC0415 - only here

    uof = api("uof")
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE consent_choices")

    answer = uof.post("/consents", consent(subject=subject(email="canary@example.kz")))

    assert answer.status_code in {500, 503}
    assert answer.mimetype == "application/problem+json"
    assert "consent_choices" not in json.dumps(answer.get_json())
    assert "canary" not in caplog.text
