"""A node whose clock is wrong serves nothing, whichever way it is wrong, and serves again when it is set."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from consent_service import opening
from consent_service.api.problems import RETRY_AFTER_SECONDS
from consent_service.jobs.runner import find_job, run_slot
from consent_service.kernel.agreed_time import AgreedTime
from consent_service.kernel.clock import system_clock
from consent_service.kernel.errors import ClockError
from consent_service.services import services
from tests.databases import PostgreSQL, app_on
from tests.factories import consent
from tests.integration.conftest import Api, client_of

pytestmark = pytest.mark.postgresql
PURPOSE = "uof/personal-data-agreement#targeted_advertising"


class SetClock:
    """The clock of this machine, as somebody has set it."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.off


@pytest.fixture
def set_clock() -> SetClock:
    return SetClock()


@pytest.fixture
def node(postgresql: PostgreSQL, tmp_path: Path, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(opening, "system_clock", set_clock)
    with postgresql.copied() as url, app_on(url, tmp_path, set_clock) as app:
        yield client_of(app, "uof")


@pytest.mark.parametrize("wrong", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=2)])
def test_a_node_whose_clock_was_moved_answers_503_and_stores_nothing_until_it_is_set(
    node: Api, set_clock: SetClock, wrong: timedelta
) -> None:
    def check() -> int:
        return int(node.get("/permissions", subject=consent()["subject"]["ref"], purpose=PURPOSE).status_code)

    assert node.post("/consents", consent()).status_code == 201
    assert [check(), check()] == [200, 200], "the second goes the short way"

    set_clock.off = wrong
    refused = node.post("/consents", consent(subject={"ref": "other"}))
    assert (refused.status_code, refused.json["code"]) == (503, "clock-wrong")
    assert refused.headers["Retry-After"] == RETRY_AFTER_SECONDS
    assert check() == 503
    ready = node.client.get("/readyz")
    assert (ready.status_code, list((ready.json or {})["wrong"])) == (503, ["clock"])
    with node.client.application.app_context(), pytest.raises(ClockError):
        run_slot(services(), find_job("ledger.seal"), "here")

    set_clock.off = timedelta()
    assert node.client.get("/readyz").status_code == 200
    assert check() == 200
    assert node.get("/consents", subject="other").json["items"] == []


def test_the_database_is_asked_again_after_a_minute_and_after_each_jump(postgresql: PostgreSQL) -> None:
    now, ticks = [system_clock()], [0.0]
    time = AgreedTime(lambda: now[0], lambda: ticks[0])
    assert not time.is_known(now[0]), "it was never asked"
    with Session(postgresql.engine) as session:
        time.check(session, now[0])
    start = now[0]
    assert time.is_known(start)
    ticks[0] = 30
    assert time.is_known(start + timedelta(seconds=30))
    assert not time.is_known(start + timedelta(seconds=35))
    assert not time.is_known(start)
    ticks[0] = 60
    assert not time.is_known(start + timedelta(seconds=60))


def test_a_clock_that_is_a_little_off_serves(node: Api, set_clock: SetClock) -> None:
    set_clock.off = timedelta(seconds=30)
    assert node.post("/consents", consent()).status_code == 201
    set_clock.off = timedelta(seconds=-30)
    assert node.client.get("/readyz").status_code == 200
