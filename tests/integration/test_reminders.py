"""Reminders by real mail: at the right minute, once each, about duties and never about people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.duties.service import cancel, meet
from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.service import set_rules
from consent_service.reminders.choices import choose
from consent_service.reminders.rules import Choice
from consent_service.services import services
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.integration.test_withdrawals import withdraw
from tests.mail import Inbox, smtp_server
from tests.office import AUDITOR, DPO, OWNER, SLUG, Office, almaty, body, bound, subjects, to

MOVED = """
confirmed_through: 2026-12-31
corrections:
  - {date: 2026-12-10, kind: day_off, act: "order 1", reason: {kk: "Ауыстырылған күн", ru: "Перенос", en: "Moved day"}}
  - {date: 2026-12-12, kind: worked, act: "order 1", reason: {kk: "Ауыстырылған күн", ru: "Перенос", en: "Moved day"}}
"""


@pytest.fixture
def moved(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Office]:
    """The same under a calendar in which an order has moved a day."""
    file = tmp_path / "calendar.yaml"
    file.write_text(MOVED)
    with (
        smtp_server() as (inbox, url),
        app_on(database_url, tmp_path, clock, SMTP_URL=url, CALENDAR_OVERRIDES=str(file)) as app,
    ):
        made = Office(app, clock, inbox)
        made.staff(DPO)
        yield made


def test_whoever_is_in_charge_is_reminded_three_working_days_before_at_nine_in_almaty(office: Office) -> None:
    (case,) = office.owe("15wd", "answer_withdrawal")  # due on Monday, 14 December

    assert office.at("2026-12-08 23:59") == []
    assert office.at("2026-12-09 08:59") == []
    (mail,) = office.at("2026-12-09 09:00")

    assert to(mail) == DPO
    assert mail["Subject"].startswith("Мерзімі жақын: 1, ең жақыны 14.12.2026")
    assert mail["Content-Language"] == "kk"
    assert "Өңдеуді тоқтату немесе дәлелді бас тарту" in body(mail)
    assert "94-V Заң 8-бап 7-тармақ" in body(mail)
    assert f"http://127.0.0.1:8000/dashboard/{SLUG}/cases/request/{case}" in body(mail)


def test_on_the_day_and_then_late_on_the_day_after_and_on_each_working_day(office: Office) -> None:
    office.owe("14wd", "answer_withdrawal")  # due on Friday, 11 December
    office.at("2026-12-10 12:00")

    (today,) = office.at("2026-12-11 09:00")
    saturday = office.at("2026-12-12 09:00")
    sunday = office.at("2026-12-13 09:00")
    monday = office.at("2026-12-14 09:00")
    holiday = office.at("2026-12-16 09:00")

    assert (to(today), subjects([today])) == (DPO, ["Мерзімі бүгін, 11.12.2026: 1"])
    assert {to(mail) for mail in saturday} == {to(mail) for mail in monday} == {DPO, OWNER}
    assert sunday == holiday == []
    said = {to(mail): mail["Subject"] for mail in monday}
    assert said[DPO].startswith("КЕШІКТІ: 1, ең ұзағы – 3 күнтізбелік күн")
    assert said[OWNER].startswith("ПРОСРОЧЕНО: 1, дольше всего – 3 календарных дня")


def test_days_that_an_order_moves_count_as_they_then_are(moved: Office) -> None:
    moved.owe("15wd", "answer_withdrawal")  # due on Monday, 14 December; the 10th is off and the 12th is worked

    assert subjects(moved.at("2026-12-08 09:00")) == ["08.12.2026 шолуы: кешіккені 0, бүгін 0, осы аптада 0"]
    assert subjects(moved.at("2026-12-09 09:00")) == [
        "09.12.2026 шолуы: кешіккені 0, бүгін 0, осы аптада 0",
        "Мерзімі жақын: 1, ең жақыны 14.12.2026",
    ]
    assert moved.at("2026-12-10 09:00") == []  # a day off
    assert len(moved.at("2026-12-12 09:00")) == 1  # the digest of a Saturday that is worked


def test_an_operator_sets_how_early_it_is_reminded(office: Office) -> None:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        set_rules(bound(unbound), {"remind_working_days": 5})
    office.owe("15wd", "answer_withdrawal")

    assert office.at("2026-12-04 09:00") == []
    assert len(office.at("2026-12-07 09:00")) == 1
    assert office.at("2026-12-09 09:00") == []


def test_a_short_duty_is_told_of_at_the_next_morning_and_on_its_day(office: Office) -> None:
    office.clock.set(almaty("2026-11-23 08:00"))
    office.owe("1wd", "block")

    assert len(office.at("2026-11-23 09:00")) == 1
    assert len(office.at("2026-11-24 09:00")) == 1


def test_a_worker_that_was_away_in_the_morning_sends_later_that_day_and_once(office: Office) -> None:
    office.owe("15wd", "answer_withdrawal")

    assert len(office.at("2026-12-10 17:30")) == 1  # it was away on the 9th, too
    assert office.at("2026-12-10 17:31") == office.at("2026-12-11 09:00") == []


def test_many_duties_of_a_day_come_in_one_message_that_names_fifty(office: Office) -> None:
    office.owe("3wd", count=53)

    (mail,) = office.at("2026-11-26 09:00")

    assert "Мерзімі бүгін, 26.11.2026: 53" in mail["Subject"]
    assert body(mail).count("/cases/request/") == 50
    assert "Тағы 3: " in body(mail)


def test_only_what_binds_is_told_and_what_was_met_meanwhile_is_left_out(office: Office) -> None:
    uof = client_of(office.app, SLUG)
    uof.post("/consents", consent())
    withdraw(uof)  # the document's 10 days bind; the law's 15 working days come later
    cases = office.owe("15wd", "answer_withdrawal", count=2)
    office.clock.set(almaty("2026-12-14 09:00"))
    with office.app.app_context():
        run_now(services(), find_job("reminders.send"))
        with services().write(ACTOR) as unbound:
            meet(bound(unbound), cases[0], ["stop_or_refuse"])
        run_now(services(), find_job("mail.deliver"))

    today = [mail for mail in office.inbox.received if "Мерзімі бүгін" in mail["Subject"]]
    assert len(today) == 1
    assert str(cases[0]) not in body(today[0])
    assert str(cases[1]) in body(today[0])


def test_a_message_of_which_nothing_is_owed_any_more_is_not_sent(office: Office) -> None:
    (case,) = office.owe("3wd")
    office.clock.set(almaty("2026-11-26 09:00"))
    with office.app.app_context():
        run_now(services(), find_job("reminders.send"))
        with services().write(ACTOR) as unbound:
            cancel(bound(unbound), case)

    assert office.run() == 0
    assert office.inbox.received == []
    assert office.rows("SELECT state FROM outbox_messages") == [("dropped",)]


def test_a_duty_that_was_dated_again_is_told_of_for_its_new_day(office: Office) -> None:
    office.owe("3wd")
    assert len(office.at("2026-11-24 09:00")) == 1
    with office.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE duties SET due_on = '2026-11-27', due_at = :at"), {"at": _stored(office)})

    assert len(office.at("2026-11-25 09:00")) == 1
    assert office.at("2026-11-26 09:00") == []
    assert len(office.at("2026-11-27 09:00")) == 1


def test_lateness_is_told_whatever_somebody_has_switched_off(office: Office) -> None:
    people = office.staff(DPO)
    with office.app.app_context(), services().write(ACTOR) as unbound:
        choose(bound(unbound), people[DPO], Choice(reminders=False, digest=False))
    office.owe("3wd")

    assert office.at("2026-11-24 09:00") == office.at("2026-11-26 09:00") == []
    assert {to(mail) for mail in office.at("2026-11-27 09:00")} == {DPO, OWNER}
    assert office.rows("SELECT kind FROM reminders_sent") == [("late",)]  # what nobody was sent is not noted


def test_each_operator_has_its_own_reminders(office: Office) -> None:
    office.staff(DPO, slug="dar")
    office.owe("3wd", slug="dar")
    office.owe("4wd")

    mails = [mail for mail in office.at("2026-11-26 09:00") if "шолуы" not in mail["Subject"]]

    assert len(mails) == 2
    assert all(("DAR" in mail["Subject"]) == ("/dashboard/dar/" in body(mail)) for mail in mails)


def test_nobody_to_tell_means_that_nothing_is_noted_as_told(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    made = Office(app, clock, inbox)
    made.staff(AUDITOR)
    made.owe("3wd")

    assert made.at("2026-11-26 09:00") == []
    assert made.rows("SELECT count(*) FROM reminder_rounds") == [(0,)]
    made.staff(DPO)
    assert len(made.at("2026-11-26 11:00")) == 2  # the digest and the reminder


def _stored(office: Office) -> object:
    """Return the end of 27 November as the database keeps it."""
    with office.app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
    return "2026-11-27T19:00:00.000000Z" if is_sqlite else almaty("2026-11-28 00:00")
