"""Erasures ordered by hand, cancelled, ordered again, listed."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.operators.access import Role
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_erasure_targets import order_of, people
from tests.integration.test_legal_holds import kinds
from tests.integration.test_withdrawals import withdraw
from tests.roads import COURT, READER, demand, erase, staff

Client = Callable[[str], Api]


@pytest.mark.parametrize(("ground", "duty"), [("18(3)", "destroy_expired"), ("18(3-1)", "destroy_unlawful")])
def test_94_v_18_3_a_court_act_and_unlawful_processing_end_what_stands_and_destroy_in_a_working_day(
    api: Client, app: Flask, ground: str, duty: str
) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent())
    assert allowed(uof, ADVERTISING)[0]

    made = demand(uof, first, ground).json

    assert (made["order"]["ground"], made["order"]["due_on"]) == (ground, "2026-11-24")
    assert (made["reference"], made["ordered_by"]) == (COURT, f"staff:{first}")
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")
    assert erase(app) == 0
    assert people(app) == 0
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT code, state FROM duties")).all() == [(duty, "met")]


def test_the_day_is_counted_from_when_the_decision_came_into_force(api: Client, app: Flask) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))

    made = demand(uof, first, since="2026-11-19T05:00:00Z").json

    assert (made["order"]["due_on"], made["order"]["late"]) == ("2026-11-20", True)
    assert demand(uof, first, since="2026-12-19T05:00:00Z").status_code == 422


def test_another_ground_ends_no_consent_that_stands(api: Client, app: Flask) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent())

    refused = demand(uof, first, "18(1)")

    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    assert allowed(uof, ADVERTISING)[0]
    assert uof.get("/erasure-orders").json["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "nobody"},
        {"ground": "18(9)"},
        {"reference": "see aizhan@example.kz"},
        {"ordered_by": "00000000-0000-0000-0000-000000000000"},
        {"more": 1},
    ],
)
def test_an_order_by_hand_that_cannot_be_taken_changes_nothing(api: Client, app: Flask, wrong: dict[str, str]) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent())

    assert demand(uof, first, **wrong).status_code in {403, 404, 422}

    assert (uof.get("/erasure-orders").json["items"], allowed(uof, ADVERTISING)[0]) == ([], True)


def test_whoever_only_reads_orders_nothing(api: Client, app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    assert demand(uof, staff(app, READER, Role.AUDITOR)).status_code == 403


def test_an_order_is_cancelled_until_it_starts_and_what_was_owed_stays_owed(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent())
    order = demand(uof, first).json["order"]["id"]
    uof.post(f"/erasure-orders/{order}/hold", {"reference": "case 5", "basis": "94-V 18"})

    cancelled = uof.post(f"/erasure-orders/{order}/cancel", {"reference": "appeal 7/2026"}).json

    assert (cancelled["order"]["state"], cancelled["cancelled"]) == ("cancelled", "by_hand")
    assert cancelled["result"] == {"reference": "appeal 7/2026"}
    assert uof.post(f"/erasure-orders/{order}/cancel", {"reference": "again 1"}).status_code == 409
    clock.move(days=2)
    assert erase(app) == 0
    assert people(app) == 1
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM duties")).scalars().all() == ["late"]
    assert kinds(app)["erasure_cancelled"] == 1


def test_what_is_done_cannot_be_cancelled_or_ordered_again(api: Client, app: Flask) -> None:
    uof, first = api("uof"), staff(app)
    uof.post("/consents", consent())
    order = demand(uof, first).json["order"]["id"]
    assert erase(app) == 0

    assert uof.post(f"/erasure-orders/{order}/cancel", {"reference": "x 1"}).status_code == 409
    assert uof.post(f"/erasure-orders/{order}/again").status_code == 409
    assert uof.post(f"/erasure-orders/{order}/hold", {"reference": "x 1", "basis": "y"}).status_code == 404


def test_what_its_cause_has_ended_cannot_be_ordered_again(api: Client, app: Flask, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = dar.get("/documents/dar/privacy-policy/versions").json["items"][0]["purposes"][0]["code"]
    choices = [{"purpose": purpose, "granted": True}]
    dar.post("/consents", consent("privacy-policy", act="ticked", choices=choices))
    made = withdraw(dar, "privacy-policy")
    assert erase(app) == 0
    order = dar.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
    clock.move(minutes=1)
    assert dar.post("/subjects/person-1/activity", {"kind": "sign_in"}).json["cancelled_withdrawals"]

    assert order_of(dar, order)["cancelled"] == "cause_ended"
    assert dar.post(f"/erasure-orders/{order}/again").status_code == 409


def test_the_register_is_read_page_by_page_and_by_state_and_person(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, first = api("uof"), staff(app)
    for n in range(3):
        uof.post("/consents", consent(subject={"ref": f"p-{n}"}))
        assert demand(uof, first, subject=f"p-{n}").status_code == 201
        clock.move(minutes=1)

    page = uof.get("/erasure-orders", limit=2).json
    rest = uof.get("/erasure-orders", limit=2, cursor=page["next_cursor"]).json

    ids = [one["id"] for one in page["items"] + rest["items"]]
    assert (len(set(ids)), rest["next_cursor"]) == (3, None)
    assert [one["id"] for one in uof.get("/erasure-orders", subject="p-0").json["items"]] == ids[-1:]
    assert len(uof.get("/erasure-orders", state="scheduled").json["items"]) == 3
    assert uof.get("/erasure-orders", state="done").json["items"] == []
    erase(app)
    assert uof.get("/erasure-orders", subject="p-0").json["items"] == []  # nobody is known under it any more
    assert api("dar").get(f"/erasure-orders/{ids[0]}").status_code == 404
    assert api("dar").get("/erasure-orders").json["items"] == []
