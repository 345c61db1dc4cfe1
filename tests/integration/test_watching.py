"""What ``/metrics`` and ``/readyz`` tell of an installation, and that nothing is watched that is not told."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import event, text

from consent_service.database import db
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.restored import Restore, note_restore
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.jobs.schedule import JOBS
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.office import Office

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\bkelisim_[a-z_]+")
HISTOGRAM = ("_bucket", "_sum", "_count")
LARGE = {
    "duties", "job_runs", "outbox_messages", "consents", "subjects", "ledger_events", "ledger_leaves", "ledger_heads",
    "erasure_orders", "erasure_targets",
}  # fmt: skip


def told(app: Flask) -> str:
    return app.test_client().get("/metrics").text


def exported(app: Flask) -> set[str]:
    """Return the names of everything that the page tells."""
    kinds = re.findall(r"^# TYPE (\S+) (\S+)$", told(app), re.MULTILINE)
    return {name + end for name, kind in kinds for end in (HISTOGRAM if kind == "histogram" else ("",))}


@pytest.mark.parametrize("file", ["prometheus/alerts.yml", "prometheus/alerts.test.yml", "grafana/kelisim.json"])
def test_alerts_and_dashboard_ask_for_nothing_that_is_not_told(house: Flask, file: str) -> None:
    told(house)
    asked = set(NAME.findall((ROOT / "deploy" / file).read_text()))

    assert len(asked) > 3
    assert asked - exported(house) == set()


def test_everything_that_is_told_is_watched_by_an_alert_or_shown(house: Flask) -> None:
    told(house)
    watched = (ROOT / "deploy/prometheus/alerts.yml").read_text() + (ROOT / "deploy/grafana/kelisim.json").read_text()

    assert exported(house) - set(NAME.findall(watched)) == set()


def test_duties_are_told_by_kind_when_they_are_due_and_when_they_are_late(office: Office) -> None:
    office.owe("1wd", count=2)
    office.owe("30wd", "answer_withdrawal")
    due = told(office.app)
    office.clock.move(days=4)
    late = told(office.app)

    assert 'kelisim_duties_due{code="answer_access"} 2\n' in due
    assert "answer_withdrawal" not in due
    assert "kelisim_duties_late{" not in due
    assert 'kelisim_duties_late{code="answer_access"} 2\n' in late
    assert "kelisim_duties_due{" not in late


def test_mail_that_waits_is_told_and_falls_silent_when_it_is_sent(office: Office) -> None:
    office.owe("1wd", since="2026-11-23T09:00")
    with office.app.app_context():
        run_now(services(), find_job("reminders.send"))
    office.clock.move(minutes=20)
    waiting = told(office.app)
    with office.app.app_context():
        run_now(services(), find_job("mail.deliver"))

    assert "kelisim_outbox_waiting_seconds 1200\n" in waiting
    assert "kelisim_outbox_retried 0\n" in waiting
    assert "kelisim_outbox_waiting_seconds 0\n" in told(office.app)


def test_a_job_that_should_have_begun_again_is_late_by_that_much(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        assert run_slot(services(), find_job("duties.mark_late"), "w1") is not None
    clock.move(seconds=59)
    assert 'kelisim_job_late_seconds{job="duties.mark_late"} 0\n' in told(app)
    clock.move(minutes=10)

    page = told(app)

    assert 'kelisim_job_late_seconds{job="duties.mark_late"} 599\n' in page
    assert 'kelisim_job_last_run_age_seconds{job="duties.mark_late"} 659\n' in page
    assert 'kelisim_job_last_run_failed{job="duties.mark_late"} 0\n' in page


def test_the_end_of_the_published_calendar_comes_nearer_day_by_day(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        days = (services().law.calendar.confirmed_through - almaty_day(clock.now)).days
    clock.move(days=5)

    assert f"kelisim_calendar_confirmed_days {days - 5}\n" in told(app)


def test_requests_are_counted_by_the_pattern_of_their_address_and_never_by_who_is_in_it(
    api: Callable[[str], Api], app: Flask
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject={"ref": "canary-7", "identifiers": {"email": "canary@example.kz"}}))
    assert uof.get("/subjects/canary-7/standing").status_code == 200
    app.test_client().get("/canary@example.kz")

    page = told(app)

    assert re.search(r'kelisim_http_requests_total\{method="POST",route="/api/v1/consents",status="201"\} [1-9]', page)
    assert re.search(
        r'requests_total\{method="GET",route="/api/v1/subjects/<[^"]+>/standing",status="200"\} [1-9]', page
    )
    assert re.search(r'requests_total\{method="GET",route="none",status="404"\} [1-9]', page)
    assert re.search(r'kelisim_http_request_seconds_count\{part="api"\} [1-9]', page)
    assert "canary" not in page


def test_the_pool_is_told(app: Flask) -> None:
    page = told(app)

    used, most = (re.search(rf"^kelisim_database_pool_{name} (\d+)$", page, re.MULTILINE) for name in ("used", "most"))
    assert used
    assert most
    assert 1 <= int(used[1]) <= int(most[1])


def test_no_number_is_had_by_reading_a_large_table_from_end_to_end(house: Flask) -> None:
    # Any: parameters as the driver takes them
    asked: list[tuple[str, Any]] = []
    with house.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        told(house)
        with db.engine.connect() as connection:
            plans = [
                (statement, str(step[3]))
                for statement, given in list(asked)
                if statement.startswith("SELECT")
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            ]

    scans = [(statement, step) for statement, step in plans if step.startswith("SCAN") and set(step.split()) & LARGE]
    assert len(plans) > 10
    assert [step for _, step in scans] == []


def test_several_web_processes_tell_together_what_each_has_counted(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {"DATA_DIR": str(tmp_path), "PORT": str(port), "WEB_WORKERS": "2", "LOG_LEVEL": "error"}
    made = [sys.executable, "-m", "consent_service"]
    subprocess.run([*made, "jobs", "list"], cwd=ROOT, env=environ, check=True, capture_output=True)
    with subprocess.Popen([*made, "serve"], cwd=ROOT, env=environ, start_new_session=True) as serving:
        try:
            asked = 0
            for _ in range(600):
                asked += _answers(port, "/healthz")
                if asked == 40:
                    break
                time.sleep(0 if asked else 0.1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                page = answer.read().decode()
        finally:
            os.killpg(serving.pid, signal.SIGTERM)

    counted = re.findall(r'route="/healthz",status="200"\} (\S+)$', page, re.MULTILINE)
    assert [float(one) for one in counted] == [40.0]


def _answers(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return int(answer.status == 200)
    except OSError:
        return 0


def ready(app: Flask) -> tuple[int, dict[str, str]]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, orjson.loads(answer.data).get("wrong", {})


def test_an_installation_that_can_serve_is_ready(app: Flask) -> None:
    assert ready(app) == (200, {})


def test_a_schema_of_before_and_one_that_is_missing_are_told_apart_and_a_newer_one_is_served(app: Flask) -> None:
    def at(statement: str) -> None:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text(statement))

    at("UPDATE alembic_version SET version_num = '0001'")
    assert "schema of an older release" in ready(app)[1]["database"]
    at("UPDATE alembic_version SET version_num = '9999'")
    assert ready(app) == (200, {})
    at("DROP TABLE alembic_version")
    assert ready(app) == (503, {"database": "cannot be reached, or has no schema"})


def test_a_key_file_that_is_gone_is_told_without_its_place(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "keys.json").rename(tmp_path / "elsewhere.json")

    status, wrong = ready(app)

    assert (status, set(wrong)) == (503, {"keys"})
    assert str(tmp_path) not in str(wrong)


def test_a_backup_that_was_put_back_under_a_running_service_is_told(app: Flask) -> None:
    with app.app_context():
        note_restore(services().settings.ledger_dir, Restore("2026-11-22", finished=True, fills=False))

    assert ready(app) == (503, {"restore": "a backup was restored: run erasure replay, then start again"})


def test_every_job_is_expected_by_the_web_as_often_as_it_runs(app: Flask) -> None:
    assert app.extensions["kelisim-jobs-every"] == {job.name: job.every for job in JOBS}
    assert min(job.every for job in JOBS) >= timedelta(seconds=1)
