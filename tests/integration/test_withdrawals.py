"""Withdrawals by the rules of each document and of the law, day by day, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from consent_service.jobs.runner import run_now
from consent_service.jobs.schedule import JOBS
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed, everything

Client = Callable[[str], Api]
DAR = "privacy-policy"


def work(app: Flask) -> int:
    """Run every job once; returns how many items failed."""
    with app.app_context():
        return sum(run_now(services(), job).failed for job in JOBS)


def withdraw(api: Api, document: str = "personal-data-agreement", **more: Any) -> Any:  # Any: JSON
    body = {"subject": "person-1", "document": document, "channel": "registered_mail"} | more
    answer = api.post("/withdrawals", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def duties(withdrawal: Any) -> dict[str, Any]:  # Any: JSON
    return {duty["code"]: duty for duty in withdrawal["duties"]}


def explicit_dar(api: Api) -> str:
    versions = api.get("/documents/dar/privacy-policy/versions").json["items"]
    purpose: str = versions[0]["purposes"][0]["code"]
    api.post("/consents", consent(DAR, choices=[{"purpose": purpose, "granted": True}], act="ticked"))
    return purpose


def test_uof_2_2_a_withdrawal_counts_ten_days_after_receipt_day_by_day(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    assert (made["state"], made["received_on"], made["effective_on"]) == ("scheduled", "2026-11-23", "2026-12-03")

    for day in range(10):
        clock.set(START.replace(hour=18, minute=59) if day == 0 else clock.now)
        work(app)
        assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect"), day
        clock.move(days=1)
    # 23:59 in Almaty of the tenth day is still allowed; a minute later is not, before any worker has run.
    assert allowed(uof, ADVERTISING)[0]
    clock.move(minutes=1)
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")
    assert work(app) == 0
    assert allowed(uof, ADVERTISING) == (False, "never_asked")  # erased: nobody is known under the reference


def test_the_duties_of_policy_and_law_stand_side_by_side_and_the_earliest_binds(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    owed = duties(withdraw(uof))

    policy, law, erase = owed["policy_withdrawal_effect"], owed["answer_withdrawal"], owed["destroy_expired"]
    assert (policy["due_on"], policy["binding"], policy["clause"]) == ("2026-12-03", True, "2.2")
    assert (law["due_on"], law["binding"], law["period"]) == ("2026-12-14", False, "15wd")
    assert (erase["due_on"], erase["settled"], erase["binding"]) == ("2026-12-04", False, True)
    assert "94-V" in law["source"]["en"]
    assert all(set(duty["source"]) == {"kk", "ru", "en"} for duty in owed.values())


def test_registered_mail_received_in_the_past_is_dated_from_its_receipt(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))

    made = withdraw(uof, sent_at="2026-11-05T05:00:00Z", received_at="2026-11-09T18:30:00Z")

    assert (made["received_on"], made["effective_on"]) == ("2026-11-09", "2026-11-19")
    assert made["state"] == "effective"
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")


def test_what_arrives_at_2330_utc_belongs_to_the_next_almaty_day(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    clock.set(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))

    made = withdraw(uof, received_at="2026-11-23T23:30:00Z")

    assert (made["received_on"], made["effective_on"]) == ("2026-11-24", "2026-12-04")


def test_a_later_wanted_day_is_honoured_and_an_earlier_one_is_raised_with_its_clause(api: Client) -> None:
    uof = api("uof")
    for n, (wanted, effective, code) in enumerate(
        [("2026-12-20", "2026-12-20", "wanted_later"), ("2026-11-25", "2026-12-03", "raised")]
    ):
        uof.post("/consents", consent(subject={"ref": f"person-{n}"}))

        made = withdraw(uof, subject=f"person-{n}", wanted_on=wanted)

        assert made["effective_on"] == effective
        rule = next(rule for rule in made["rules"] if rule["code"] == code)
        assert rule["clause"] == ["2.2"]


@pytest.mark.parametrize("channel", ["registered_mail", "written_application", "email", "platform", "form", "phone"])
def test_94_v_8_1_every_confirmable_channel_is_accepted(api: Client, channel: str) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    assert withdraw(uof, channel=channel)["state"] == "scheduled"


def test_dar_2_10_stops_at_receipt_and_erases_on_the_thirtieth_working_day(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    clock.move(minutes=1)

    made = withdraw(dar, DAR, channel="written_application")

    assert made["state"] == "effective"
    assert allowed(dar, purpose) == (False, "withdrawn")
    # 30 working days from 24.11.2026, without 16.12, 1, 4 and 7.01 and the weekends
    assert duties(made)["policy_erase_after_withdrawal"]["due_on"] == "2027-01-08"
    assert made["cancellable_until"] == "2027-01-08"
    clock.set(datetime(2027, 1, 8, 14, 59, tzinfo=UTC))  # 19:59 of the last day
    assert work(app) == 0
    assert dar.get(f"/withdrawals/{made['id']}").json["state"] == "effective"
    clock.move(minutes=2)
    assert work(app) == 0
    closed = dar.get(f"/withdrawals/{made['id']}").json
    assert (closed["state"], closed["erasure"]["state"]) == ("closed", "done")
    assert duties(closed)["policy_erase_after_withdrawal"]["state"] == "met"
    assert duties(closed)["answer_withdrawal"]["state"] == "met"


def test_dar_2_10_a_sign_in_takes_the_withdrawal_back_and_use_does_not(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    clock.move(minutes=1)
    made = withdraw(dar, DAR, channel="written_application")
    clock.move(days=10)

    assert dar.post("/subjects/person-1/activity", {"kind": "use"}).json["cancelled_withdrawals"] == []
    assert not allowed(dar, purpose)[0]
    changed = dar.post("/subjects/person-1/activity", {"kind": "sign_in"}).json

    assert changed["cancelled_withdrawals"] == [made["id"]]
    assert allowed(dar, purpose) == (True, "active")
    clock.move(days=60)
    assert work(app) == 0
    after = dar.get(f"/withdrawals/{made['id']}").json
    assert (after["state"], after["erasure"]["state"]) == ("cancelled", "cancelled")
    assert allowed(dar, purpose) == (True, "active")


def test_a_sign_in_before_the_receipt_takes_nothing_back(api: Client, clock: MovableClock) -> None:
    dar = api("dar")
    explicit_dar(dar)
    clock.move(days=1)
    withdraw(dar, DAR, channel="written_application")

    changed = dar.post("/subjects/person-1/activity", {"kind": "sign_in", "at": "2026-11-23T05:00:00Z"}).json

    assert changed["cancelled_withdrawals"] == []


def test_taking_back_is_refused_with_the_clause_where_the_document_gives_no_such_right(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)

    refused = uof.post(f"/withdrawals/{made['id']}/cancel")

    assert refused.status_code == 409
    assert "2.2" in refused.json["detail"]


def test_taking_back_is_too_late_once_the_erasure_is_done(api: Client, app: Flask, clock: MovableClock) -> None:
    dar = api("dar")
    explicit_dar(dar)
    made = withdraw(dar, DAR, channel="written_application")
    clock.move(days=70)
    work(app)

    assert dar.post(f"/withdrawals/{made['id']}/cancel").status_code == 409


@pytest.mark.parametrize("bar", ["law", "obligation", "storage_required"])
def test_94_v_8_2_a_refusal_names_one_of_three_bars_and_the_consent_stands_again(api: Client, bar: str) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)

    refused = uof.post(
        f"/withdrawals/{made['id']}/refuse",
        {"bar": bar, "reference": "contract 17, clause 4", "reason": "unpaid course"},
    ).json

    assert (refused["state"], refused["bar"], refused["bar_reference"]) == ("refused", bar, "contract 17, clause 4")
    assert duties(refused)["answer_withdrawal"]["state"] == "open"  # until the letter has gone out
    assert duties(refused)["destroy_expired"]["state"] == "cancelled"
    assert allowed(uof, ADVERTISING) == (True, "active")


def test_a_refusal_without_a_bar_or_reference_is_not_taken(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)

    refused = uof.post(f"/withdrawals/{made['id']}/refuse", {"bar": "we_prefer_not", "reason": "x"})

    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"bar", "reference"}


def test_94_v_24_a_part_can_be_withdrawn_and_the_rest_stands(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    purposes = [
        p["code"] for p in uof.get("/documents/uof/personal-data-agreement/versions").json["items"][0]["purposes"]
    ]
    uof.post("/consents", consent(choices=[{"purpose": code, "granted": True} for code in purposes]))

    made = withdraw(uof, purposes=[ADVERTISING])

    assert made["purposes"] == [ADVERTISING]
    clock.move(days=12)
    assert work(app) == 0
    assert allowed(uof, ADVERTISING) == (False, "withdrawn")
    for code in set(purposes) - {ADVERTISING}:
        assert allowed(uof, code) == (True, "active")
    closed = uof.get(f"/withdrawals/{made['id']}").json
    assert closed["erasure"]["result"]["kept"] == "another_consent_in_force"


def test_one_withdrawal_is_open_per_person_document_and_purpose(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    withdraw(uof)

    second = uof.post(
        "/withdrawals", {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"}
    )

    assert second.status_code == 409


def test_consenting_again_ends_the_open_withdrawal_and_nothing_is_erased(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=2)
    uof.post("/consents", consent())
    clock.move(days=20)

    assert work(app) == 0

    after = uof.get(f"/withdrawals/{made['id']}").json
    assert (after["state"], after["cancelled_by"]) == ("cancelled", "granted_again")
    assert allowed(uof, ADVERTISING) == (True, "active")
    assert withdraw(uof)["state"] == "scheduled"


@pytest.mark.parametrize(("operator", "document", "purpose"), [
    ("5qbe", "privacy-policy", "targeted_advertising"),
    ("worksection", "privacy-policy", "promotional_messages"),
])  # fmt: skip
def test_marketing_stops_at_receipt(api: Client, operator: str, document: str, purpose: str) -> None:
    client = api(operator)
    given = client.post("/consents", consent(document, choices=[{"purpose": purpose, "granted": True}], act="ticked"))
    assert given.status_code == 201, given.json
    assert allowed(client, purpose) == (True, "active")

    made = withdraw(client, document, purposes=[purpose], channel="email")

    assert made["effective_on"] == "2026-11-23"
    assert allowed(client, purpose) == (False, "withdrawn")


def test_after_erasure_nothing_of_the_person_can_be_read_and_the_proof_is_left(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    identifiers = {"email": "canary@example.kz", "phone": "+77011234567", "full_name": "Айжан Канарейкина"}
    made = uof.post(
        "/consents",
        consent(
            subject={"ref": "canary-ref", "identifiers": identifiers},
            evidence={"user_agent": "CanaryBrowser/1"},
            representative={"name": "Канарейкин Отец", "role": "parent", "basis": "birth certificate"},
        ),
    ).json
    with app.app_context():
        subject_rows = _personal_rows(app)
        sealed = [value for row in subject_rows for value in row if isinstance(value, bytes)]
    uof.post("/withdrawals", {"subject": "canary-ref", "document": "personal-data-agreement", "channel": "email",
                              "text": "Прошу прекратить, Канарейкина"})  # fmt: skip
    clock.move(days=12)
    assert work(app) == 0

    assert _personal_rows(app) == []
    dump = everything(app)
    for planted in (b"canary", "Канарейкин".encode(), b"1234567", *sealed):
        assert planted not in dump
    proof = uof.get(f"/consents/{made['id']}").json
    assert (proof["text_sha256"], proof["given_at"], proof["state"]) == (
        made["text_sha256"],
        made["given_at"],
        "withdrawn",
    )
    assert allowed(uof, ADVERTISING, "canary-ref") == (False, "never_asked")
    assert uof.post("/subjects/search", {"email": "canary@example.kz"}).json["items"] == []


def test_the_proof_goes_when_its_own_term_is_over(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    made = uof.post("/consents", consent()).json
    withdraw(uof)
    clock.move(days=12)
    work(app)
    clock.move(days=3 * 366)

    assert work(app) == 0

    assert uof.get(f"/consents/{made['id']}").status_code == 404


def _personal_rows(app: Flask) -> list[Any]:  # Any: result rows
    from consent_service.database import db  # noqa: PLC0415 - only here

    rows: list[Any] = []  # Any: result rows
    with app.app_context(), db.engine.connect() as connection:
        for name in ("subjects", "subject_identifiers", "subject_notes", "subject_files"):
            rows += connection.execute(db.metadata.tables[name].select()).all()
    return rows
