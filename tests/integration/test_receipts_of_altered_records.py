"""A record that is not what its event says is never signed, and whoever checks a receipt is told."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from consent_service.consents.endings import remove_proof
from consent_service.consents.queries import consent_view
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, expire_openings
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_ledger_served import sealed_and_signed
from tests.integration.test_ledger_tampering import opened

ALTERED = (
    "UPDATE consent_choices SET granted = NOT granted WHERE consent_id = :id",
    "UPDATE consent_choices SET expires_on = '2099-01-01' WHERE consent_id = :id",
    "UPDATE consents SET given_at = '2020-01-01T00:00:00.000000Z' WHERE id = :id",
    "UPDATE consents SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE id = :id",
    "UPDATE consents SET channel = 'import' WHERE id = :id",
    "UPDATE consents SET act = 'said' WHERE id = :id",
    "UPDATE consents SET evidence_grade = 'widget_signed' WHERE id = :id",
    "UPDATE consents SET text_kind = 'published' WHERE id = :id",
    "UPDATE consents SET language = 'en' WHERE id = :id",
    "UPDATE consents SET text_sha256 = replace(text_sha256, '0', '1') WHERE id = :id",
    "UPDATE consents SET leaf_input = NULL WHERE id = :id",
    "DELETE FROM ledger_events WHERE leaf_input = (SELECT leaf_input FROM consents WHERE id = :id)",
    "UPDATE document_versions SET terms = replace(terms, 'advertising', 'other_things')",
)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A file, so that it can be altered as somebody who owns it would."""
    place = tmp_path / "kelisim.db"
    place.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{place}"


@pytest.fixture
def given(app: Flask) -> tuple[Api, str, str]:
    api = client_of(app, "uof")
    answer = api.post("/consents", consent(act="ticked")).json
    return api, answer["id"], answer["receipt"]["jwt"]


def alter(place: Path, statement: str, consent_id: str) -> None:
    with closing(opened(place / "kelisim.db")) as connection, closing(sqlite3.Cursor(connection)) as cursor:
        cursor.execute(statement, {"id": UUID(consent_id).hex})


def page(app: Flask, token: str) -> str:
    anybody = app.test_client()
    anybody.get("/language/en")
    answer: Any = anybody.post("/check", data={"text": token})
    text: str = answer.get_data(as_text=True)
    return text


@pytest.mark.parametrize("statement", ALTERED)
def test_an_altered_record_is_never_signed_and_said_where_receipts_are_checked(
    app: Flask, given: tuple[Api, str, str], tmp_path: Path, statement: str
) -> None:
    api, consent_id, token = given
    assert api.get(f"/consents/{consent_id}/receipt.jwt").status_code == 200
    assert 'class="tag bad"' not in page(app, token)

    alter(tmp_path, statement, consent_id)

    for path in ("receipt.json", "receipt.jwt", "receipt.pdf", "receipt.kantara.json", "proof.zip"):
        answer = api.get(f"/consents/{consent_id}/{path}")
        assert answer.status_code == 503, statement
        assert "ledger verify" in answer.json["detail"]
    assert 'class="tag bad"' in page(app, token)


def test_a_receipt_whose_record_was_deleted_is_not_said_to_be_past_its_term(
    app: Flask, given: tuple[Api, str, str], tmp_path: Path
) -> None:
    _, consent_id, token = given
    alter(tmp_path, "DELETE FROM consent_choices WHERE consent_id = :id", consent_id)
    alter(tmp_path, "DELETE FROM consents WHERE id = :id", consent_id)

    said = page(app, token)
    assert 'class="tag bad"' in said
    assert "The record is missing" in said
    assert "term was over, and" not in said
    # Emptying the event as well is no term that is over: only an event that lists the leaf says so.
    alter(tmp_path, "UPDATE ledger_events SET body = NULL, salt = NULL, expired_at = recorded_at", consent_id)
    assert "The record is missing" in page(app, token)


def test_after_its_lawful_end_a_receipt_is_told_of_the_end_and_of_the_leaf_that_stands(
    app: Flask, given: tuple[Api, str, str], clock: MovableClock
) -> None:
    _, consent_id, token = given
    sealed_and_signed(app)
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        subject_id = consent_view(uow, UUID(consent_id)).subject_id
        remove_proof(uow, subject_id)
        append(uow, EventType.EVIDENCE_EXPIRED, new_id(uow.now), {"leaves": expire_openings(uow, subject_id)})
    clock.move(days=30)

    said = page(app, token)

    assert "the ledger has that on record" in said
    assert "The ledger holds it" in said
    assert 'class="tag bad"' not in said


def test_a_promise_that_was_not_kept_is_said_to_be_missed(
    app: Flask, given: tuple[Api, str, str], clock: MovableClock
) -> None:
    _, _, token = given
    assert "will hold it" in page(app, token)

    clock.move(days=30)

    said = page(app, token)
    assert 'class="tag bad"' in said
    assert "the promise was missed" in said


def test_a_leaf_that_was_altered_is_not_said_to_hold_the_record(
    app: Flask, given: tuple[Api, str, str], tmp_path: Path, clock: MovableClock
) -> None:
    _, consent_id, token = given
    sealed_and_signed(app)
    clock.move(days=1)
    assert 'class="tag bad"' not in page(app, token)

    own = "(SELECT leaf_input FROM consents WHERE id = :id)"
    alter(tmp_path, f"UPDATE ledger_leaves SET leaf_input = zeroblob(33) WHERE leaf_input = {own}", consent_id)

    assert 'class="tag bad"' in page(app, token)
