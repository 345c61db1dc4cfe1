"""What is decided on withdrawals: refusals with their letters, bars that fall away, receipts put right."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.operators.service import set_rules
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, START, Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_withdrawals import DAR, duties, explicit_dar, withdraw, work
from tests.mail import Inbox

Client = Callable[[str], Api]
BAR = {"bar": "obligation", "reference": "contract 17, clause 4", "reason": "unpaid course"}
PERSON = {"ref": "person-1", "identifiers": {"email": "aizhan@example.kz", "full_name": "Айжан Сапарова"}}


def permission(api: Api, purpose: str = ADVERTISING) -> Any:  # Any: JSON
    return api.get("/permissions", subject="person-1", purpose=purpose).json["items"][0]


def everything_at(api: Api, document: str = "personal-data-agreement") -> list[str]:
    purposes = api.get(f"/documents/uof/{document}/versions").json["items"][0]["purposes"]
    codes = [purpose["code"] for purpose in purposes]
    api.post("/consents", consent(document, choices=[{"purpose": code, "granted": True} for code in codes]))
    return codes


def test_94_v_8_7_a_refusal_is_a_letter_in_both_languages_and_its_sending_meets_the_duty(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    uof.post("/consents", consent(subject=PERSON))
    made = withdraw(uof)

    refused = uof.post(f"/withdrawals/{made['id']}/refuse", BAR).json
    assert duties(refused)["answer_withdrawal"]["state"] == "open"
    clock.move(days=1)
    assert work(app) == 0

    (mail,) = inbox.received
    words = next(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")  # type: ignore[attr-defined]  # modern policy
    for part in (
        "2026/1",
        "94-V Заң, 8-бап 2-тармақ",
        "Закон 94-V, статья 8, пункт 2",
        "contract 17",
        "Айжан Сапарова",
    ):
        assert part in words
    now = uof.get(f"/withdrawals/{made['id']}").json
    assert duties(now)["answer_withdrawal"]["state"] == "met"
    assert now["letters"][0]["state"] == "sent"
    copy = uof.get(f"/letters/{now['letters'][0]['id']}.pdf", lang="ru").data
    assert "Об отказе в отзыве согласия" in PdfReader(io.BytesIO(copy)).pages[0].extract_text()


def test_a_refusal_that_comes_back_is_owed_again(mailed: tuple[Inbox, Flask]) -> None:
    _, app = mailed
    uof = client_of(app, "uof")
    uof.post("/consents", consent(subject=PERSON))
    made = withdraw(uof)
    letter = uof.post(f"/withdrawals/{made['id']}/refuse", BAR).json["letters"][0]["id"]
    work(app)

    uof.post(f"/letters/{letter}/return")

    assert duties(uof.get(f"/withdrawals/{made['id']}").json)["answer_withdrawal"]["state"] == "open"


def test_a_refusal_that_is_not_sent_in_time_is_late(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    letter = uof.post(f"/withdrawals/{made['id']}/refuse", BAR).json["letters"][0]
    assert letter["channel"] == "registered_mail"  # no address is known
    clock.set(datetime(2026, 12, 15, 5, 0, tzinfo=UTC))

    assert work(app) == 0
    assert duties(uof.get(f"/withdrawals/{made['id']}").json)["answer_withdrawal"]["state"] == "late"
    uof.post(f"/letters/{letter['id']}/dispatch", {"receipt": "RK123456785KZ"})

    assert duties(uof.get(f"/withdrawals/{made['id']}").json)["answer_withdrawal"]["state"] == "met_late"


def test_only_barred_purposes_go_on_and_the_rest_stays_withdrawn(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    codes = everything_at(uof)
    made = withdraw(uof)
    barred, free = codes[0], codes[1:]

    part = uof.post(f"/withdrawals/{made['id']}/refuse", {**BAR, "purposes": [barred]}).json

    assert (part["state"], part["barred"]) == ("scheduled", [barred])
    assert duties(part)["answer_withdrawal"]["state"] == "open"
    clock.move(days=12)
    assert work(app) == 0
    assert allowed(uof, barred) == (True, "active")
    for code in free:
        assert allowed(uof, code) == (False, "withdrawn")
    refusals = uof.get("/withdrawals", refused="true").json["items"]
    assert [(line["id"], line["bar_reference"]) for line in refusals] == [(made["id"], BAR["reference"])]


def test_a_bar_that_falls_away_lets_the_withdrawal_go_on(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    uof.post(f"/withdrawals/{made['id']}/refuse", BAR)
    clock.move(days=40)
    assert allowed(uof, ADVERTISING) == (True, "active")

    resumed = uof.post(f"/withdrawals/{made['id']}/resume", {"reason": "paid"})

    assert (resumed.status_code, resumed.json["state"]) == (200, "effective")
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")
    assert [entry["facts"].get("decision") for entry in resumed.json["clock_log"] if entry["kind"] == "decided"] == [
        "refused",
        "resumed",
    ]
    assert work(app) == 0
    assert uof.get(f"/withdrawals/{made['id']}").json["state"] == "closed"
    assert uof.get("/withdrawals", refused="true").json["items"][0]["bar"] == "obligation"


def test_a_bar_that_falls_away_early_keeps_the_day_of_the_document(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    uof.post(f"/withdrawals/{made['id']}/refuse", BAR)
    clock.move(days=2)

    resumed = uof.post(f"/withdrawals/{made['id']}/resume", {"reason": "paid"}).json

    assert (resumed["state"], resumed["effective_on"]) == ("scheduled", "2026-12-03")
    assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect")


def test_a_later_answer_is_not_overruled_by_a_bar_that_falls_away(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    uof.post(f"/withdrawals/{made['id']}/refuse", BAR)
    clock.move(days=2)
    uof.post("/consents", consent())

    assert uof.post(f"/withdrawals/{made['id']}/resume", {"reason": "paid"}).status_code == 409
    assert allowed(uof, ADVERTISING) == (True, "active")


def test_consenting_again_ends_the_withdrawal_and_what_it_owed(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=1)
    uof.post("/consents", consent())

    assert work(app) == 0

    ended = uof.get(f"/withdrawals/{made['id']}").json
    assert (ended["state"], ended["cancelled_by"]) == ("cancelled", "granted_again")
    assert {duty["state"] for duty in ended["duties"]} == {"cancelled"}
    assert allowed(uof, ADVERTISING) == (True, "active")


@pytest.mark.parametrize(
    ("age", "by", "named", "status"),
    [
        ("under_14", "representative", True, 201),
        ("under_14", "person", False, 422),
        ("under_14", "both", True, 422),
        ("from_14_to_17", "both", True, 201),
        ("from_14_to_17", "person", False, 422),
        ("from_14_to_17", "representative", True, 422),
        ("adult", "person", False, 201),
        ("adult", "representative", True, 201),
        ("adult", "representative", False, 422),
        ("adult", "both", True, 422),
    ],
)
def test_94_v_8_1_who_acts_depends_on_the_age(api: Client, age: str, by: str, named: bool, status: int) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    body: dict[str, Any] = {
        "subject": "person-1",
        "document": "personal-data-agreement",
        "channel": "form",
        "acting": {"age": age, "by": by},
    }
    if named:
        body["representative"] = {"name": "Сапар Сапаров", "role": "parent", "basis": "birth certificate"}

    answer = uof.post("/withdrawals", body)

    assert answer.status_code == status, answer.json
    if status == 201:
        assert answer.json["acting"] == {"by": by, "age": age}


def test_dar_2_10_an_operator_may_ask_again_after_a_sign_in(api: Client, app: Flask, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    with app.app_context(), services().write(ACTOR) as unbound:
        set_rules(unbound.for_operator(seed_policies.number(unbound, "dar")), {"ask_again_after_sign_in": True})
    clock.move(minutes=1)
    made = withdraw(dar, DAR)
    clock.move(days=3)

    dar.post("/subjects/person-1/activity", {"kind": "sign_in"})

    ended = dar.get(f"/withdrawals/{made['id']}").json
    assert (ended["state"], ended["erasure"]["state"]) == ("cancelled", "cancelled")
    assert {"sign_in_took_back", "ask_again"} <= {rule["code"] for rule in ended["rules"]}
    assert allowed(dar, purpose) == (False, "withdrawn")
    explicit_dar(dar)
    assert allowed(dar, purpose) == (True, "active")


def test_dar_2_10_taking_back_by_sign_in_resumes_with_a_finding(api: Client, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    clock.move(minutes=1)
    made = withdraw(dar, DAR)
    clock.move(days=3)

    dar.post("/subjects/person-1/activity", {"kind": "sign_in"})

    rules = {rule["code"]: rule for rule in dar.get(f"/withdrawals/{made['id']}").json["rules"]}
    assert rules["sign_in_took_back"]["clause"] == ["2.10[2]"]
    assert allowed(dar, purpose) == (True, "active")


def test_why_a_receipt_was_put_right_goes_with_the_person_and_only_that_there_was_a_reason_stays(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))
    made = withdraw(uof)
    put_right = {"received_at": "2026-11-19T05:00:00Z", "reason": "Her neighbour signed for it"}
    corrected = uof.post(f"/withdrawals/{made['id']}/correct-receipt", put_right).json
    given = [entry["seq"] for entry in corrected["clock_log"] if entry["reason"] == put_right["reason"]]
    assert given
    with app.app_context(), services().read(ACTOR) as uow:
        assert not uow.session.scalar(text("SELECT count(*) FROM clock_entries WHERE reason_sealed IS NOT NULL"))

    for _ in range(30):
        clock.move(days=1)
        work(app)

    assert uof.get("/subjects/person-1/standing").status_code == 404
    log = uof.get(f"/withdrawals/{made['id']}").json["clock_log"]
    assert [entry["seq"] for entry in log if entry["has_reason"]] == given
    assert {entry["reason"] for entry in log} == {None}


def test_a_receipt_put_right_moves_every_date_and_says_who_when_and_why(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))
    made = withdraw(uof)

    right = uof.post(
        f"/withdrawals/{made['id']}/correct-receipt",
        {"received_at": "2026-11-19T05:00:00Z", "reason": "The post stamp says the 19th"},
    ).json

    assert (right["received_on"], right["effective_on"]) == ("2026-11-19", "2026-11-29")
    assert duties(right)["answer_withdrawal"]["due_on"] == "2026-12-10"
    assert duties(right)["destroy_expired"]["due_on"] == "2026-11-30"
    entry = next(
        entry for entry in right["clock_log"] if entry["kind"] == "corrected" and entry["moment"] == "received"
    )
    assert entry["reason"] == "The post stamp says the 19th"
    assert entry["facts"] == {"before": "2026-11-23"}
    assert entry["author"].startswith("key:")
    clock.set(datetime(2026, 11, 29, 19, 0, tzinfo=UTC))
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")
    assert work(app) == 0
    assert uof.get(f"/withdrawals/{made['id']}").json["state"] == "closed"


def test_a_receipt_put_right_shows_that_a_met_duty_was_late(api: Client, app: Flask, clock: MovableClock) -> None:
    dar = api("dar")
    explicit_dar(dar)
    clock.set(START.replace(month=12, day=20))
    made = withdraw(dar, DAR, received_at="2026-12-20T04:00:00Z")
    assert duties(made)["answer_withdrawal"]["state"] == "met"

    right = dar.post(
        f"/withdrawals/{made['id']}/correct-receipt",
        {"received_at": "2026-11-23T06:00:00Z", "reason": "It lay in another mailbox"},
    ).json

    assert duties(right)["answer_withdrawal"]["state"] == "met_late"
    assert duties(right)["policy_erase_after_withdrawal"]["due_on"] == "2027-01-08"
    assert right["cancellable_until"] == "2027-01-08"
    assert right["erasure"]["due_on"] == "2027-01-08"


def test_a_receipt_cannot_be_put_into_the_future_or_before_the_sending(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))
    made = withdraw(uof, sent_at="2026-11-20T05:00:00Z")

    for wrong in ("2026-11-24T05:00:00Z", "2026-11-19T05:00:00Z"):
        answer = uof.post(f"/withdrawals/{made['id']}/correct-receipt", {"received_at": wrong, "reason": "x"})
        assert answer.status_code == 422
