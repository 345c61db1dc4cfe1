"""The check of the ledger by the worker: ordered or nightly, one at a time, taken over, and failing until it fits."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
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
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import record_anchor
from consent_service.ledger.exported import exported_in
from consent_service.ledger.tree import last_head
from consent_service.ledger.verifying import Progress, Verdict
from consent_service.operators.access import Role
from consent_service.operators.queries import operator_number
from consent_service.operators.staff import add_staff
from consent_service.overview.figures import Figure
from consent_service.overview.measuring import measure
from consent_service.runs.queries import latest_of
from consent_service.services import services
from tests.command_line import run as run_command
from tests.factories import consent
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.killed_order import workers
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office, bound

PATH = "/dashboard/uof/ledger"
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


def entered(app: Flask, address: str) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def test_the_page_shows_log_key_and_checks_and_orders_one(office: Office) -> None:
    made = office.staff(OWNER, AUDITOR)
    owner, auditor = entered(office.app, OWNER), entered(office.app, AUDITOR)
    page = owner.get(PATH).text
    assert "Nothing is sealed yet." in page
    assert "No check yet." in page
    give(office.app)
    with office.app.app_context():
        publish()
    sent = {"csrf_token": form_token(owner, PATH)}

    page = owner.get(owner.post(PATH, data=sent).location).text

    assert "The check is ordered." in page
    assert "waits for the worker" in page
    assert "data-live" in page
    assert 'id="check-now"' not in page
    assert "is the one below" in owner.get(owner.post(PATH, data=sent).location).text
    assert checks(office.app)[0].ordered_by == f"staff:{made[OWNER]}"
    assert auditor.post(PATH, data={"csrf_token": form_token(auditor, PATH)}).status_code == 403
    assert work(office.app) == (1, 0)
    page = auditor.get(PATH).text
    assert "everything fits" in page
    assert OWNER in page
    assert 'id="check-now"' not in page
    assert "data-live" not in page
    assert office.app.test_client().get("/ledger/1/key").text.strip() in page


def test_the_page_says_how_many_places_do_not_fit_and_names_neither_them_nor_staff_of_others(office: Office) -> None:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        elsewhere = unbound.for_operator(operator_number(unbound.session, "dar"))
        stranger = add_staff(elsewhere, "stranger@dar.example", PASSWORD, Role.OWNER)
    dpo = entered(office.app, DPO)
    give(office.app)
    order(office.app, Actor("staff", str(stranger)))
    change(office.app, "UPDATE consents SET channel = 'paper'")
    assert work(office.app) == (1, 1)

    page = dpo.get(PATH).text

    assert "1 place does not fit." in page
    assert "ledger verify" in page
    assert str(office.rows("SELECT id FROM consents")[0][0]) not in page
    assert "stranger@dar.example" not in page
    assert "somebody who has no place at this operator" in page
    change(office.app, "UPDATE consents SET channel = 'web'")
    office.clock.move(minutes=1)
    order(office.app)
    work(office.app)
    assert "This stays until a later check fits." not in dpo.get(PATH).text


def test_older_heads_are_a_page_further_and_each_says_who_holds_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent_service.dashboard.ledger.PAGE", 2)
    for number in range(3):
        give(office.app, f"person-{number}")
        with office.app.app_context():
            publish()
            office.clock.move(minutes=1)
    with office.app.app_context(), services().write(ACTOR) as uow:
        signed = last_head(uow.session, 1)
        assert signed
        record_anchor(uow, 1, signed.tree_size, AnchorKind.WEBHOOK, "archive.example", b"head")
        record_anchor(uow, 1, signed.tree_size, AnchorKind.REFUSAL, "witness.example+00+key", b"seen another")
    dpo = entered(office.app, DPO)

    first = dpo.get(PATH).text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = dpo.get(following.replace("&amp;", "&")).text

    assert "archive.example" in first
    assert "witness.example" in first
    assert "+00+key" not in first
    assert first.count("…</summary>") == 2
    assert second.count("…</summary>") == 1
    assert "archive.example" not in second
    assert 'rel="next"' not in second
    assert dpo.get(f"{PATH}?after=1-1").status_code == 200
    assert dpo.get(f"{PATH}?after=nonsense").status_code == 422


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
