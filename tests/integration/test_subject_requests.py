"""What people ask for: dated by law and policy, identified, decided, answered with all that is held."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed, everything
from tests.integration.test_withdrawals import duties, withdraw, work
from tests.mail import Inbox

Client = Callable[[str], Api]
PERSON = {
    "ref": "person-1",
    "identifiers": {"email": "aizhan@example.kz", "phone": "+77011234567", "full_name": "Айжан Сапарова"},
}


def ask(api: Api, kind: str, **more: Any) -> Any:  # Any: JSON
    body = {"type": kind, "channel": "form"} | ({"subject": "person-1"} if "identifiers" not in more else {}) | more
    answer = api.post("/subject-requests", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def act(api: Api, request: Any, what: str, body: Any = None, status: int = 200) -> Any:  # Any: JSON
    answer = api.post(f"/subject-requests/{request['id']}/{what}", body)
    assert answer.status_code == status, answer.json
    return answer.json


def known(app: Flask, slug: str = "uof") -> Api:
    client = client_of(app, slug)
    client.post("/consents", consent(subject=PERSON))
    return client


@pytest.mark.parametrize(
    ("kind", "code", "period", "due_on", "settled"),
    [
        ("access", "answer_access", "3wd", "2026-11-26", False),
        ("portability", "answer_access", "3wd", "2026-11-26", False),
        ("correction", "correct", "1wd", "2026-11-24", True),
        ("blocking", "block", "1wd", "2026-11-24", True),
        ("destruction", "delete_digital", "15d", "2026-12-08", False),
        ("restriction", "answer_withdrawal", "15wd", "2026-12-14", True),
        ("objection_marketing", "answer_withdrawal", "15wd", "2026-12-14", True),
        ("objection_automated", "answer_automated", "3wd", "2026-11-26", True),
        ("removal_public", "remove_public", "1wd", "2026-11-24", True),
        ("complaint", "answer_complaint", "10d", "2026-12-03", False),
    ],
)
def test_each_kind_of_request_owes_what_the_law_says(
    api: Client, app: Flask, kind: str, code: str, period: str, due_on: str, settled: bool
) -> None:
    uof = known(app)

    owed = duties(ask(uof, kind))

    assert (owed[code]["period"], owed[code]["due_on"], owed[code]["settled"]) == (period, due_on, settled)


def test_qlever_8_2_a_claim_is_answered_in_thirty_days_beside_the_law(app: Flask) -> None:
    qlever = client_of(app, "qlever")
    document = "privacy-policy"
    purpose = qlever.get(f"/documents/qlever/{document}/versions").json["items"][0]["purposes"][0]["code"]
    qlever.post("/consents", consent(document, choices=[{"purpose": purpose, "granted": True}]))

    owed = duties(ask(qlever, "claim", document=document))

    assert (owed["policy_claim"]["due_on"], owed["policy_claim"]["clause"]) == ("2026-12-23", "8.2")
    assert owed["answer_complaint"]["due_on"] == "2026-12-03"
    assert [owed[code]["binding"] for code in ("policy_claim", "answer_complaint")] == [False, True]


def test_access_is_answered_with_everything_that_is_held_in_both_languages(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    uof = known(app)
    request = ask(uof, "access", text="What do you have on me?")

    answered = act(uof, request, "answer", {"text": "Please find it below."})
    assert answered["state"] == "answered"
    assert work(app) == work(app) == 0

    (mail,) = inbox.received
    kk, ru = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "application/pdf"]
    words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(kk)).pages)  # type: ignore[arg-type]  # bytes
    for held in ("aizhan@example.kz", "+77011234567", "Айжан Сапарова", "uof/personal-data-agreement", "25-бап"):
        assert held in "".join(words.split()) or held in words
    assert "Ответ на обращение" in PdfReader(io.BytesIO(ru)).pages[0].extract_text()  # type: ignore[arg-type]  # bytes
    closed = uof.get(f"/subject-requests/{request['id']}").json
    assert (closed["state"], duties(closed)["answer_access"]["state"]) == ("closed", "met")
    package = uof.get(f"/subject-requests/{request['id']}/package").json
    assert package["consents"][0]["text_sha256"]
    assert {row["kind"] for row in package["identifiers"]} == {"ref", "email", "phone", "full_name"}


def test_a_portable_copy_travels_as_a_machine_readable_file(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    uof = known(app)

    act(uof, ask(uof, "portability"), "answer")
    work(app)

    file = next(part for part in inbox.received[0].walk() if part.get_filename() == "data.json")
    assert json.loads(file.get_payload(decode=True))["format"] == "kelisim-access/1"  # type: ignore[arg-type]  # bytes


def test_a_request_that_cannot_be_identified_is_answered_not_dropped(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    request = ask(uof, "access", identifiers={"email": "stranger@example.kz"})

    refused = act(uof, request, "refuse", {"reference": "94-V 25(2)(6)", "reason": "Nobody confirmed the address"})
    assert refused["state"] == "refused"
    assert work(app) == work(app) == 0

    body = next(part for part in inbox.received[0].walk() if part.get_content_type() == "text/plain")
    assert "Личность обратившегося установить не удалось" in body.get_content()  # type: ignore[attr-defined]  # modern policy
    assert inbox.received[0]["X-To"] == "stranger@example.kz"
    assert uof.get(f"/subject-requests/{request['id']}").json["state"] == "closed"


def test_94_v_25_blocking_stops_every_permission_until_the_check_is_over(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = known(app)
    assert allowed(uof, ADVERTISING) == (True, "active")

    request = ask(uof, "blocking", text="These data are wrong")
    assert duties(request)["block"]["state"] == "met"
    item = uof.get("/permissions", subject="person-1", purpose=ADVERTISING).json["items"][0]
    assert (item["allowed"], item["state"]) == (False, "blocked")
    act(uof, request, "answer", status=409)
    clock.move(days=1)

    freed = act(uof, request, "reject-violation")

    assert duties(freed)["unblock"]["state"] == "met"
    assert allowed(uof, ADVERTISING) == (True, "active")
    assert act(uof, request, "answer")["state"] == "answered"
    act(uof, request, "confirm-violation", status=409)


def test_94_v_25_a_confirmed_violation_is_destroyed_within_a_working_day(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = known(app)
    request = ask(uof, "blocking")
    clock.move(days=1)

    confirmed = act(uof, request, "confirm-violation")

    assert duties(confirmed)["destroy_unlawful"]["due_on"] == "2026-11-25"
    assert confirmed["erasure"]["ground"] == "18(3-1)"
    assert work(app) == 0
    done = uof.get(f"/subject-requests/{request['id']}").json
    assert (done["erasure"]["state"], duties(done)["destroy_unlawful"]["state"]) == ("done", "met")
    assert uof.post("/subjects/search", {"email": "aizhan@example.kz"}).json["items"] == []


def test_a_blocking_leaves_the_withdrawal_beneath_it_its_own_way(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = known(app)
    withdrawal = withdraw(uof, channel="registered_mail")
    assert withdrawal["state"] == "scheduled"
    blocking = ask(uof, "blocking")
    assert allowed(uof, ADVERTISING) == (False, "blocked")

    assert ask(uof, "objection_marketing")["state"] == "in_progress"
    again = uof.post("/withdrawals", {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"})
    assert again.status_code == 409

    act(uof, blocking, "reject-violation")
    assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect")
    second = ask(uof, "blocking")
    clock.move(days=12)
    assert work(app) == 0
    assert uof.get(f"/withdrawals/{withdrawal['id']}").json["state"] != "scheduled"
    act(uof, second, "reject-violation", status=409)
    assert allowed(uof, ADVERTISING)[0] is False


def test_a_withdrawal_of_what_is_blocked_that_is_refused_leaves_it_blocked_until_the_check_is_over(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = known(app)
    blocking = ask(uof, "blocking")
    withdrawal = withdraw(uof, channel="registered_mail")

    refusal = {"bar": "obligation", "reference": "contract 1", "reason": "unpaid"}
    assert uof.post(f"/withdrawals/{withdrawal['id']}/refuse", refusal).status_code == 200
    assert allowed(uof, ADVERTISING) == (False, "blocked")
    act(uof, blocking, "reject-violation")

    assert allowed(uof, ADVERTISING) == (True, "active")


def test_what_two_requests_block_stands_again_when_both_checks_are_over(app: Flask) -> None:
    uof = known(app)
    first, second = ask(uof, "blocking"), ask(uof, "blocking")

    act(uof, first, "reject-violation")
    assert allowed(uof, ADVERTISING) == (False, "blocked")
    act(uof, second, "reject-violation")

    assert allowed(uof, ADVERTISING) == (True, "active")


def test_a_refused_blocking_lets_the_consent_stand_as_it_was(api: Client, app: Flask) -> None:
    uof = known(app)
    request = ask(uof, "blocking")

    act(uof, request, "refuse", {"reference": "94-V 25(2)(8)", "reason": "No condition was violated"})

    assert allowed(uof, ADVERTISING) == (True, "active")


def test_objecting_to_marketing_withdraws_it_by_the_document_s_rule(api: Client, app: Flask) -> None:
    fiveqbe = client_of(app, "5qbe")
    document = "privacy-policy"
    purposes = fiveqbe.get(f"/documents/5qbe/{document}/versions").json["items"][0]["purposes"]
    marketing = next(one["code"] for one in purposes if one["marketing"])
    other = next(one["code"] for one in purposes if not one["marketing"] and one["needs_consent"])
    fiveqbe.post(
        "/consents",
        consent(document, act="ticked", choices=[{"purpose": code, "granted": True} for code in (marketing, other)]),
    )

    request = ask(fiveqbe, "objection_marketing")

    assert allowed(fiveqbe, marketing)[0] is False
    assert allowed(fiveqbe, other) == (True, "active")
    withdrawn = [entry["facts"] for entry in request["clock_log"] if entry["kind"] == "decided"]
    assert fiveqbe.get(f"/withdrawals/{withdrawn[0]['withdrawal']}").json["purposes"] == [marketing]


def test_a_demand_to_destroy_withdraws_erases_and_answers_before_the_address_is_gone(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    dar = client_of(app, "dar")
    purpose = dar.get("/documents/dar/privacy-policy/versions").json["items"][0]["purposes"][0]["code"]
    dar.post(
        "/consents",
        consent("privacy-policy", subject=PERSON, act="ticked", choices=[{"purpose": purpose, "granted": True}]),
    )
    clock.move(minutes=1)
    request = ask(dar, "destruction")

    act(dar, request, "answer", {"text": "It will be destroyed."})
    assert work(app) == 0
    assert len(inbox.received) == 1
    assert allowed(dar, purpose)[0] is False
    clock.move(days=1, minutes=1)
    assert work(app) == 0

    done = dar.get(f"/subject-requests/{request['id']}").json
    assert (done["erasure"]["state"], done["state"]) == ("done", "closed")
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM subjects")).scalar() == 0


def test_two_requests_on_the_same_matter_are_linked_and_both_keep_their_dates(app: Flask, clock: MovableClock) -> None:
    uof = known(app)
    first = ask(uof, "access")
    clock.move(days=1)
    second = ask(uof, "access")
    other = ask(uof, "correction")

    assert (second["linked_to"], other["linked_to"]) == (first["id"], None)
    assert duties(second)["answer_access"]["due_on"] == "2026-11-27"


def test_a_request_that_is_not_answered_is_late_whatever_its_state(app: Flask, clock: MovableClock) -> None:
    uof = known(app)
    request = ask(uof, "access", identifiers={"email": "aizhan@example.kz"})
    clock.set(datetime(2026, 11, 27, 5, 0, tzinfo=UTC))

    assert work(app) == 0

    assert duties(uof.get(f"/subject-requests/{request['id']}").json)["answer_access"]["state"] == "late"


def test_another_operator_s_request_looks_like_a_missing_one(app: Flask) -> None:
    request = ask(known(app), "access")
    dar = client_of(app, "dar")

    for what in ("verify", "answer", "refuse", "confirm-violation", "reject-violation"):
        body = {"verify": {"method": "by_hand"}, "refuse": {"reference": "x 1", "reason": "y"}}.get(what)
        act(dar, request, what, body, status=404)
    assert dar.get(f"/subject-requests/{request['id']}").status_code == 404
    assert dar.get(f"/subject-requests/{request['id']}/package").status_code == 404


def test_the_list_tells_nothing_of_who_asks(app: Flask) -> None:
    uof = known(app)
    ask(uof, "access", text="I am Айжан Сапарова")

    page = uof.get("/subject-requests").get_data(as_text=True)

    for planted in ("Айжан", "aizhan", "person-1"):
        assert planted not in page
    assert uof.get("/subject-requests", state="closed").json["items"] == []


def test_who_asks_by_nothing_at_all_is_told_what_to_send(app: Flask) -> None:
    answer = client_of(app, "uof").post("/subject-requests", {"type": "access", "channel": "form"})

    assert answer.status_code == 422
    assert "subject" in answer.json["errors"]


def test_messages_go_to_and_fro_sealed_and_stop_no_clock(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    uof = known(app)
    request = ask(uof, "correction")
    path = f"/subject-requests/{request['id']}/messages"

    uof.post(path, {"direction": "to_person", "text": "Which address is right?"})
    written = uof.post(path, {"direction": "from_person", "text": "The one in Almaty, canary street."}).json
    work(app)

    assert [one["direction"] for one in written["items"]] == ["to_person", "from_person"]
    assert "Which address is right?" in "".join(
        part.get_content()  # type: ignore[attr-defined]  # modern policy
        for part in inbox.received[0].walk()
        if part.get_content_type() == "text/plain"
    )
    assert b"canary street" not in everything(app)
    assert duties(uof.get(f"/subject-requests/{request['id']}").json)["correct"]["state"] == "open"
