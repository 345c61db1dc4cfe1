"""Legal holds: no way to an erasure passes one; what runs stops at the next target; what is held is late all the same."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from consent_service.database import db
from consent_service.erasure.holds import PlaceHold, held_people, place_hold, why_held
from consent_service.services import services
from consent_service.subjects.service import lock_by_ref
from tests.conftest import FULL
from tests.elsewhere import aim, elsewhere
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_erasure_targets import order_of, ordered, people, targets_of
from tests.integration.test_withdrawals import withdraw, work
from tests.roads import DECIDED, LATER, PERSON, ROADS, demand, staff

Client = Callable[[str], Api]
CASE = {"reference": "civil case 2-77/2026", "basis": "Civil Procedure Code 73"}


def hold(api: Api, **on: str) -> Any:  # Any: JSON
    answer = api.post("/legal-holds", CASE | (on or {"subject": "person-1"}))
    assert answer.status_code == 201, answer.json
    return answer.json


def lift(api: Api, placed: Any) -> None:  # Any: JSON
    assert api.post(f"/legal-holds/{placed['id']}/lift", {"reference": "the case is closed 1"}).status_code == 200


def kinds(app: Flask) -> dict[str, int]:
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, count(*) FROM ledger_events GROUP BY kind")).all()
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(
    ("road", "early"),
    [
        (road, early)
        for road in sorted({*ROADS} - {*DECIDED})
        for early in (False, True)
        if FULL or not early or road == "withdrawal"
    ],
)
def test_no_road_to_an_erasure_passes_a_hold_and_each_goes_on_when_it_is_lifted(
    api: Client, app: Flask, clock: MovableClock, road: str, early: bool
) -> None:
    slug, come = ROADS[road]
    operator = api(slug)
    placed = None
    if early:
        operator.post("/consents", consent(_any_document(operator), subject=PERSON, **_any_choice(operator)))
        placed = hold(operator)
        clock.move(minutes=1)
    duty = come(app, operator, clock)
    placed = placed or hold(operator)

    for _ in range(3):
        assert work(app) == 0
        clock.move(days=LATER.days)
    assert people(app) == 1
    (order,) = [one for one in operator.get("/erasure-orders").json["items"] if one["state"] != "cancelled"][:1]
    assert (order["state"], order["late"], order["held"]["id"]) == ("held", True, placed["id"])
    if duty:
        assert duty in _late(app)

    lift(operator, placed)
    assert work(app) == 0
    if people(app):  # an earlier answer of another document may stand: nobody is erased for it
        assert early
        assert "kept" in order_of(operator, order["id"])["result"]
    else:
        assert order_of(operator, order["id"])["order"]["state"] == "done"
    assert kinds(app)["erasure_held"] == kinds(app)["erasure_resumed"] >= 1


@pytest.mark.parametrize("road", DECIDED)
def test_what_is_over_and_held_is_not_ordered_and_goes_the_night_after_the_hold_is_lifted(
    api: Client, app: Flask, clock: MovableClock, road: str
) -> None:
    slug, come = ROADS[road]
    operator = api(slug)
    come(app, operator, clock)
    placed = hold(operator)

    for _ in range(2):
        assert work(app) == 0
        clock.move(days=LATER.days)
    assert people(app) == 1
    assert operator.get("/erasure-orders").json["items"] == []
    shown = operator.get("/retention/preview").json
    assert (shown["people"], shown["held"], shown["lines"][0]["held_by"]) == (0, 1, [CASE["reference"]])

    lift(operator, placed)
    assert work(app) == 0
    clock.move(days=1)
    assert work(app) == 0
    assert people(app) == 0


def test_a_hold_placed_while_an_order_runs_stops_it_before_its_next_target(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        systems.keep("shop", "person-1", orders=3)
        systems.keep("post", "person-1", letters=2)
        aim(app, systems.targets("shop", "post"))
        order = ordered(uof)
        systems.moods["post"] = "later"
        assert work(app) == 0
        assert order_of(uof, order)["order"]["state"] == "running"

        placed = uof.post(f"/erasure-orders/{order}/hold", CASE).json["order"]["held"]
        systems.moods["post"] = "well"
        clock.move(minutes=10)
        assert work(app) == 0

        assert order_of(uof, order)["order"]["state"] == "held"
        assert systems.calls["post erase"] == 1
        assert (systems.left("person-1"), people(app)) == (2, 1)
        assert uof.post(f"/erasure-orders/{order}/cancel", {"reference": "x 1"}).status_code == 409  # it has started
        lift(uof, placed)
        assert work(app) == 0
        assert order_of(uof, order)["order"]["state"] == "done"
        assert {name: one["attempts"] for name, one in targets_of(uof, order).items()} == {"shop": 1, "post": 2}


@pytest.mark.parametrize("on", ["document", "purpose"])
def test_a_hold_on_a_document_or_a_purpose_covers_whoever_answered_it_and_nobody_else(
    api: Client, app: Flask, clock: MovableClock, on: str
) -> None:
    uof = api("uof")
    first, second = (one["code"] for one in _purposes(uof)[:2])
    for ref, purpose in (("person-1", first), ("person-2", second)):
        uof.post("/consents", consent(subject={"ref": ref}, choices=[{"purpose": purpose, "granted": True}]))
        withdraw(uof, subject=ref)
    document = "personal-data-agreement"
    placed = hold(uof, **{on: document if on == "document" else f"{document}#{first}"})
    clock.move(days=12)

    assert work(app) == 0

    assert people(app) == (2 if on == "document" else 1)
    lift(uof, placed)
    assert work(app) == 0
    assert people(app) == 0


def test_many_are_held_by_what_holds_each_of_them(api: Client, app: Flask) -> None:
    uof = api("uof")
    first, second = (one["code"] for one in _purposes(uof)[:2])
    answers = {"yes": (first, True), "no": (first, False), "other": (second, True)}
    for ref, (purpose, granted) in answers.items():
        uof.post("/consents", consent(subject={"ref": ref}, choices=[{"purpose": purpose, "granted": granted}]))

    def held() -> dict[str, list[str]]:
        with app.app_context(), services().read(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            ids = {ref: lock_by_ref(uow, ref).id for ref in answers}
            many = held_people(uow, list(ids.values()))
            for one in ids.values():
                assert why_held(uow, one) == next(iter(many.get(one, ())), None)
            return {ref: [one.reference for one in many.get(ids[ref], ())] for ref in ids}

    assert held() == {"yes": [], "no": [], "other": []}
    placed = hold(uof, purpose=f"personal-data-agreement#{first}")
    assert held() == {"yes": [CASE["reference"]], "no": [], "other": []}
    hold(uof, document="personal-data-agreement")
    hold(uof, subject="no")
    assert {ref: len(found) for ref, found in held().items()} == {"yes": 2, "no": 2, "other": 1}
    lift(uof, placed)
    assert {ref: len(found) for ref, found in held().items()} == {"yes": 1, "no": 2, "other": 1}


def test_two_holds_hold_until_the_last_of_them_is_lifted(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    withdraw(uof)
    first, second = hold(uof), hold(uof, document="personal-data-agreement")
    clock.move(days=12)
    work(app)

    lift(uof, first)
    work(app)
    assert people(app) == 1
    lift(uof, second)
    work(app)

    assert people(app) == 0
    assert uof.post(f"/legal-holds/{second['id']}/lift", {"reference": "again 1"}).status_code == 409
    assert [one["lifted_at"] is None for one in uof.get("/legal-holds").json["items"]] == [False, False]
    assert uof.get("/legal-holds", in_force="true").json["items"] == []


def test_a_held_withdrawal_says_by_which_hold_and_its_duty_is_late(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    placed = hold(uof)
    clock.move(days=40)
    work(app)

    shown = uof.get(f"/withdrawals/{made['id']}").json

    assert shown["erasure"]["held"] == {
        **CASE, "id": placed["id"], "covers": None, "placed_at": placed["placed_at"],
    }  # fmt: skip
    assert {duty["state"] for duty in shown["duties"] if duty["action"] == "destroy"} == {"late"}


def test_the_proof_of_whom_a_hold_covers_outlives_its_term(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    made = uof.post("/consents", consent()).json
    withdraw(uof)
    clock.move(days=12)
    work(app)
    placed = hold(uof, document="personal-data-agreement")
    clock.move(days=3 * 366)
    assert work(app) == 0
    assert uof.get(f"/consents/{made['id']}").status_code == 200

    lift(uof, placed)
    assert work(app) == 0

    assert uof.get(f"/consents/{made['id']}").status_code == 404


def test_a_hold_that_comes_while_the_rows_are_being_deleted_brings_them_back(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    withdraw(uof)
    clock.move(days=12)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return  # one writes at a time: nobody can come between
        number = seed_policies.number
        engine = db.engine
    placed = []

    def place() -> None:
        with app.app_context(), services().write(ACTOR) as unbound:
            uow = unbound.for_operator(number(unbound, "uof"))
            placed.append(
                place_hold(uow, PlaceHold(CASE["reference"], CASE["basis"], document="personal-data-agreement"))
            )

    def come_between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM subjects") and not placed:
            thread = threading.Thread(target=place)
            thread.start()
            thread.join()

    event.listen(engine, "before_cursor_execute", come_between)
    try:
        assert work(app) == 0
    finally:
        event.remove(engine, "before_cursor_execute", come_between)

    assert len(placed) == 1
    assert people(app) == 1
    assert uof.get("/erasure-orders").json["items"][0]["state"] == "held"


@pytest.mark.parametrize("on", [{}, {"subject": "person-1", "document": "personal-data-agreement"}])
def test_a_hold_covers_one_thing(api: Client, on: dict[str, str]) -> None:
    uof = api("uof")
    uof.post("/consents", consent())

    assert uof.post("/legal-holds", CASE | on).status_code == 422


def test_another_operator_s_hold_looks_like_a_missing_one_and_holds_nobody(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, dar = api("uof"), api("dar")
    uof.post("/consents", consent())
    placed = hold(uof)

    assert dar.get(f"/legal-holds/{placed['id']}").status_code == 404
    assert dar.post(f"/legal-holds/{placed['id']}/lift", {"reference": "x 1"}).status_code == 404
    assert dar.get("/legal-holds").json["items"] == []
    assert demand(dar, staff(app, slug="dar")).status_code == 404


def _any_document(api: Api) -> str:
    documents = [one for one in api.get("/documents").json["items"] if one["state"] == "in_force"]
    return str(documents[-1]["slug"])


def _any_choice(api: Api) -> dict[str, Any]:  # Any: JSON
    versions = api.get(f"/documents/{api.get('/operator').json['slug']}/{_any_document(api)}/versions").json["items"]
    purpose = versions[0]["purposes"][0]["code"]
    return {"choices": [{"purpose": purpose, "granted": False}], "act": "ticked", "declarations": {"adult": True}}


def _purposes(api: Api) -> list[Any]:  # Any: JSON
    purposes: list[Any] = api.get("/documents/uof/personal-data-agreement/versions").json["items"][0]["purposes"]
    return purposes


def _late(app: Flask) -> set[str]:
    with app.app_context(), db.engine.connect() as connection:
        return set(connection.scalars(text("SELECT code FROM duties WHERE state = 'late'")))
