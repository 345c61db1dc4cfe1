"""A replay that is killed with -9 at any statement is run again, and ends as one that nobody disturbed."""

import shutil
from typing import Any

import pytest

from consent_service.erasure import claims
from consent_service.jobs.replay import Outcome
from tests.command_line import run
from tests.conftest import FULL
from tests.integration.test_erasure_targets import order_of
from tests.killed_order import Moments, workers
from tests.restoring import ANNA, BOLAT, Backup, House

KILLS = 8
NEVER = 0


class Restored:
    """An installation that is put back, with the log as it was when it burned."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.consent(ANNA)
        house.consent(BOLAT)
        house.tell()
        self.backup: Backup = house.backups.take(house.url, house.crm.url)
        house.erase("person-1")
        house.erase("person-2")
        self.kept = house.folder.parent / "kept"
        shutil.copytree(house.folder, self.kept)

    def put_back(self) -> None:
        self.backup.put_back()
        shutil.rmtree(self.house.folder)
        shutil.copytree(self.kept, self.house.folder)

    def end(self, outcome: Outcome) -> Any:  # Any: what a replay comes to, without numbers that are its own
        orders = [order_of(self.house.uof, str(one.order_id)) for one in outcome.people]
        return (
            sorted(
                (one["order"]["state"], str(one["result"]["targets"]), str(one["result"]["deleted"])) for one in orders
            ),
            self.house.people(),
            self.house.crm.rows(),
            len(self.house.facts("erasures_replayed")),
        )


def test_a_replay_that_is_killed_is_run_again_and_ends_as_if_nobody_had_disturbed_it(
    restorable: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = Restored(restorable)
    restored.put_back()
    with Moments(NEVER, lambda: None) as moments:
        undisturbed = restored.end(restorable.replay())
    states, people, _, replays = undisturbed
    assert ([state for state, *_ in states], people, replays) == (["done", "done"], 0, 1)
    assert moments.seen > 60
    assert claims.LEASE.total_seconds() > 0  # a replay does not wait for the lease of one that was killed

    with workers(restorable.app, restorable.clock, "replay") as work_until:
        for moment in range(1, moments.seen + 1, 1 if FULL else moments.seen // KILLS):
            restored.put_back()
            if work_until(moment) == "done":  # a process that is fresh has a few statements less, or more
                assert moment > moments.seen * 9 // 10
                break
            assert restored.end(restorable.replay()) == undisturbed, moment
            restorable.start()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_commands_refuse_to_start_say_what_to_do_and_list_who_came_back(restorable: House) -> None:
    restored = Restored(restorable)
    restored.put_back()
    folder = restorable.folder.parent

    for command in ("serve", "worker", "run"):
        refused = run(command, data_dir=folder, expect=1).stderr
        assert "put back to an earlier day" in refused
        assert "run erasure replay" in refused
    said = run("erasure", "replay", data_dir=folder)

    assert "2 people had come back" in said.stdout
    assert said.stdout.count("had come back: order") == 2
    assert "2 erasures of the log looked at" in said.stderr
    assert restorable.people() == 0
    restorable.start()
    again = run("erasure", "replay", "--json", data_dir=folder)
    assert '"came_back": []' in again.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_override_needs_a_reason_that_names_nobody(restorable: House) -> None:
    restored = Restored(restorable)
    restored.put_back()
    folder = restorable.folder.parent

    run("erasure", "override", data_dir=folder, expect=1)
    run("erasure", "override", "--reason", "anna@example.kz asked", data_dir=folder, expect=1)
    run("erasure", "override", "--reason", "the shop opens at nine", data_dir=folder)

    restorable.start()
    assert restorable.facts("erasure_replay_overridden")[0]["reason"] == "the shop opens at nine"
