"""A record that is not what its event says is never signed, and whoever checks a receipt is told."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.factories import consent
from tests.integration.conftest import Api, client_of
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
    answer: Any = app.test_client().post("/check?lang=en", data={"text": token})
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

    assert 'class="tag bad"' in page(app, token)
