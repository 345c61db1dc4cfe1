"""Which of a person's answers rules, and what is left of somebody of whom nothing stands."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed, count
from tests.integration.test_jobs import rows
from tests.integration.test_withdrawals import DAR, duties, explicit_dar, withdraw, work

Client = Callable[[str], Api]
PARTNER, REFERRAL = "partner-agreement", "referral-agreement"
PERSON = {"ref": "person-1", "identifiers": {"email": "aizhan@example.kz"}}


def codes_of(api: Api, operator: str, document: str) -> list[str]:
    (version, *_) = api.get(f"/documents/{operator}/{document}/versions").json["items"]
    return [purpose["code"] for purpose in version["purposes"]]


def answer(api: Api, operator: str, document: str, granted: bool = True, **more: Any) -> Any:  # Any: JSON
    codes = codes_of(api, operator, document)
    choices = [{"purpose": code, "granted": granted} for code in codes]
    made = api.post("/consents", consent(document, subject=PERSON, choices=choices, **more))
    assert made.status_code == 201, made.json
    return made.json


def partner(api: Api, **more: Any) -> Any:  # Any: JSON
    declared = {"adult": True, "stateless": False, "other_programme": False}
    return answer(api, "worksection", PARTNER, declarations=declared, **more)


def test_a_letter_received_before_the_consent_does_not_withdraw_it(api: Client, app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    refused = uof.post(
        "/withdrawals",
        {
            "subject": "person-1",
            "document": "personal-data-agreement",
            "channel": "registered_mail",
            "received_at": "2026-01-05T06:00:00Z",
        },
    )

    assert refused.status_code == 409
    assert work(app) == 0
    assert allowed(uof, ADVERTISING) == (True, "active")


def test_a_consent_given_after_a_letter_was_received_rules_though_the_letter_was_recorded_first(
    api: Client, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-02T05:00:00Z"))
    withdraw(uof, received_at="2026-11-18T05:00:00Z")

    uof.post("/consents", consent(given_at="2026-11-20T05:00:00Z"))

    clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    assert allowed(uof, ADVERTISING) == (True, "active")


@pytest.mark.parametrize("granted_again", [True, False])
def test_who_answers_no_and_of_whom_nothing_stands_is_erased_in_time(
    api: Client, app: Flask, clock: MovableClock, granted_again: bool
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject=PERSON))
    clock.move(minutes=1)
    no = [{"purpose": ADVERTISING, "granted": False}]
    uof.post("/consents", consent(subject=PERSON, choices=no))
    assert work(app) == 0
    assert count(app, "subjects") == 1  # until the evening of the last day the answer may still be yes

    clock.move(minutes=1)
    if granted_again:
        uof.post("/consents", consent(subject=PERSON))
    clock.move(days=1, hours=12)
    assert work(app) == work(app) == 0

    assert count(app, "subjects") == (1 if granted_again else 0)
    assert count(app, "subject_identifiers") == (1 if granted_again else 0)
    owed = [(code, state, str(due_on)) for code, state, due_on in rows(app, "SELECT code, state, due_on FROM duties")]
    assert owed == ([] if granted_again else [("destroy_expired", "met", "2026-11-24")])


def test_a_person_whose_last_application_is_rejected_is_erased(api: Client, app: Flask, clock: MovableClock) -> None:
    worksection = api("worksection")
    answer(worksection, "worksection", REFERRAL, declarations={"adult": True, "stateless": False})
    applied = partner(worksection)
    assert applied["choices"][0]["state"] == "pending_approval"
    withdraw(worksection, REFERRAL)
    clock.move(days=60)
    assert work(app) == work(app) == 0
    assert count(app, "subjects") == 1  # the application still stands

    assert worksection.post(f"/consents/{applied['id']}/reject", {"reason": "no"}).status_code == 200
    assert work(app) == 0
    clock.move(days=4)
    assert work(app) == 0

    assert count(app, "subjects") == 0


def test_an_erasure_waits_for_another_withdrawal_that_can_still_be_taken_back(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    first, second, *_ = codes_of(dar, "dar", DAR)
    choices = [{"purpose": code, "granted": True} for code in (first, second)]
    body = consent(DAR, subject=PERSON, choices=choices, act="ticked", given_at="2026-06-01T05:00:00Z")
    assert dar.post("/consents", body).status_code == 201
    later = withdraw(dar, DAR, purposes=[second])
    withdraw(dar, DAR, purposes=[first], received_at="2026-07-01T05:00:00Z")

    clock.move(days=2)
    assert work(app) == work(app) == 0

    assert count(app, "subjects") == 1
    taken_back = dar.post(f"/withdrawals/{later['id']}/cancel")
    assert taken_back.status_code == 200, taken_back.json
    assert allowed(dar, second)[0]


def test_nothing_is_taken_back_after_its_last_day_though_no_worker_came_by(api: Client, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    made = withdraw(dar, DAR)
    clock.set(datetime.fromisoformat(made["cancellable_until"]).replace(tzinfo=UTC) + timedelta(days=2))

    late = dar.post(f"/withdrawals/{made['id']}/cancel")

    assert late.status_code == 409, late.json
    assert not allowed(dar, purpose)[0]


def test_94_v_8_7_a_refusal_after_fifteen_working_days_is_not_taken(api: Client, clock: MovableClock) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    made = withdraw(dar, DAR)
    clock.set(datetime(2026, 12, 15, 5, 0, tzinfo=UTC))

    late = dar.post(f"/withdrawals/{made['id']}/refuse", {"bar": "law", "reference": "94-V 8(2)", "reason": "late"})

    assert late.status_code == 409, late.json
    assert not allowed(dar, purpose)[0]
    assert dar.get(f"/withdrawals/{made['id']}").json["state"] == "effective"


def test_withdrawing_what_allowed_nothing_allows_nothing(api: Client) -> None:
    uof, worksection = api("uof"), api("worksection")
    uof.post("/consents", consent(act="used"))
    assert not allowed(uof, ADVERTISING)[0]
    partner(worksection)
    (purpose, *_) = codes_of(worksection, "worksection", PARTNER)
    assert not allowed(worksection, f"{PARTNER}#{purpose}")[0]

    withdraw(uof, channel="platform")
    withdraw(worksection, PARTNER, wanted_on="2027-06-01")

    assert not allowed(uof, ADVERTISING)[0]
    assert not allowed(worksection, f"{PARTNER}#{purpose}")[0]


def test_use_does_not_stand_for_an_approval(api: Client) -> None:
    worksection = api("worksection")
    codes = codes_of(worksection, "worksection", PARTNER)

    made = worksection.post(
        "/consents",
        consent(
            PARTNER,
            act="used",
            choices=[{"purpose": code, "granted": True} for code in codes],
            declarations={"adult": True, "stateless": False, "other_programme": False},
        ),
    )

    assert made.status_code == 422 or made.json["choices"][0]["state"] == "pending_approval", made.json
    assert not allowed(worksection, f"{PARTNER}#{codes[0]}")[0]


def test_a_withdrawal_whose_every_purpose_was_granted_again_ends_with_its_duties(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(hours=1)
    uof.post("/consents", consent())

    assert work(app) == 0

    ended = uof.get(f"/withdrawals/{made['id']}").json
    assert ended["state"] not in {"scheduled", "effective"}
    assert {duty["state"] for duty in duties(ended).values()} <= {"cancelled", "met"}
    assert (
        uof.post(f"/withdrawals/{made['id']}/refuse", {"bar": "law", "reference": "x 1", "reason": "y"}).status_code
        == 409
    )


def test_purposes_of_another_document_are_refused(api: Client) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    refused = uof.post(
        "/withdrawals",
        {
            "subject": "person-1",
            "document": "personal-data-agreement",
            "channel": "platform",
            "purposes": ["dar/privacy-policy#targeted_advertising"],
        },
    )

    assert refused.status_code == 422
    assert allowed(uof, ADVERTISING)[0]


@pytest.mark.parametrize("wanted", ["9999-12-31", "2036-01-01"])
def test_a_wanted_day_is_within_a_year(api: Client, wanted: str) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    refused = uof.post(
        "/withdrawals",
        {"subject": "person-1", "document": "personal-data-agreement", "channel": "form", "wanted_on": wanted},
    )

    assert (refused.status_code, allowed(uof, ADVERTISING)) == (422, (True, "active"))
    assert "wanted_on" in refused.json["errors"]


def test_waiting_for_an_erasure_day_is_no_work(api: Client, app: Flask, clock: MovableClock) -> None:
    dar = api("dar")
    explicit_dar(dar)
    withdraw(dar, DAR)
    work(app)
    clock.set(START + timedelta(hours=1))

    with app.app_context():
        assert run_now(services(), find_job("withdrawals.close")).done == 0


def test_the_end_of_the_evidence_leaves_no_row_with_the_pseudonym(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject=PERSON))
    (subject,) = rows(app, "SELECT id FROM subjects")[0]
    withdraw(uof)
    uof.post("/subject-requests", {"type": "access", "channel": "form", "subject": "person-1"})
    for days in (1, 15, 40):
        clock.move(days=days)
        assert work(app) == 0
    assert count(app, "subjects") == 0
    kept = [table for table in ("consents", "withdrawals", "duties", "subject_requests") if count(app, table)]
    assert kept

    clock.move(days=366 * 6)
    work(app)

    left = {table: count(app, table) for table in ("consents", "consent_choices", "withdrawals", "subject_requests")}
    assert not any(left.values()), (left, subject)
