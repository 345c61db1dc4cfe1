"""Runs under way: several workers share one, a killed one loses nothing, somebody who comes back is not erased."""

import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from consent_service.jobs import pace
from consent_service.jobs.sweeper import Sweeper
from consent_service.services import services
from tests.conftest import FULL
from tests.dying import dying
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_jobs import rows
from tests.integration.test_retention import people

Client = Callable[[str], Api]
ROOT = Path(__file__).resolve().parent.parent.parent
PEOPLE, STEP = (100, 1) if FULL else (12, 2)  # of more than a hundred a second person decides
WORKERS = 4


def due(api: Api, count: int) -> None:
    for n in range(count):
        api.post("/consents", consent(subject={"ref": f"p-{n}", "identifiers": {"phone": f"+7701000{n:04}"}}))
        api.post(f"/subjects/p-{n}/ended", {"what": "purpose", "document": "personal-data-agreement"})


def sweeper(app: Flask, tell: Callable[[UUID], None] = lambda _run: None) -> Sweeper:
    with services().read(ACTOR) as unbound:
        number = seed_policies.number(unbound, "uof")
    return Sweeper(services(), ACTOR, number, tell)


def assert_each_went_once(app: Flask, count: int) -> None:
    assert people(app) == 0
    for table in ("subject_identifiers", "subject_notes"):
        assert rows(app, f"SELECT count(*) FROM {table}") == [(0,)]
    assert rows(app, "SELECT count(*), count(DISTINCT subject_id) FROM erasure_orders WHERE state = 'done'") == [
        (count, count)
    ]
    assert rows(app, "SELECT count(*) FROM erased_subjects") == [(count,)]
    for kind in ("erasure_ordered", "erasure_done"):
        assert rows(app, f"SELECT count(*), count(DISTINCT stream) FROM ledger_events WHERE kind = '{kind}'") == [
            (count, count)
        ], kind
    (numbers,) = rows(app, "SELECT count(*), max(number) FROM erasure_certificates")
    assert numbers[0] == numbers[1]  # no gap, no number twice


def test_several_workers_share_one_run_and_nobody_goes_twice(
    api: Client, app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "LEAST", 3)
    monkeypatch.setattr(pace, "MOST", 3)
    due(api("uof"), PEOPLE)
    clock.move(minutes=1)
    with app.app_context():
        run_id = sweeper(app).begin()
    assert run_id is not None
    failed: list[int] = []
    start = threading.Barrier(WORKERS)

    def share() -> None:
        with app.app_context():
            mine = sweeper(app)
            start.wait()
            failed.extend(mine.carry_on(run)[1] for run in mine.open_runs())

    workers = [threading.Thread(target=share) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with app.app_context():  # whoever was passed over by all, while another had them
        failed.extend(sweeper(app).carry_on(run)[1] for run in sweeper(app).open_runs())

    assert set(failed) == {0}
    assert_each_went_once(app, PEOPLE)
    assert api("uof").get(f"/retention/runs/{run_id}").json["state"] == "done"


def test_a_sweep_killed_at_any_moment_loses_nothing_and_repeats_nothing(
    api: Client, app: Flask, clock: MovableClock, database_url: str, tmp_path: Path
) -> None:
    due(api("uof"), PEOPLE)
    clock.move(days=1)
    place = {"DATA_DIR": str(tmp_path), "DATABASE_URL": database_url}
    outcomes: list[str] = []
    with dying("tests.killed_sweep", **place, NOW=clock.now.isoformat()) as work_until:
        while outcomes[-1:] != ["done"]:
            outcomes.append(work_until(1 + STEP * len(outcomes)))

    assert set(outcomes[:-1]) == {"killed"}
    assert len(outcomes) > 10
    assert_each_went_once(app, PEOPLE)


def test_what_was_answered_goes_with_whom_it_concerns_in_runs_as_well(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    due(uof, 3)
    bodies = {ref: consent(subject={"ref": ref}) for ref in ("p-1", "stays")}
    for ref, body in bodies.items():
        uof.post("/consents", body, Idempotency_Key=f"key-of-{ref}")
    uof.post("/subjects/p-1/ended", {"what": "purpose", "document": "personal-data-agreement"})
    clock.move(minutes=1)
    with app.app_context():
        mine = sweeper(app)
        mine.begin()
        assert [mine.carry_on(run) for run in mine.open_runs()] == [(3, 0)]

    again = {ref: uof.post("/consents", body, Idempotency_Key=f"key-of-{ref}") for ref, body in bodies.items()}

    assert (again["p-1"].status_code, again["stays"].headers["Idempotent-Replay"]) == (409, "true")
    assert people(app) == 1


def test_whoever_consents_again_between_order_and_erasure_stays(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    due(uof, 3)
    clock.move(minutes=1)
    with app.app_context():
        mine = sweeper(app)
        mine.begin()
        (run,) = mine.open_runs()
        mine._order(run)
        uof.post("/consents", consent(subject={"ref": "p-1"}))
        assert mine.carry_on(mine.open_runs()[0]) == (3, 0)

    assert people(app) == 1
    kept = [row[0] for row in rows(app, "SELECT result FROM erasure_orders")]
    assert sum("another_consent_in_force" in str(one) for one in kept) == 1


def test_a_hold_that_is_placed_after_the_order_keeps_the_person_and_the_others_go(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    due(uof, 3)
    clock.move(minutes=1)
    with app.app_context():
        mine = sweeper(app)
        mine.begin()
        (run,) = mine.open_runs()
        mine._order(run)
        uof.post("/legal-holds", {"subject": "p-1", "reference": "case 7", "basis": "Civil Procedure Code 155"})
        assert mine.carry_on(mine.open_runs()[0]) == (2, 0)

    assert people(app) == 1
    assert rows(app, "SELECT count(*) FROM erasure_orders WHERE state = 'held'") == [(1,)]


def test_a_batch_that_reads_something_back_is_undone_as_a_whole(
    api: Client, app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consent_service.erasure import destroying  # noqa: PLC0415 - what is broken here and nowhere else

    due(api("uof"), 3)
    clock.move(minutes=1)
    monkeypatch.setattr(destroying, "count_rows_of", lambda _uow, _ids: {"subjects": 1})
    with app.app_context():
        mine = sweeper(app)
        mine.begin()
        assert [mine.carry_on(run) for run in mine.open_runs()] == [(0, 1)]

    assert people(app) == 3
    assert rows(app, "SELECT count(*) FROM erased_subjects") == [(0,)]
    assert rows(app, "SELECT count(*) FROM erasure_orders WHERE state = 'done'") == [(0,)]
