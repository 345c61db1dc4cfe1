"""Targets outside our tables: each has its state, what fails keeps the order open, and retries count what is gone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.erasure.claims import ask_at_once
from consent_service.services import services
from tests.elsewhere import Elsewhere, aim, elsewhere
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_recipients import enter, notices
from tests.integration.test_withdrawals import withdraw, work
from tests.roads import demand, erase, staff

Client = Callable[[str], Api]
SHOP, POST = "shop", "post"


@pytest.fixture
def systems(app: Flask) -> Iterator[Elsewhere]:
    """Two systems of the operator that have rows of one person."""
    with elsewhere() as made:
        made.keep(SHOP, "person-1", orders=3, baskets=1)
        made.keep(POST, "person-1", letters=2)
        aim(app, made.targets(SHOP, POST))
        yield made


def ordered(uof: Api) -> str:
    """Let a person withdraw long ago, so that the erasure is due; returns the order."""
    uof.post("/consents", consent(given_at="2026-10-30T05:00:00Z", subject={"ref": "person-1"}))
    made = withdraw(uof, received_at="2026-11-10T05:00:00Z", sent_at="2026-11-10T04:00:00Z")
    found: str = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
    return found


def order_of(uof: Api, order: str) -> Any:  # Any: JSON
    return uof.get(f"/erasure-orders/{order}").json


def targets_of(uof: Api, order: str) -> dict[str, Any]:  # Any: JSON
    return {one["name"]: one for one in order_of(uof, order)["targets"]}


def people(app: Flask) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM subjects")) or 0


def test_each_target_confirms_before_our_own_tables_are_emptied(api: Client, app: Flask, systems: Elsewhere) -> None:
    uof = api("uof")
    order = ordered(uof)

    assert erase(app) == 0

    done = order_of(uof, order)
    assert done["order"]["state"] == "done"
    assert done["result"]["targets"] == {
        SHOP: {"orders: delete": 3, "baskets: delete": 1}, POST: {"letters: delete": 2},
    }  # fmt: skip
    targets = targets_of(uof, order)
    assert [(one["state"], one["attempts"], one["found"]) for one in targets.values()] == [
        ("confirmed", 1, {"orders": 3, "baskets": 1}), ("confirmed", 1, {"letters": 2}),
    ]  # fmt: skip
    assert (systems.left("person-1"), people(app)) == (0, 0)


def test_a_target_that_fails_keeps_the_order_open_and_the_person_known_and_the_others_are_asked(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "down"

    assert erase(app) == 1

    failed = order_of(uof, order)
    assert (failed["order"]["state"], failed["last_error"]) == ("failed", "OSError")
    assert {name: one["state"] for name, one in targets_of(uof, order).items()} == {SHOP: "failed", POST: "confirmed"}
    assert people(app) == 1
    assert erase(app) == 0  # nothing before its next try
    systems.moods[SHOP] = "well"
    clock.move(minutes=6)
    assert erase(app) == 0
    assert order_of(uof, order)["order"]["state"] == "done"
    assert systems.calls[f"{POST} erase"] == 1  # what has confirmed is not asked again


def test_past_its_day_a_failing_order_is_late_in_its_duty_in_the_log_and_in_the_metrics(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "down"
    erase(app)
    assert "an erasure is late" not in caplog.messages
    clock.move(days=5)

    assert erase(app) == 1

    assert order_of(uof, order)["order"]["late"]
    with app.app_context(), db.engine.connect() as connection:
        late = connection.execute(text("SELECT state FROM duties WHERE action = 'destroy' AND is_binding")).all()
    assert {row.state for row in late} == {"late"}
    assert "an erasure is late" in caplog.messages
    metrics = app.test_client().get("/metrics").text
    assert "kelisim_erasures_late 1\n" in metrics
    assert 'kelisim_erasures_open{state="failed"} 1\n' in metrics
    assert 'kelisim_erasure_targets_failed{kind="loopback"} 1\n' in metrics
    assert [line["id"] for line in uof.get("/erasure-orders", late="true").json["items"]] == [order]


@pytest.mark.parametrize("mood", ["half", "silent", "remembers"])
def test_a_retry_reports_what_was_really_erased_in_all(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock, mood: str
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = mood
    assert erase(app) == 1
    assert targets_of(uof, order)[SHOP]["state"] == "failed"
    clock.move(minutes=6)

    assert erase(app) == 0

    shop = targets_of(uof, order)[SHOP]
    assert (shop["state"], shop["found"]) == ("confirmed", {"orders": 3, "baskets": 1})
    assert {key.partition(":")[0]: rows for key, rows in shop["erased"].items() if rows} == {"orders": 3, "baskets": 1}
    assert order_of(uof, order)["result"]["targets"][SHOP] == shop["erased"]


@pytest.mark.parametrize(("mood", "error"), [("lies", "nothing-erased"), ("contradicts itself", "still-there")])
def test_a_target_that_says_what_is_not_true_has_failed(
    api: Client, app: Flask, systems: Elsewhere, mood: str, error: str
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = mood

    assert erase(app) == 1

    shop = targets_of(uof, order)[SHOP]
    assert (shop["state"], shop["last_error"], people(app)) == ("failed", error, 1)


def test_zero_rows_where_rows_had_been_found_stay_a_failure_until_somebody_answers_for_it(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "lies"
    assert erase(app) == 1
    systems.rows[SHOP]["person-1"] = {}  # it finds nobody any more: another key, another table
    systems.moods[SHOP] = "well"
    for _ in range(3):
        clock.move(hours=7)
        assert erase(app) == 1
        assert targets_of(uof, order)[SHOP]["last_error"] == "nothing-erased"
    assert people(app) == 1

    place = f"/erasure-orders/{order}/targets/{SHOP}/settle"
    assert uof.post(place, {"reference": "act of the system's keeper 17/2026"}).status_code == 200
    assert uof.post(place, {"reference": "once more 1"}).status_code == 409
    assert erase(app) == 0

    act = uof.get(f"/erasure-orders/{order}/certificate").json
    shop = next(one for one in act["targets"] if one["name"] == SHOP)
    assert (shop["method"], shop["reference"]) == ("by_hand", "act of the system's keeper 17/2026")
    assert not any(shop["erased"].values())


def test_a_target_that_answers_later_is_asked_again_and_nothing_is_counted_twice(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[POST] = "later"
    assert erase(app) == 0
    waiting = order_of(uof, order)
    assert (waiting["order"]["state"], targets_of(uof, order)[POST]["state"], people(app)) == ("running", "later", 1)
    assert erase(app) == 0
    assert systems.calls[f"{POST} erase"] == 1
    clock.move(minutes=6)
    systems.moods[POST] = "well"

    assert erase(app) == 0

    assert targets_of(uof, order)[POST]["erased"] == {"letters: delete": 2}
    assert order_of(uof, order)["order"]["state"] == "done"


def test_a_target_that_is_ready_earlier_need_not_wait(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[POST] = "later"
    erase(app)
    systems.moods[POST] = "well"
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        ask_at_once(uow, UUID(order), POST)

    assert erase(app) == 0

    assert order_of(uof, order)["order"]["state"] == "done"


def test_who_has_another_consent_in_force_is_erased_nowhere(api: Client, app: Flask, systems: Elsewhere) -> None:
    uof = api("uof")
    order = ordered(uof)
    other = uof.get("/documents/uof/personal-data-agreement/versions").json["items"][0]["purposes"][1]["code"]
    uof.post("/consents", consent(choices=[{"purpose": other, "granted": True}]))

    assert erase(app) == 0

    done = order_of(uof, order)
    assert (done["order"]["state"], done["result"].get("kept")) == ("done", "another_consent_in_force")
    assert (done["targets"], done["certificate"]) == ([], None)
    assert systems.left("person-1") == 6


def test_a_target_that_is_no_longer_described_fails_the_order_it_had_begun(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "lies"
    erase(app)
    aim(app, systems.targets(POST))
    clock.move(minutes=6)

    assert erase(app) == 1

    assert targets_of(uof, order)[SHOP]["last_error"] == "target-gone"
    assert people(app) == 1


def test_tries_become_rarer_and_never_end(api: Client, app: Flask, systems: Elsewhere, clock: MovableClock) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "down"
    pauses = []
    for _ in range(9):
        erase(app)
        again = targets_of(uof, order)[SHOP]["next_try_at"]
        pauses.append(datetime.fromisoformat(again) - clock.now)
        clock.set(datetime.fromisoformat(again))

    assert pauses[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert pauses[-1] == timedelta(hours=6)


def test_another_order_of_the_same_person_waits_for_a_target_that_an_earlier_one_has_begun(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    order = ordered(uof)
    systems.moods[SHOP] = "lies"
    erase(app)
    aim(app, [])  # nobody describes them any more: a new order has no target at all
    second = demand(uof, staff(app)).json["order"]["id"]

    assert erase(app) == 1

    assert (order_of(uof, second)["last_error"], people(app)) == ("erasure-incomplete", 1)
    uof.post(f"/erasure-orders/{order}/targets/{SHOP}/settle", {"reference": "act of its keeper 3/2026"})
    clock.move(minutes=6)
    assert erase(app) == 0
    assert people(app) == 0


def test_recipients_are_told_to_stop_while_an_erasure_waits_for_a_target(
    api: Client, app: Flask, systems: Elsewhere, clock: MovableClock
) -> None:
    uof = api("uof")
    enter(uof)
    ordered(uof)
    systems.moods[POST] = "later"
    assert work(app) == 0
    assert [one["kind"] for one in notices(uof)] == ["stop"]
    systems.moods[POST] = "well"
    clock.move(minutes=6)

    assert work(app) == 0

    assert sorted(one["kind"] for one in notices(uof)) == ["destroy", "stop"]
