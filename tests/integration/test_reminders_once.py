"""What was told stays told: once, whoever runs the jobs and however they end."""

import threading

from flask import Flask
from sqlalchemy import Connection, text

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.outbox.queries import to_be_told_by_hand
from consent_service.services import services
from tests.integration.conftest import ACTOR, MovableClock
from tests.mail import Inbox
from tests.office import DPO, OWNER, Office, almaty, bound, to


def test_nothing_is_told_twice_however_often_the_jobs_run(office: Office) -> None:
    office.owe("14wd", "answer_withdrawal")
    seen = []
    for day in ("08", "11", "14"):
        for time in ("09:00", "09:00", "09:01", "18:00", "23:59"):
            seen += office.at(f"2026-12-{day} {time}")

    assert [to(mail) for mail in seen].count(DPO) == 3
    assert [to(mail) for mail in seen].count(OWNER) == 1
    assert office.rows("SELECT kind, count(*) FROM reminders_sent GROUP BY kind ORDER BY kind") == [
        ("before", 1), ("late", 1), ("today", 1),
    ]  # fmt: skip


def test_two_workers_at_once_tell_it_once(office: Office) -> None:
    office.owe("3wd", count=5)
    office.clock.set(almaty("2026-11-26 09:00"))
    barrier, failed = threading.Barrier(4), []

    def remind() -> None:
        with office.app.app_context():
            barrier.wait()
            failed.append(run_now(services(), find_job("reminders.send")).failed)

    threads = [threading.Thread(target=remind) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == [0, 0, 0, 0]
    assert office.rows("SELECT template, count(*) FROM outbox_messages GROUP BY template") == [("duty_reminder", 1)]
    assert office.rows("SELECT count(*) FROM reminders_sent") == [(5,)]


def test_a_round_that_dies_in_the_middle_leaves_nothing_and_is_held_by_the_next(office: Office) -> None:
    office.owe("3wd")
    office.clock.set(almaty("2026-11-26 09:00"))
    with office.app.app_context(), db.engine.begin() as connection:
        _forbid_messages(connection)
    assert office.run() == 1
    assert office.rows("SELECT count(*) FROM reminders_sent") == [(0,)]
    assert office.rows("SELECT count(*) FROM reminder_rounds") == [(0,)]
    with office.app.app_context(), db.engine.begin() as connection:
        _allow_messages(connection)

    assert len(office.at("2026-11-26 09:05")) == 1
    assert office.at("2026-11-26 09:06") == []


def test_what_was_told_is_in_the_ledger_without_anybody_s_name(office: Office) -> None:
    office.owe("3wd", count=2)
    office.at("2026-11-26 09:00")

    (found,) = office.rows("SELECT body FROM ledger_events WHERE kind = 'reminders_sent'")
    assert b'"duties":2,"kind":"today","on":"2026-11-26"' in bytes(found[0])  # type: ignore[call-overload]  # a column


def test_messages_to_staff_are_no_people_to_be_told_by_hand(app: Flask, clock: MovableClock) -> None:
    without_mail = Office(app, clock, Inbox())
    without_mail.staff(DPO)
    without_mail.owe("3wd")
    without_mail.at("2026-11-26 09:00")

    assert without_mail.rows("SELECT DISTINCT state FROM outbox_messages") == [("by_hand",)]
    with app.app_context(), services().read(ACTOR) as unbound:
        assert unbound.session.scalars(to_be_told_by_hand(bound(unbound))).all() == []


def test_old_reminders_are_forgotten(office: Office) -> None:
    office.owe("3wd", count=3)
    office.at("2026-11-26 09:00")
    office.clock.move(days=401)

    with office.app.app_context():
        run_now(services(), find_job("housekeeping"))

    assert office.rows("SELECT count(*) FROM reminders_sent") == [(0,)]
    assert office.rows("SELECT count(*) FROM reminder_rounds") == [(0,)]


def _forbid_messages(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(
            text("CREATE TRIGGER no_messages BEFORE INSERT ON outbox_messages BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
        return
    connection.execute(
        text("CREATE FUNCTION no_messages() RETURNS trigger AS $$ BEGIN RAISE 'no'; END $$ LANGUAGE plpgsql")
    )
    connection.execute(
        text("CREATE TRIGGER no_messages BEFORE INSERT ON outbox_messages EXECUTE FUNCTION no_messages()")
    )


def _allow_messages(connection: Connection) -> None:
    on = "" if connection.dialect.name == "sqlite" else " ON outbox_messages"
    connection.execute(text(f"DROP TRIGGER no_messages{on}"))
