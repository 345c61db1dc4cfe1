"""The check of the ledger by the worker: ordered or nightly, one at a time, taken over, and failing until it fits."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from consent_service.database import db
from consent_service.evidence.checks import (
    KEPT,
    LEASE,
    MOST_ATTEMPTS,
    WORKER_DIED,
    CheckTakenOverError,
    Claim,
    claim_check,
    finish_check,
    note_progress,
    order_check,
)
from consent_service.evidence.queries import CheckState, CheckView, last_checks
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.exported import exported_in
from consent_service.ledger.verifying import Progress, Verdict
from consent_service.overview.figures import Figure
from consent_service.overview.measuring import measure
from consent_service.runs.queries import latest_of
from consent_service.services import services
from tests.command_line import run as run_command
from tests.factories import consent
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.killed_order import workers
from tests.office import bound

JOB = "ledger.check"


def give(app: Flask, ref: str = "person-1") -> None:
    assert client_of(app, "uof").post("/consents", consent(subject={"ref": ref})).status_code == 201


def publish() -> None:
    for job in ("ledger.seal", "ledger.publish"):
        assert run_now(services(), find_job(job)).failed == 0


def order(app: Flask, by: Actor = ACTOR) -> bool:
    with app.app_context(), services().write(by) as uow:
        return order_check(uow)


def work(app: Flask) -> tuple[int, int]:
    with app.app_context():
        count = run_now(services(), find_job(JOB))
    return count.done, count.failed


def checks(app: Flask) -> list[CheckView]:
    with app.app_context(), services().read(ACTOR) as uow:
        return last_checks(uow.session, 100)


def states(app: Flask) -> list[CheckState]:
    return [one.state for one in checks(app)]


def claimed(app: Flask) -> Claim | None:
    with app.app_context(), services().write(ACTOR) as uow:
        return claim_check(uow)


def change(app: Flask, statement: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def test_a_check_is_ordered_carried_out_once_and_says_what_was_looked_at(app: Flask) -> None:
    give(app)
    with app.app_context():
        publish()
    give(app, "person-2")  # its events wait

    assert order(app)
    assert not order(app)  # it is that one
    assert work(app) == (1, 0)
    assert work(app) == (0, 0)

    (check,) = checks(app)
    assert (check.state, check.found, check.error) == (CheckState.FITS, 0, None)
    assert check.events == check.leaves + check.waiting
    assert check.waiting > 0
    assert (check.heads, check.anchors, check.holes) == (1, 0, 0)
    assert check.records > 0
    assert check.looking_at == "records"
    assert order(app)


def test_each_night_one_is_made_by_itself_and_a_worker_that_was_away_makes_it_later(
    app: Flask, clock: MovableClock
) -> None:
    assert work(app) == (1, 0)  # the first of all
    (first,) = checks(app)
    assert first.ordered_by is None
    clock.set(datetime(2026, 11, 23, 21, 59, tzinfo=UTC))  # a minute before three in Almaty
    assert work(app) == (0, 0)
    clock.set(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
    assert work(app) == (1, 0)
    clock.move(hours=1)
    assert work(app) == (0, 0)
    clock.move(days=2, hours=5)  # nobody worked in two nights
    assert work(app) == (1, 0)
    assert states(app) == [CheckState.FITS] * 3


def test_orders_that_come_at_once_make_one_check(app: Flask) -> None:
    start, made = threading.Barrier(6), list[bool]()

    def press() -> None:
        start.wait()
        made.append(order(app))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [False] * 5 + [True]
    assert states(app) == [CheckState.WAITING]


def test_workers_that_come_at_once_carry_it_out_once(app: Flask) -> None:
    order(app)
    start, done = threading.Barrier(4), list[int]()

    def come() -> None:
        start.wait()
        done.append(work(app)[0])

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [0, 0, 0, 1]
    assert states(app) == [CheckState.FITS]


def test_what_was_altered_is_counted_and_the_job_fails_until_a_later_check_fits(
    app: Flask, clock: MovableClock
) -> None:
    give(app)
    work(app)
    change(app, "UPDATE consents SET channel = 'paper'")
    clock.move(minutes=1)
    order(app)

    with app.app_context():
        run_slot(services(), find_job(JOB), "worker-1")
        clock.move(seconds=30)
        run_slot(services(), find_job(JOB), "worker-2")  # nothing is to be done, and all is not well
        with services().read(ACTOR) as unbound:
            (last,) = latest_of(unbound.session, [JOB])
            figures = measure(bound(unbound), services().law.calendar)
        given = app.test_client().get("/metrics").text

    assert (checks(app)[0].state, checks(app)[0].found) == (CheckState.DOES_NOT_FIT, 1)
    assert (last.outcome, last.done, last.failed) == ("failed", 0, 1)
    assert figures[Figure.LEDGER] == 1
    assert 'kelisim_job_last_run_failed{job="ledger.check"} 1' in given

    change(app, "UPDATE consents SET channel = 'web'")
    clock.move(minutes=1)
    order(app)
    assert work(app) == (1, 0)
    assert states(app) == [CheckState.FITS, CheckState.DOES_NOT_FIT, CheckState.FITS]


def test_what_is_published_while_a_check_goes_on_is_no_fault(app: Flask) -> None:
    give(app)
    with app.app_context():
        publish()
        folder = services().settings.ledger_dir

        def meanwhile(_what: str, _count: int) -> None:
            with current_app.app_context():
                run_now(services(), find_job("ledger.seal"))
                run_now(services(), find_job("ledger.publish"))

        give(app, "person-2")
        before = exported_in(folder)
        with services().snapshot(ACTOR) as uow:
            verdict = verify_evidence(uow, folder, meanwhile, None, before)

        assert exported_in(folder).heads != before.heads
    assert verdict.problems == []


def test_a_worker_that_is_slow_loses_the_check_to_another_and_changes_nothing_any_more(
    app: Flask, clock: MovableClock
) -> None:
    order(app)
    slow = claimed(app)
    assert slow
    assert claimed(app) is None
    clock.move(minutes=9)
    with app.app_context(), services().write(ACTOR) as uow:
        note_progress(uow, slow, "events", 5)  # goes on, so it holds it for longer
    clock.move(minutes=9)
    assert claimed(app) is None
    (check,) = checks(app)
    assert (check.state, check.looking_at, check.looked_at) == (CheckState.RUNNING, "events", 5)
    clock.move(seconds=(LEASE - timedelta(minutes=9)).total_seconds())

    other = claimed(app)

    assert other
    assert other.check_id == slow.check_id
    assert checks(app)[0].looking_at is None  # begun anew
    with app.app_context():
        with pytest.raises(CheckTakenOverError), services().write(ACTOR) as uow:
            note_progress(uow, slow, "leaves", 1)
        with pytest.raises(CheckTakenOverError), services().write(ACTOR) as uow:
            finish_check(uow, slow, Verdict())
        with services().write(ACTOR) as uow:
            finish_check(uow, other, Verdict(events=7))
    (check,) = checks(app)
    assert (check.state, check.events) == (CheckState.FITS, 7)


def test_a_check_whose_workers_all_die_ends_as_failed(app: Flask, clock: MovableClock) -> None:
    order(app)
    for _ in range(MOST_ATTEMPTS):
        assert claimed(app)
        clock.move(seconds=LEASE.total_seconds())

    assert work(app) == (0, 1)
    (check,) = checks(app)
    assert (check.state, check.error) == (CheckState.FAILED, WORKER_DIED)


def test_what_cannot_be_carried_out_is_tried_three_times_and_proves_nothing(
    app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_uow: UnitOfWork, _folder: Path, progress: Progress, *_: object) -> Verdict:
        progress("events", 3)
        raise OSError(28, "No space left on a device that has a name")

    order(app)
    with monkeypatch.context() as patched:
        patched.setattr("consent_service.jobs.checking.verify_evidence", breaks)
        assert [work(app)[0] for _ in range(MOST_ATTEMPTS)] == [0] * MOST_ATTEMPTS
        (check,) = checks(app)
        assert (check.state, check.error) == (CheckState.FAILED, "OSError")
        assert work(app) == (0, 1)
    clock.move(minutes=1)
    order(app)
    assert work(app) == (1, 0)


def test_a_check_whose_worker_is_killed_is_taken_over_wherever_that_was(app: Flask, clock: MovableClock) -> None:
    give(app)
    with app.app_context():
        publish()
    with workers(app, clock, "checking") as work_until:
        assert work_until(100_000) == "done"  # that of the night
        for moment in (2, 6, 12, 40):
            clock.move(minutes=1)
            assert order(app)
            assert work_until(moment) == "killed"
            assert states(app)[0] in {CheckState.WAITING, CheckState.RUNNING}
            clock.move(seconds=LEASE.total_seconds())
            assert work(app) == (1, 0)
            assert states(app)[0] is CheckState.FITS


def test_old_checks_are_forgotten(app: Flask, clock: MovableClock) -> None:
    work(app)
    clock.move(days=KEPT.days - 1)
    work(app)
    clock.move(days=2)
    with app.app_context():
        run_now(services(), find_job("housekeeping"))
    assert len(checks(app)) == 1


def test_the_command_lists_the_last_checks(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        settings = services().settings
    give(app)
    work(app)
    change(app, "UPDATE consents SET channel = 'paper'")
    clock.move(minutes=1)
    order(app)
    work(app)

    def listed(*options: str) -> str:
        url = settings.database_url
        return run_command("ledger", "checks", *options, data_dir=settings.data_dir, DATABASE_URL=url).stdout

    told, last = listed(), json.loads(listed("--json", "--last", "1"))

    assert "1 PLACES DO NOT FIT" in told
    assert "all fits" in told
    assert [(one["state"], one["found"], one["ordered_by"]) for one in last] == [("does_not_fit", 1, "command:test")]
