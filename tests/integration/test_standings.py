"""A new version of a document: who is told, what silence does, who objects, who is asked again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from consent_service.policies.terms import AppliesTo
from tests.changes import NEXT, REFERRAL, agree, change_of, draft, new_recipient, one_of, publish
from tests.integration.conftest import START, Api, MovableClock, client_of
from tests.integration.test_answers_that_rule import codes_of
from tests.integration.test_consents import allowed
from tests.integration.test_withdrawals import work
from tests.mail import Inbox


@pytest.fixture
def told(mailed: tuple[Inbox, Flask], clock: MovableClock) -> tuple[Inbox, Flask, Api]:
    """People who agreed to the referral agreement, a day before anything is published."""
    inbox, app = mailed
    worksection = client_of(app, "worksection")
    agree(worksection, "worksection", REFERRAL)
    clock.move(days=1)
    return inbox, app, worksection


def test_referral_8_1_to_8_3_three_days_of_silence_after_the_notice_bind(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    inbox, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)

    assert work(app) == work(app) == 0

    (mail,) = inbox.received
    words = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
    assert mail["X-To"] == "person-1@example.kz"
    assert "27.11.2026" in words
    assert "8.1" in words
    standing = change_of(worksection, REFERRAL)
    assert (standing["state"], standing["clause"]) == ("notified", ["8.1", "8.2", "8.3"])
    assert standing["binds_at"] == "2026-11-27T19:00:00Z"
    clock.set(datetime(2026, 11, 27, 18, 59, tzinfo=UTC))
    work(app)
    assert change_of(worksection, REFERRAL)["state"] == "notified"
    clock.set(datetime(2026, 11, 27, 19, 0, tzinfo=UTC))
    work(app)
    bound = one_of(worksection, REFERRAL)
    assert (bound["version"], bound["how"], bound["accepted_at"]) == (NEXT, "silence", "2026-11-27T19:00:00Z")


def test_referral_8_3_a_written_objection_ends_the_agreement_at_its_receipt(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    _, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    clock.move(days=1)
    received_at = clock.now.isoformat()
    (purpose, *_) = codes_of(worksection, "worksection", REFERRAL)

    made = worksection.post(
        "/objections", {"subject": "person-1", "document": REFERRAL, "version": NEXT, "text": "I do not agree."}
    )

    assert made.status_code == 201, made.json
    assert (made.json["effect"], made.json["clause"]) == ("agreement_ends", ["8.1", "8.2", "8.3"])
    ended = worksection.get(f"/withdrawals/{made.json['withdrawal_id']}").json
    assert (ended["matter"], ended["state"], ended["received_on"]) == ("agreement", "effective", received_at[:10])
    assert not allowed(worksection, f"{REFERRAL}#{purpose}")[0]
    clock.move(days=9)
    work(app)
    assert worksection.get("/subjects/person-1/standing").status_code == 404  # ended and erased


def test_an_objection_received_in_time_and_recorded_late_undoes_what_silence_did(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    _, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    clock.move(days=10)
    work(app)
    assert one_of(worksection, REFERRAL)["how"] == "silence"
    body = {"subject": "person-1", "document": REFERRAL, "version": NEXT}

    late = worksection.post("/objections", body)
    in_time = worksection.post("/objections", body | {"received_at": "2026-11-26T05:00:00Z"})

    assert late.status_code == 409
    assert "8.1" in late.json["detail"]
    assert in_time.status_code == 201, in_time.json
    assert change_of(worksection, REFERRAL)["state"] == "objected"


def test_a_notice_that_bounces_starts_no_period_until_somebody_tells_the_person(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    inbox, app, worksection = told
    inbox.unknown.add("person-1@example.kz")
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    clock.move(days=30)
    work(app)
    assert change_of(worksection, REFERRAL)["state"] == "not_notified"

    answer = worksection.post(
        f"/documents/worksection/{REFERRAL}/versions/{NEXT}/notices",
        {"subject": "person-1", "outcome": "told", "reference": "registered letter 17"},
    )

    assert answer.status_code == 200, answer.json
    assert change_of(worksection, REFERRAL)["state"] == "notified"
    assert change_of(worksection, REFERRAL)["binds_at"] > clock.now.isoformat()


def test_a_notice_that_comes_back_later_undoes_the_silence(told: tuple[Inbox, Flask, Api], clock: MovableClock) -> None:
    _, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    clock.move(days=10)
    work(app)

    worksection.post(
        f"/documents/worksection/{REFERRAL}/versions/{NEXT}/notices",
        {"subject": "person-1", "outcome": "returned", "reference": "delivery report 1"},
    )

    assert change_of(worksection, REFERRAL)["state"] == "not_notified"
    assert one_of(worksection, REFERRAL)["version"] == "2023-06-07"


def test_a_change_that_the_document_has_no_rule_for_asks_again(told: tuple[Inbox, Flask, Api]) -> None:
    _, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MATERIAL)

    work(app)

    assert change_of(worksection, REFERRAL)["state"] == "asked_again"


def test_94_v_8_something_new_asks_again_whatever_the_rule_says(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    inbox, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR, alter=new_recipient)

    work(app)
    clock.move(days=60)
    work(app)

    standing = change_of(worksection, REFERRAL)
    assert standing["state"] == "asked_again"
    assert [(new["kind"], new["code"]) for new in standing["asked_for"]] == [("recipient", "new_partner")]
    assert "Жаңа серіктес" in inbox.received[0].get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
    assert one_of(worksection, REFERRAL)["version"] == "2023-06-07"
    agree(worksection, "worksection", REFERRAL)
    clock.move(minutes=10)
    work(app)
    assert change_of(worksection, REFERRAL)["state"] == "accepted"
    assert (one_of(worksection, REFERRAL)["version"], one_of(worksection, REFERRAL)["how"]) == (NEXT, "explicit")


def test_who_consents_to_the_new_version_or_withdraws_meanwhile_is_not_deemed_anything(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    _, app, worksection = told
    agree(worksection, "worksection", REFERRAL, "person-2")
    clock.move(hours=1)
    publish(app, "worksection", REFERRAL, clock.now.date(), change=AppliesTo.MINOR)
    work(app)
    clock.move(hours=1)
    agree(worksection, "worksection", REFERRAL)
    worksection.post("/terminations", {"subject": "person-2", "document": REFERRAL, "by": "person", "channel": "email"})
    clock.move(days=20)
    work(app)

    assert one_of(worksection, REFERRAL)["how"] == "explicit"
    ended = worksection.get("/subjects/person-2/standing")
    assert ended.status_code == 404 or change_of(worksection, REFERRAL, "person-2")["state"] == "ended"


def test_a_consent_recorded_after_publishing_is_found_too(told: tuple[Inbox, Flask, Api], clock: MovableClock) -> None:
    inbox, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 12, 20), change=AppliesTo.MINOR)
    work(app)
    agree(worksection, "worksection", REFERRAL, "person-2")
    clock.move(minutes=10)

    work(app)
    work(app)

    assert change_of(worksection, REFERRAL, "person-2")["state"] == "notified"
    assert len(inbox.received) == 2


def test_a_preview_says_whom_a_draft_would_concern_and_when(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    _, app, worksection = told
    nameless = {"ref": "person-3"}
    agree(worksection, "worksection", REFERRAL, "person-2")
    agree(worksection, "worksection", REFERRAL, "person-3", subject=nameless)
    draft(app, "worksection", REFERRAL, date(2026, 11, 25))
    path = f"/documents/worksection/{REFERRAL}/versions/{NEXT}/change"

    minor = worksection.get(path, change="minor").json
    other = worksection.get(path).json

    (group,) = minor["groups"]
    assert (group["base"], group["people"], group["without_address"]) == ("2023-06-07", 3, 1)
    assert (group["state"], group["binds"], group["binds_at"]) == ("to_notify", "silence", "2026-11-27T19:00:00Z")
    assert group["earliest_on"] == "2026-11-28"
    assert other["groups"][0]["state"] == "asked_again"
    assert minor["standings"] == {}
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    clock.move(minutes=10)
    work(app)
    work(app)
    assert worksection.get(path).json["standings"] == {"notified": 2, "not_notified": 1}


def test_those_deemed_bound_by_the_second_version_are_judged_by_it_for_the_third(
    told: tuple[Inbox, Flask, Api], clock: MovableClock
) -> None:
    _, app, worksection = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    clock.move(days=10)
    work(app)
    publish(app, "worksection", REFERRAL, date(2026, 12, 20), change=AppliesTo.MINOR, name="2027-B")
    work(app)
    work(app)

    changes = one_of(worksection, REFERRAL)["changes"]
    assert [(change["version"], change["state"]) for change in changes] == [(NEXT, "accepted"), ("2027-B", "notified")]


def test_another_operator_s_change_looks_like_a_missing_one(told: tuple[Inbox, Flask, Api]) -> None:
    _, app, _ = told
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    uof = client_of(app, "uof")

    assert uof.get("/subjects/person-1/standing").status_code == 404
    assert uof.get(f"/documents/worksection/{REFERRAL}/versions/{NEXT}/change").status_code == 404
    body = {"subject": "person-1", "document": f"worksection/{REFERRAL}", "version": NEXT}
    assert uof.post("/objections", body).status_code == 404


def test_a_version_without_an_earlier_one_concerns_nobody(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    agree(uof, "uof", "personal-data-agreement")
    clock.set(START + timedelta(days=2))

    work(app)

    assert inbox.received == []
    assert one_of(uof, "personal-data-agreement")["changes"] == []
