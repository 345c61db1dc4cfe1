"""The worker: what is due is done once, whoever is killed meanwhile; terms end after a warning by real mail."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.kernel.clock import system_clock
from consent_service.kernel.uow import Actor
from consent_service.runs.service import finish, start
from consent_service.schema import migrate
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_withdrawals import withdraw, work
from tests.mail import Inbox

Client = Callable[[str], Api]
MOST_KILLS = 300  # a few dozen are enough; more of them without an end is work that does not get on
ROOT = Path(__file__).resolve().parent.parent.parent
NEWSLETTER = consent(
    "newsletter-consent",
    subject={"ref": "person-1", "identifiers": {"email": "aizhan@example.kz"}},
    choices=[{"purpose": "survey", "granted": True}],
    declarations={"adult": True},
)


def rows(app: Flask, query: str) -> list[Any]:  # Any: result rows
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.execute(text(query)).all())


def test_94_v_8_5_a_consent_ends_on_its_day_after_a_warning_and_an_offer_to_renew(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    acme = client_of(app, "acme")
    made = acme.post("/consents", NEWSLETTER).json
    assert made["expires_on"] == "2027-02-23"

    clock.set(datetime(2027, 1, 23, 5, 0, tzinfo=UTC))
    assert work(app) == 0
    assert inbox.received == []
    clock.set(datetime(2027, 1, 24, 5, 0, tzinfo=UTC))
    assert work(app) == work(app) == 0  # the second run warns nobody twice

    (mail,) = inbox.received
    assert mail["X-To"] == "aizhan@example.kz"
    assert "23.02.2027" in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
    assert allowed(acme, "survey") == (True, "active")
    clock.set(datetime(2027, 2, 23, 20, 0, tzinfo=UTC))  # 01:00 in Almaty: the night's run
    assert work(app) == 0
    ended = acme.get(f"/consents/{made['id']}").json
    assert ended["choices"][0]["state"] == "expired"
    assert rows(app, "SELECT count(*) FROM subjects") == [(0,)]  # nothing else stood, so the person is erased
    assert rows(app, "SELECT state FROM duties WHERE code = 'destroy_expired'") == [("met",)]


def test_renewing_before_the_end_keeps_the_permission_and_the_person(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _, app = mailed
    acme = client_of(app, "acme")
    acme.post("/consents", NEWSLETTER)
    clock.set(datetime(2027, 2, 20, 5, 0, tzinfo=UTC))
    acme.post("/consents", NEWSLETTER)

    clock.set(datetime(2027, 3, 1, 5, 0, tzinfo=UTC))
    assert work(app) == 0

    assert allowed(acme, "survey") == (True, "active")


def test_mail_that_a_server_refuses_is_tried_again_and_sent_once(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    acme = client_of(app, "acme")
    acme.post("/consents", NEWSLETTER)
    clock.set(datetime(2027, 2, 1, 5, 0, tzinfo=UTC))
    inbox.refuse = True
    assert work(app) == 1
    inbox.refuse = False
    clock.move(hours=7)

    assert work(app) == 0
    clock.move(hours=7)
    assert work(app) == 0

    assert len(inbox.received) == 1


def test_without_a_mail_server_somebody_is_told_to_tell_the_person(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    api("acme").post("/consents", NEWSLETTER)
    clock.set(datetime(2027, 2, 1, 5, 0, tzinfo=UTC))

    assert work(app) == 0

    assert rows(app, "SELECT state FROM outbox_messages") == [("by_hand",)]


def test_a_duty_is_late_when_its_day_is_over_whatever_the_work_does(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    with app.app_context(), db.engine.begin() as connection:  # an order that can never run
        connection.execute(text("UPDATE withdrawals SET state = 'received'"))
    clock.set(START + timedelta(days=40))

    assert work(app) == 1, "the check of the ledger alone, which finds what was changed here"

    states = {duty["code"]: duty["state"] for duty in uof.get(f"/withdrawals/{made['id']}").json["duties"]}
    assert set(states.values()) == {"late"}


def test_two_workers_share_a_slot_and_one_of_them_runs_it(api: Client, app: Flask) -> None:
    api("uof")
    ran: list[bool] = []

    def ask(name: str) -> None:
        with app.app_context():
            ran.append(run_slot(services(), find_job("duties.mark_late"), name) is not None)

    threads = [threading.Thread(target=ask, args=(f"worker-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ran.count(True) == 1
    assert rows(app, "SELECT outcome FROM job_runs") == [("done",)]


def test_an_erasure_that_fails_stays_open_and_is_done_by_a_later_try(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=12)
    with app.app_context(), db.engine.begin() as connection:
        _forbid_deleting_people(connection)
    assert work(app) == 1
    failed = uof.get(f"/withdrawals/{made['id']}").json
    assert (failed["erasure"]["state"], failed["state"]) == ("failed", "erasing")
    assert rows(app, "SELECT count(*) FROM subjects") == [(1,)]

    with app.app_context(), db.engine.begin() as connection:
        _allow_deleting_people(connection)
    clock.move(minutes=10)
    assert work(app) == 0

    assert uof.get(f"/withdrawals/{made['id']}").json["state"] == "closed"


def test_a_worker_killed_at_any_moment_loses_nothing_and_repeats_nothing(database_url: str, tmp_path: Path) -> None:
    people = 60 if FULL else 6
    past = MovableClock()
    past.set(system_clock() - timedelta(days=30))
    with app_on(database_url, tmp_path, past) as app:
        migrate(app)
        uof = client_of(app, "uof")
        for n in range(people):
            uof.post("/consents", consent(subject={"ref": f"p-{n}", "identifiers": {"email": f"p{n}@example.kz"}}))
            withdraw(uof, subject=f"p-{n}")
        # Workers on the real clock, killed with -9 again and again until everything is done.
        environ = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": database_url, "LOG_LEVEL": "error"}
        script = "import tests.killed_worker as w; w.main()"
        kills = 0
        while rows(app, "SELECT count(*) FROM withdrawals WHERE state <> 'closed'") != [(0,)]:
            assert kills < MOST_KILLS
            child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environ, stdout=subprocess.PIPE)
            assert child.stdout is not None
            with child:
                for _ in range(3 + 29 * kills % 71):
                    child.stdout.readline()  # it tells each item that it has begun
                child.send_signal(signal.SIGKILL)
            kills += 1

        assert kills > 3
        assert rows(app, "SELECT count(*) FROM subjects") == [(0,)]
        assert rows(app, "SELECT count(*) FROM consents") == [(people,)]
        for kind in ("withdrawal_effective", "erasure_ordered", "erasure_done", "withdrawal_closed"):
            assert rows(app, f"SELECT count(*) FROM ledger_events WHERE kind = '{kind}'") == [(people,)], kind
        assert rows(app, "SELECT count(*) FROM duties WHERE state IN ('open', 'late')") == [(0,)]


def test_what_was_allowed_is_no_longer_at_its_instant_even_with_no_worker(api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    withdraw(uof)
    clock.move(days=30)

    assert allowed(uof, ADVERTISING) == (False, "withdrawn")


def _forbid_deleting_people(connection: Any) -> None:  # Any: a SQLAlchemy connection
    if connection.dialect.name == "sqlite":
        connection.execute(
            text("CREATE TRIGGER keep_people BEFORE DELETE ON subjects BEGIN SELECT RAISE(ABORT, 'kept'); END")
        )
        return
    connection.execute(
        text("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept'; END $$")
    )
    connection.execute(
        text("CREATE TRIGGER keep_people BEFORE DELETE ON subjects FOR EACH ROW EXECUTE FUNCTION keep()")
    )


def _allow_deleting_people(connection: Any) -> None:  # Any: a SQLAlchemy connection
    on = "" if connection.dialect.name == "sqlite" else " ON subjects"
    connection.execute(text(f"DROP TRIGGER keep_people{on}"))


def test_records_of_idle_runs_go_after_two_days_and_all_after_ninety(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        for done in (0, 1):
            with services().write(Actor("command", "test")) as uow:
                slot = clock.now + timedelta(seconds=done)
                assert start(uow.session, "some.job", slot, worker="w", now=clock.now)
                finish(uow.session, "some.job", slot, now=clock.now, done=done, failed=0, error=None)
        left = []
        for days in (2, 1, 87, 1):
            clock.move(days=days)
            run_now(services(), find_job("housekeeping"))
            left.append(rows(app, "SELECT done FROM job_runs WHERE job = 'some.job' ORDER BY done"))

    assert left == [[(0,), (1,)], [(1,)], [(1,)], []]
