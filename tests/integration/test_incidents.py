"""Incidents: the clock from detection, the notice to the authorised body, telling people, closing."""

import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_answers_that_rule import codes_of
from tests.integration.test_consents import everything
from tests.integration.test_withdrawals import duties, work
from tests.mail import Inbox

Client = Callable[[str], Api]
WHAT = "Резервная копия на утерянном диске"


def known(api: Api, operator: str, document: str, ref: str = "person-1", **identifiers: str) -> None:
    choices = [{"purpose": code, "granted": True} for code in codes_of(api, operator, document)]
    subject = {"ref": ref, "identifiers": identifiers}
    assert api.post("/consents", consent(document, subject=subject, choices=choices, act="ticked")).status_code == 201


def report(api: Api, **more: Any) -> Any:  # Any: JSON
    body = {"detected_at": "2026-11-23T04:00:00Z", "what": WHAT, "categories": ["contact"]} | more
    answer = api.post("/incidents", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def act(api: Api, incident: Any, what: str, body: Any = None, status: int = 200) -> Any:  # Any: JSON
    answer = api.post(f"/incidents/{incident['id']}/{what}", body)
    assert answer.status_code == status, answer.json
    return answer.json


@pytest.mark.parametrize(
    ("detected_at", "due_on"),
    [
        ("2026-11-20T05:00:00Z", "2026-11-23"),  # a Friday
        ("2026-11-20T18:59:00Z", "2026-11-23"),
        ("2026-11-22T23:30:00Z", "2026-11-24"),  # Monday in Almaty
        ("2026-10-23T05:00:00Z", "2026-10-27"),  # 25 October is a Sunday: Monday is off
    ],
)
def test_94_v_25_2_8_the_authorised_body_is_notified_in_one_working_day_of_detection(
    api: Client, detected_at: str, due_on: str
) -> None:
    made = report(api("uof"), detected_at=detected_at)

    owed = duties(made)["notify_breach"]

    assert (owed["period"], owed["settled"], owed["due_on"]) == ("1wd", True, due_on)


def test_rules_481_the_notice_holds_what_the_law_wants_and_its_sending_meets_the_duty(
    mailed: tuple[Inbox, Flask],
) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    known(uof, "uof", "personal-data-agreement", email="a@example.kz")
    made = report(uof, subjects=["person-1"], people_estimate=40, measures="Доступ закрыт")

    written = act(uof, made, "notify-authority", {"channel": "email", "address": "body@example.kz"})
    assert duties(written)["notify_breach"]["state"] == "open"
    again = act(uof, made, "notify-authority", {"channel": "platform"}, status=409)
    assert "2026/1" in again["detail"]
    work(app)

    (mail,) = [one for one in inbox.received if one["X-To"] == "body@example.kz"]
    words = next(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")  # type: ignore[attr-defined]  # modern policy
    for part in (WHAT, "Доступ закрыт", "190140900037", "uof@aifc.kz", "контактные данные", "23.11.2026 09:00", "40"):
        assert part in words
    now = uof.get(f"/incidents/{made['id']}").json
    assert duties(now)["notify_breach"]["state"] == "met"
    assert now["letters"][0]["state"] == "sent"


def test_whoever_is_in_charge_is_alarmed_at_once_without_anything_personal(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        add_staff(uow, "dpo@example.kz", "correct horse battery", Role.DPO)
    uof = client_of(app, "uof")
    known(uof, "uof", "personal-data-agreement", full_name="Канарейкина Айжан")

    report(uof, subjects=["person-1"], what="Канарейка")
    work(app)

    (alarm,) = [mail for mail in inbox.received if "Инцидент" in str(mail["Subject"])]
    assert alarm["X-To"] == "dpo@example.kz"
    assert "24.11.2026" in alarm.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
    for mail in inbox.received:
        assert "Канарей" not in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part


def test_the_annex_reaches_people_and_is_kept_nowhere(api: Client, app: Flask) -> None:
    uof = api("uof")
    known(uof, "uof", "personal-data-agreement", full_name="Айжан Сапарова", phone="+77011234567", iin="250723163017")
    made = report(uof, subjects=["person-1"])

    answer = uof.post(f"/incidents/{made['id']}/annex", {"lang": "ru"}, Idempotency_Key="one")

    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    for part in ("Айжан Сапарова", "250723163017", "+77011234567"):
        assert part in words
    kept = everything(app)
    for part in ("Сапарова", "250723163017", "77011234567", WHAT):
        assert part.encode() not in kept


def test_qlever_5_4_people_are_told_by_letter_that_names_the_clause(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    qlever = client_of(app, "qlever")
    known(qlever, "qlever", "privacy-policy", email="a@example.kz")
    known(qlever, "qlever", "privacy-policy", "person-2")
    made = report(qlever, subjects=["person-1", "person-2"])
    assert [(rule["code"], rule["clause"]) for rule in made["rules"]] == [("loss_or_disclosure", ["5.4"])]
    assert made["people"] == {"to_tell": 2}

    act(qlever, made, "tell-people")
    assert work(app) == work(app) == 0

    (mail,) = inbox.received
    words = next(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")  # type: ignore[attr-defined]  # modern policy
    assert "5.4" in words
    assert WHAT in words
    assert qlever.get(f"/incidents/{made['id']}").json["people"] == {"written": 2}


def test_a_person_told_another_way_or_out_of_reach_is_recorded(api: Client) -> None:
    uof = api("uof")
    for ref in ("person-1", "person-2"):
        known(uof, "uof", "personal-data-agreement", ref)
    made = report(uof, subjects=["person-1", "person-2"])

    act(uof, made, "tell-people", {"subject": "person-1", "state": "told", "reference": "call of 23 November"})
    now = act(uof, made, "tell-people", {"subject": "person-2", "state": "unreachable", "reference": "no address 1"})
    half = act(uof, made, "tell-people", {"subject": "person-2"}, status=422)

    assert now["people"] == {"told": 1, "unreachable": 1}
    assert "subject" in half["errors"]


def test_an_incident_closes_when_nothing_is_owed_or_as_no_breach(api: Client) -> None:
    uof = api("uof")
    made, false = report(uof), report(uof)
    closing = {"outcome": "resolved", "reason": "The disk was found."}
    early = act(uof, made, "close", closing, status=409)
    assert "notify_breach" in early["detail"]
    letter = act(uof, made, "notify-authority")["letters"][0]
    uof.post(f"/letters/{letter['id']}/dispatch", {"receipt": "portal 17"})

    closed = act(uof, made, "close", closing)
    looked_into = act(uof, false, "close", {"outcome": "no_breach", "reason": "No personal data were on it."})

    assert (closed["state"], closed["outcome"], closed["conclusion"]) == ("closed", "resolved", "The disk was found.")
    assert duties(looked_into)["notify_breach"]["state"] == "cancelled"
    assert act(uof, made, "close", closing, status=409)["code"] == "illegal-transition"


def test_putting_the_detection_right_dates_the_duty_again_and_late_stays_visible(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    made = report(uof)
    clock.set(datetime(2026, 11, 27, 5, 0, tzinfo=UTC))
    work(app)
    assert duties(uof.get(f"/incidents/{made['id']}").json)["notify_breach"]["state"] == "late"

    moved = act(uof, made, "correct", {"detected_at": "2026-11-26T05:00:00Z", "reason": "The log was read wrongly."})

    assert duties(moved)["notify_breach"]["due_on"] == "2026-11-27"
    assert [entry["kind"] for entry in moved["clock_log"]][-1] == "corrected"
    assert any(entry["reason"] == "The log was read wrongly." for entry in moved["clock_log"])


def test_two_closings_and_two_notices_at_once_count_once(api: Client, app: Flask) -> None:
    made = report(api("uof"))
    answers: list[int] = []

    def notify() -> None:
        answers.append(client_of(app, "uof").post(f"/incidents/{made['id']}/notify-authority").status_code)

    threads = [threading.Thread(target=notify) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 409, 409, 409]


def test_another_operator_s_incident_looks_like_a_missing_one(api: Client) -> None:
    made = report(api("uof"))
    dar = api("dar")

    assert dar.get(f"/incidents/{made['id']}").status_code == 404
    assert dar.post(f"/incidents/{made['id']}/annex").status_code == 404
    assert dar.get("/incidents").json["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"detected_at": "2027-01-01T00:00:00Z"}, "detected_at"),
        ({"occurred_at": "2026-11-23T04:30:00Z"}, "occurred_at"),
        ({"categories": []}, "categories"),
        ({"people_estimate": -1}, "people_estimate"),
    ],
)
def test_what_cannot_be_right_is_refused_by_field(api: Client, body: dict[str, Any], field: str) -> None:
    whole = {"detected_at": "2026-11-23T04:00:00Z", "what": WHAT, "categories": ["contact"]} | body

    refused = api("uof").post("/incidents", whole)

    assert refused.status_code == 422
    assert field in refused.json["errors"]
