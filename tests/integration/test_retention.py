"""Keeping and erasing by the documents' own rules: previewed, ordered, approved, carried out, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from consent_service.operators.access import ALL_SCOPES, Role
from consent_service.operators.service import create_credential, set_rules
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_jobs import rows
from tests.integration.test_withdrawals import DAR, explicit_dar, withdraw, work
from tests.office import bound

Client = Callable[[str], Api]
NIGHT = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)  # 01:05 of Tuesday, 24 November, in Almaty


def people(app: Flask) -> int:
    return int(rows(app, "SELECT count(*) FROM subjects")[0][0])


def test_94_v_18_a_refusal_leaves_nobody_behind_by_the_evening_of_the_next_working_day(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    api("uof").post("/consents", consent(choices=[{"purpose": ADVERTISING, "granted": False}]))
    assert work(app) == 0
    clock.set(NIGHT)
    assert work(app) == 0
    assert people(app) == 1  # until the evening the person may still say yes

    clock.set(NIGHT.replace(day=24, hour=15, minute=1))  # 20:01 of that day
    assert work(app) == 0

    assert people(app) == 0
    assert rows(app, "SELECT ground, state FROM erasure_orders") == [("18(4)", "done")]


def test_qlever_5_3_data_go_a_working_day_after_the_purpose_is_reached_and_stand_until_then(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    qlever = api("qlever")
    codes = [
        one["code"] for one in qlever.get("/documents/qlever/privacy-policy/versions").json["items"][0]["purposes"]
    ]
    qlever.post(
        "/consents",
        consent("privacy-policy", choices=[{"purpose": code, "granted": True} for code in codes], act="ticked"),
    )
    clock.move(days=400)
    assert work(app) == 0
    assert people(app) == 1

    one = qlever.post(
        "/subjects/person-1/ended", {"what": "purpose", "document": "privacy-policy", "purposes": codes[:1]}
    )
    assert (one.json["decisions"][0]["verdict"], allowed(qlever, codes[0])) == ("keep", (False, "expired"))
    assert allowed(qlever, codes[1])[0]
    rest = qlever.post("/subjects/person-1/ended", {"what": "purpose", "document": "privacy-policy"}).json

    (decision,) = rest["decisions"]
    assert (decision["verdict"], decision["action"]) == ("act", "destroy")
    assert "5.3" in decision["reason"]["en"]
    clock.move(days=1)
    clock.set(clock.now.replace(hour=20, minute=5))
    assert work(app) == 0
    assert people(app) == 0
    (line,) = rows(app, "SELECT ground, reference, due_on FROM erasure_orders")
    assert (line[0], line[1]) == ("18(4)", "qlever/privacy-policy: 5.3")
    assert str(line[2]) == decision["due_on"]


def test_dar_2_10_the_first_ground_binds_and_three_years_are_no_reason_to_keep(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    explicit_dar(dar)
    told = dar.post("/subjects/person-1/ended", {"what": "agreement", "document": DAR}).json["decisions"][0]

    assert (told["verdict"], told["due_on"]) == ("act", "2027-01-08")  # 30 working days, not 2029
    assert "2.10" in told["reason"]["ru"]
    clock.set(NIGHT)
    assert work(app) == 0

    assert people(app) == 0
    assert rows(app, "SELECT ground FROM erasure_orders WHERE cause_kind = 'retention'") == [("18(2)",)]


def test_dar_2_10_a_withdrawal_that_may_be_taken_back_is_waited_for_as_long_as_the_first_ground_allows(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    clock.move(minutes=1)
    withdraw(dar, DAR, channel="written_application")
    clock.move(days=10)
    told = dar.post("/subjects/person-1/ended", {"what": "agreement", "document": DAR}).json["decisions"][0]

    assert (told["verdict"], told["due_on"]) == ("keep", "2027-01-08")  # the day of the withdrawal, which came first
    clock.set(NIGHT.replace(year=2027, month=1, day=6))
    assert work(app) == 0
    assert people(app) == 1
    assert dar.post("/subjects/person-1/activity", {"kind": "sign_in"}).json["cancelled_withdrawals"]
    assert allowed(dar, purpose) == (True, "active")
    clock.set(NIGHT.replace(year=2027, month=1, day=20))
    assert work(app) == 0
    assert people(app) == 0  # the agreement has ended all the same: 30 working days from that are the ground now


def test_another_consent_keeps_the_person_and_the_preview_says_so(api: Client, app: Flask, clock: MovableClock) -> None:
    acme, rest = api("acme"), {"declarations": {"adult": True}}
    acme.post("/consents", consent("newsletter-consent", choices=[{"purpose": "survey", "granted": True}], **rest))
    acme.post("/consents", consent("newsletter-consent", choices=[{"purpose": "newsletter", "granted": True}], **rest))
    clock.set(datetime(2027, 2, 23, 20, 5, tzinfo=UTC))
    assert work(app) == 0

    assert people(app) == 1
    assert acme.get("/retention/preview").json["people"] == 0


def test_a_run_of_many_waits_for_a_second_person_and_then_goes_part_by_part(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, staff = api("uof"), _staff(app)
    _limit(app, 2)
    for n in range(5):
        uof.post("/consents", consent(subject={"ref": f"p-{n}", "identifiers": {"email": f"p{n}@example.kz"}}))
        uof.post(f"/subjects/p-{n}/ended", {"what": "purpose", "document": "personal-data-agreement"})
    clock.move(days=1)
    seen = uof.get("/retention/preview").json
    assert (seen["people"], seen["held"], len(seen["lines"])) == (5, 0, 5)
    made = uof.post("/retention/runs").json
    assert (made["state"], made["people"], made["ordered"]) == ("waiting", 5, 0)
    assert work(app) == 0
    assert people(app) == 5
    assert uof.post("/retention/runs").status_code == 409

    approved = _approver(uof, app).post(f"/retention/runs/{made['id']}/approve", {"by": str(staff)})
    assert approved.status_code == 200, approved.json
    assert work(app) == 0

    run = uof.get(f"/retention/runs/{made['id']}").json
    assert (run["state"], run["orders"], run["done"]) == ("done", {"done": 5}, 5)
    assert people(app) == 0
    assert rows(app, "SELECT count(*) FROM consents") == [(5,)]  # the proof stays, of nobody
    acts = rows(app, "SELECT year, number FROM erasure_certificates")
    assert acts == [(2026, 1)]  # one act for the five
    assert rows(app, "SELECT count(*) FROM ledger_events WHERE kind = 'erasure_done'") == [(5,)]
    assert rows(app, "SELECT state FROM duties WHERE case_kind = 'retention'") == [("met",)]


def test_a_run_that_is_rejected_erases_nobody_and_they_are_due_again_the_next_night(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, staff = api("uof"), _staff(app)
    _limit(app, 0)
    uof.post("/consents", consent())
    uof.post("/subjects/person-1/ended", {"what": "purpose", "document": "personal-data-agreement"})
    clock.set(NIGHT)
    assert work(app) == 0
    (run,) = uof.get("/retention/runs").json["items"]
    assert run["state"] == "waiting"

    _approver(uof, app).post(f"/retention/runs/{run['id']}/reject", {"by": str(staff), "reason": "a question is open"})
    assert work(app) == 0
    clock.move(days=1)
    assert work(app) == 0

    assert [one["state"] for one in uof.get("/retention/runs").json["items"]] == ["waiting", "rejected"]
    assert people(app) == 1


def test_a_hold_keeps_back_what_is_due_and_the_preview_shows_what(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    for ref in ("held", "free"):
        uof.post("/consents", consent(subject={"ref": ref}))
        uof.post(f"/subjects/{ref}/ended", {"what": "purpose", "document": "personal-data-agreement"})
    hold = uof.post(
        "/legal-holds", {"subject": "held", "reference": "case 7", "basis": "Civil Procedure Code 155"}
    ).json
    seen = uof.get("/retention/preview").json
    assert (seen["people"], seen["held"]) == (1, 1)
    held = next(line for line in seen["lines"] if line["verdict"] == "hold")
    assert held["held_by"] == ["case 7"]
    assert "case 7" in held["reason"]["kk"]

    clock.set(NIGHT)
    assert work(app) == 0
    assert people(app) == 1
    assert uof.post(f"/legal-holds/{hold['id']}/lift", {"reference": "case 7 is closed"}).status_code == 200
    clock.move(days=1)
    assert work(app) == 0

    assert people(app) == 0


def test_a_purpose_that_is_reached_for_everybody_allows_nothing_from_its_instant_and_later_answers_stand(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    for n in range(3):
        uof.post("/consents", consent(subject={"ref": f"p-{n}"}))
    clock.move(hours=1)
    told = uof.post("/purposes/reached", {"purpose": f"personal-data-agreement#{ADVERTISING}"})
    assert told.json["purpose"] == f"uof/personal-data-agreement#{ADVERTISING}"
    assert _allowed(uof, "p-0") == (False, "expired")  # before any worker has run
    clock.move(minutes=10)
    uof.post("/consents", consent(subject={"ref": "p-2"}))
    assert _allowed(uof, "p-2") == (True, "active")

    clock.set(NIGHT)
    assert work(app) == 0

    assert people(app) == 1
    assert _allowed(uof, "p-2") == (True, "active")
    assert uof.post("/purposes/reached", {"purpose": ADVERTISING, "at": "2026-11-23T05:00:00Z"}).status_code == 409


def test_a_stranger_who_asked_for_something_is_forgotten_after_the_answer(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    made = uof.post(
        "/subject-requests",
        {"type": "access", "identifiers": {"email": "stranger@example.kz"}, "channel": "email"},
    ).json
    refused = uof.post(
        f"/subject-requests/{made['id']}/refuse", {"reference": "94-V 8(1)", "reason": "nobody knows who asks"}
    )
    assert refused.status_code == 200, refused.json
    clock.set(NIGHT)
    assert work(app) == 0
    assert people(app) == 1  # the letter has not gone out
    letter = uof.get("/letters").json["items"][0]
    sent = uof.post(f"/letters/{letter['id']}/dispatch", {"receipt": "RR 123 KZ"})
    assert sent.status_code == 200, sent.json
    assert work(app) == 0
    clock.move(days=1)
    assert work(app) == 0

    assert people(app) == 0


def test_runs_and_previews_are_those_of_one_operator(api: Client, app: Flask, clock: MovableClock) -> None:
    uof, dar = api("uof"), api("dar")
    uof.post("/consents", consent())
    uof.post("/subjects/person-1/ended", {"what": "purpose", "document": "personal-data-agreement"})
    clock.move(days=1)

    assert dar.get("/retention/preview").json["people"] == 0
    run = uof.post("/retention/runs").json
    assert dar.get(f"/retention/runs/{run['id']}").status_code == 404


def _allowed(api: Api, ref: str) -> tuple[bool, str]:
    (item,) = api.get("/permissions", subject=ref, purpose=ADVERTISING).json["items"]
    return item["allowed"], item["reason"]


def _approver(api: Api, app: Flask) -> Api:
    with app.app_context(), services().write(ACTOR) as unbound:
        _, secret = create_credential(bound(unbound), "approver", ALL_SCOPES)
    return Api(api.client, secret)


def _limit(app: Flask, people: int) -> None:

    with app.app_context(), services().write(ACTOR) as unbound:
        set_rules(bound(unbound), {"approve_erasures_over": people})


def _staff(app: Flask) -> Any:  # Any: a UUID

    with app.app_context(), services().write(ACTOR) as unbound:
        return add_staff(bound(unbound), "second@acme.example", "correct horse battery", Role.DPO)
