"""The registers of an inspection: editions, sealed names, the size class, one paper with everything."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.governance import rules
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import START, Api, MovableClock
from tests.integration.test_recipients import enter as enter_recipient
from tests.integration.test_withdrawals import withdraw, work

Client = Callable[[str], Api]
NAME = "Канарейкина Айжан"


def order(**changes: Any) -> dict[str, Any]:  # Any: JSON values
    body: dict[str, Any] = {
        "kind": "dpo_order",
        "done_on": "2026-01-12",
        "reference": "12-к",
        "persons": NAME,
    }  # Any: same
    return body | changes


def enter(api: Api, **changes: Any) -> str:  # Any: JSON values
    answer = api.post("/registers/entries", order(**changes))
    assert answer.status_code == 201, answer.json
    entered: str = answer.json["id"]
    return entered


def words_of(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)


def test_an_entry_is_kept_in_editions_and_its_names_are_sealed(api: Client, app: Flask) -> None:
    uof = api("uof")
    entered = enter(uof)

    changed = uof.post(
        f"/registers/entries/{entered}/editions", order(edition=1, until_on="2026-12-31", words="Ауысты")
    )
    late = uof.post(f"/registers/entries/{entered}/editions", order(edition=1))

    assert (changed.status_code, late.status_code) == (201, 409)
    editions = uof.get(f"/registers/entries/{entered}").json["items"]
    assert [(row["edition"], row["until_on"], row["persons"]) for row in editions] == [
        (2, "2026-12-31", NAME),
        (1, None, NAME),
    ]
    with app.app_context(), db.engine.connect() as connection:
        rows = [
            str(row)
            for table in ("register_entries", "ledger_events")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not any("Канарейкина" in row for row in rows)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": None}, "reference"),
        ({"persons": None}, "persons"),
        ({"until_on": "2026-01-11"}, "until_on"),
        ({"review_on": "2026-01-11"}, "review_on"),
        ({"kind": "access", "persons": None}, "persons"),
    ],
)
def test_an_entry_that_lacks_what_it_proves_is_refused_by_field(
    api: Client, changes: dict[str, Any], field: str
) -> None:
    answer = api("uof").post("/registers/entries", order(**changes))

    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_an_entry_asks_to_be_reviewed_thirty_days_before_its_day(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    enter(uof, kind="briefing", review_on="2027-01-12")
    assert uof.get("/registers/reviews").json["items"] == []

    clock.move(days=20)

    assert [row["review_on"] for row in uof.get("/registers/reviews").json["items"]] == ["2027-01-12"]


def test_94_v_10_1_the_class_is_counted_and_a_large_operator_is_told_of_its_duty(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    uof = api("uof")
    for n in range(3):
        uof.post("/consents", consent(subject={"ref": f"person-{n}"}))
    api("dar").post("/consents", consent("privacy-policy", choices=[{"purpose": "promotion", "granted": True}]))

    small = uof.get("/registers/size").json
    monkeypatch.setattr(rules, "MOST_SMALL", 2)
    large = uof.get("/registers/size").json
    enter(uof, kind="start_notice", persons=None, done_on="2026-02-01")
    told = uof.get("/registers/size").json

    # Names and IINs are data of restricted access, so they lift the class by one.
    assert (small["people"], small["by_number"], small["size"], small["must_notify"]) == (3, "small", "medium", False)
    assert {"full_name", "iin"} <= {row["code"] for row in small["restricted"]}
    assert (large["size"], large["must_notify"], large["notified_on"]) == ("large", True, None)
    assert told["notified_on"] == "2026-02-01"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_94_v_25_the_inspection_file_holds_everything_an_inspector_asks_for(
    api: Client, app: Flask, clock: MovableClock, language: str
) -> None:
    uof = api("uof")
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        add_staff(uow, "dpo@acme.example", "correct horse battery", Role.DPO)
    identifiers = {"email": "canary@example.kz"}
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": identifiers}))
    enter_recipient(uof)
    enter(uof)
    enter(uof, kind="briefing", words="Жылдық нұсқама")
    enter(uof, kind="access", words="Мұрағат")
    withdraw(uof)
    clock.set(START + timedelta(days=11))
    assert work(app) == 0

    answer = uof.get("/registers/inspection.pdf", lang=language)

    assert answer.content_type == "application/pdf"
    words = words_of(answer.data)
    for number in range(1, 12):
        assert f"{number}. " in words
    for found in ("12-к", NAME, "7/2026", "dpo@acme.example", "Мұрағат", "Жылдық", "18(4)", "04.12.2026"):
        assert found in words, found
    for planted in ("canary", "person-1"):
        assert planted not in words


def test_another_operator_s_entry_looks_like_a_missing_one(api: Client) -> None:
    entered = enter(api("uof"))
    dar = api("dar")

    assert dar.get(f"/registers/entries/{entered}").status_code == 404
    assert dar.post(f"/registers/entries/{entered}/editions", order(edition=1)).status_code == 404
    assert dar.get("/registers/entries").json["items"] == []
