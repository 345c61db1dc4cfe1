"""The calendar feed: RFC 5545, under a secret address that can be revoked, about duties and never about people."""

import io
import logging
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from icalendar import Calendar, Event
from sqlalchemy import text
from werkzeug.test import TestResponse

from consent_service.database import db
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.service import meet
from consent_service.duties.states import ClockKind
from consent_service.kernel.logs import JsonFormatter
from consent_service.operators.access import Role
from consent_service.operators.colleagues import Colleague, colleagues, set_language
from consent_service.operators.staff import set_role
from consent_service.reminders.feed import make_feed, revoke_feed
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import ACTOR, START, MovableClock, client_of
from tests.integration.test_withdrawals import withdraw
from tests.mail import Inbox
from tests.office import AUDITOR, DPO, OWNER, PLANTED, SLUG, Office, almaty, bound


@pytest.fixture
def office(app: Flask, clock: MovableClock) -> Office:
    made = Office(app, clock, Inbox())
    made.staff(DPO, OWNER, AUDITOR)
    return made


def feed_for(office: Office, email: str = DPO) -> str:
    """Make a feed and return its token."""
    staff_id = office.staff(email)[email]
    with office.app.app_context(), services().write(ACTOR) as unbound:
        return make_feed(bound(unbound), staff_id)


def people(office: Office) -> list[Colleague]:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        return colleagues(bound(unbound))


def get(office: Office, token: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.app.test_client().get(f"/calendar/{token}.ics", headers=named)


def events(answer: TestResponse) -> list[Event]:
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.data)
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    return list(calendar.events)


def test_each_binding_duty_is_an_entry_of_its_day_with_its_article_and_a_link(office: Office) -> None:
    (case,) = office.owe("15wd", "answer_withdrawal")
    answer = get(office, feed_for(office))
    (event,) = events(answer)

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert event.decoded("dtstart") == date(2026, 12, 14)
    assert event.decoded("dtend") == date(2026, 12, 15)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["summary"] == "Өңдеуді тоқтату немесе дәлелді бас тарту"
    link = f"http://127.0.0.1:8000/dashboard/{SLUG}/cases/request/{case}"
    assert event["description"] == f"94-V Заң 8-бап 7-тармақ\n{link}"
    assert (event["status"], event["transp"], event["sequence"]) == ("CONFIRMED", "TRANSPARENT", 0)
    assert isinstance(event.decoded("dtstamp"), datetime)


def test_lines_are_folded_by_bytes_and_end_as_the_standard_says(office: Office) -> None:
    office.owe("3wd")
    data = get(office, feed_for(office)).data

    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    assert any(line.startswith(b" ") for line in lines)
    for line in lines:
        line.decode()  # no letter is cut in two
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_what_does_not_bind_or_was_met_is_not_in_it_and_what_is_late_stays(office: Office) -> None:
    uof = client_of(office.app, SLUG)
    uof.post("/consents", consent())
    withdraw(uof)
    late, met = office.owe("3wd")[0], office.owe("4wd")[0]
    with office.app.app_context(), services().write(ACTOR) as unbound:
        meet(bound(unbound), met, ["answer"])
    token = feed_for(office)
    office.clock.set(almaty("2026-11-30 10:00"))

    found = {str(event["description"]).rpartition("/")[2]: event for event in events(get(office, token))}

    assert str(met) not in found
    assert found[str(late)].decoded("dtstart") == date(2026, 11, 26)
    assert str(found[str(late)]["summary"]).startswith("Кешікті: ")
    owed = office.rows("SELECT is_binding FROM duties WHERE state IN ('open', 'late')")
    assert {bool(binds) for (binds,) in owed} == {True, False}
    assert len(events(get(office, token))) == sum(bool(binds) for (binds,) in owed)


def test_an_entry_keeps_its_uid_and_counts_up_when_it_is_dated_again(office: Office) -> None:
    (case,) = office.owe("15wd", "answer_withdrawal")
    token = feed_for(office)
    (before,) = events(get(office, token))
    office.clock.move(hours=5)
    with office.app.app_context(), services().write(ACTOR) as unbound:
        log(bound(unbound), "request", case, [Entry(ClockKind.RECALCULATED, unbound.now, reason="order 1")])
    (after,) = events(get(office, token))

    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    moved = [event.DTSTAMP for event in (before, after)]
    assert moved == [START, START + timedelta(hours=5)]


def test_a_provisional_day_is_tentative(office: Office) -> None:
    office.clock.set(almaty("2026-12-20 10:00"))
    office.owe("15wd", "answer_withdrawal")
    (event,) = events(get(office, feed_for(office)))

    assert event["status"] == "TENTATIVE"
    assert "күнтізбе әлі жарияланған жоқ" in str(event["description"])


def test_an_unchanged_feed_is_answered_with_its_tag_alone(office: Office) -> None:
    office.owe("3wd")
    token = feed_for(office)
    first = get(office, token)
    again = get(office, token, If_None_Match=first.headers["ETag"])
    office.owe("4wd")
    changed = get(office, token, If_None_Match=first.headers["ETag"])

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.data == b""
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert len(events(changed)) == 2


def test_nothing_on_the_way_keeps_a_copy_or_learns_the_address(office: Office) -> None:
    for answer in (get(office, feed_for(office)), get(office, "0_nothing")):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


def test_a_revoked_replaced_or_wrong_address_is_not_found_and_they_look_alike(office: Office) -> None:
    replaced, revoked, dpo = feed_for(office), feed_for(office, OWNER), feed_for(office)
    staff_id = office.staff(OWNER)[OWNER]
    with office.app.app_context(), services().write(ACTOR) as unbound:
        revoke_feed(bound(unbound), staff_id)
    number, _, secret = dpo.partition("_")
    wrong = [
        replaced, revoked, "", "x", f"{number}_", f"{number}_{'A' * 43}", f"ff_{secret}", secret, dpo + "A", f"{dpo}%0A", f"%20{dpo}",
        "fffffff_" + secret, "%00", "../" + dpo,
    ]  # fmt: skip

    assert get(office, dpo).status_code == 200
    pages = [get(office, token) for token in wrong]
    assert {page.status_code for page in pages} == {404}
    assert all(token not in page.get_data(as_text=True) for token, page in zip(wrong[:2], pages[:2], strict=True))


@pytest.mark.parametrize("statement", ["DELETE FROM staff_roles", "UPDATE staff_members SET disabled_at = created_at"])
def test_whoever_has_left_reads_nothing_any_more(office: Office, statement: str) -> None:
    token = feed_for(office)
    assert get(office, token).status_code == 200
    with office.app.app_context(), db.engine.begin() as connection:
        connection.execute(text(statement))

    assert get(office, token).status_code == 404


@pytest.mark.parametrize("role", [Role.ASSIGNEE, Role.EDITOR, Role.INTEGRATOR])
def test_whoever_may_see_the_duties_no_more_reads_nothing_any_more(office: Office, role: Role) -> None:
    token, staff_id = feed_for(office), office.staff(DPO)[DPO]
    with office.app.app_context(), services().write(ACTOR) as unbound:
        set_role(bound(unbound), staff_id, role)

    assert get(office, token).status_code == 404


def test_a_feed_shows_its_own_operator_alone(office: Office) -> None:
    office.owe("3wd", slug="dar", count=2)
    office.owe("3wd")

    assert len(events(get(office, feed_for(office)))) == 1


def test_the_language_is_that_of_the_account(office: Office) -> None:
    office.owe("15wd", "answer_withdrawal")
    token = feed_for(office, OWNER)
    assert events(get(office, token))[0]["summary"] == "Прекратить обработку или дать мотивированный отказ"
    staff_id = next(one.staff_id for one in people(office) if one.role is Role.OWNER)
    with office.app.app_context(), services().write(ACTOR) as unbound:
        set_language(unbound, staff_id, "en")

    assert events(get(office, token))[0]["summary"] == "Stop processing or send a reasoned refusal"


def test_the_last_use_is_remembered(office: Office) -> None:
    token = feed_for(office)
    assert office.rows("SELECT used_at FROM calendar_feeds") == [(None,)]
    get(office, token)
    first = office.rows("SELECT used_at FROM calendar_feeds")
    office.clock.move(minutes=2)
    get(office, token)

    assert first != [(None,)] != office.rows("SELECT used_at FROM calendar_feeds") != first


def test_the_address_stands_in_no_row_no_log_and_no_ledger(office: Office) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    logging.getLogger("consent_service").setLevel(logging.DEBUG)
    try:
        token = feed_for(office)
        get(office, token)
        everything = [
            str(row) for table in ("calendar_feeds", "ledger_events") for row in office.rows(f"SELECT * FROM {table}")
        ]
        with office.app.app_context(), db.engine.begin() as connection:
            connection.execute(text("DROP TABLE calendar_feeds"))
        assert get(office, token).status_code in {500, 503}  # as the database names what is missing
    finally:
        logging.getLogger().removeHandler(handler)

    assert "/calendar/<token>.ics" in said.getvalue()
    for place in (said.getvalue(), *everything):
        assert token not in place
        assert token.partition("_")[2] not in place


def test_nothing_in_the_feed_is_about_a_person(office: Office) -> None:
    uof = client_of(office.app, SLUG)
    identifiers = {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": identifiers}))
    withdraw(uof)
    ((subject_id,),) = office.rows("SELECT id FROM subjects")

    answer = get(office, feed_for(office))
    unfolded = answer.get_data(as_text=True).replace("\r\n ", "")

    assert events(answer)
    for planted in (*PLANTED, DPO, str(subject_id), str(subject_id).replace("-", "")):
        assert planted not in unfolded
