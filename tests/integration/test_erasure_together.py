"""Orders that are due end together in our own tables: each as if it had been alone, and no failure is another's."""

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, text

from consent_service.database import db
from consent_service.erasure.destroying import Erasure, ErasureIncompleteError
from consent_service.erasure.holds import PlaceHold, place_hold
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs import erasures
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services
from tests.elsewhere import Elsewhere, aim, elsewhere
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_erasure_killed import end_of
from tests.integration.test_erasure_targets import order_of, people
from tests.roads import COURT, erase, staff

PEOPLE = 6
Client = Callable[[str], Api]


def ordered(app: Flask, uof: Api, systems: Elsewhere, *, first: int = 0, says_yes: int | None = None) -> list[str]:
    """Let a court order the erasure of people, every other of whom has an address; returns the orders, all due."""
    by, orders = staff(app), []
    for n in range(first, first + PEOPLE):
        identifiers = {"phone": f"+7701000000{n % 10}"} | ({"email": f"p{n}@example.kz"} if n % 2 else {})
        systems.keep("shop", f"p-{n}", orders=n % PEOPLE + 1)
        choices = [{"purpose": ADVERTISING, "granted": says_yes in (None, n)}]
        given = consent(subject={"ref": f"p-{n}", "identifiers": identifiers}, choices=choices)
        assert uof.post("/consents", given).status_code == 201
        body = {"subject": f"p-{n}", "ground": "18(3)", "reference": COURT, "ordered_by": by}
        orders.append(uof.post("/erasure-orders", body).json["order"]["id"])
    return orders


def test_orders_that_end_together_come_to_what_each_comes_to_alone(
    app: Flask, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        aim(app, systems.targets("shop"))
        at_once = ordered(app, uof, systems)
        assert erase(app) == 0
        monkeypatch.setattr(erasures, "execute_together", lambda *_given, **_more: set())
        alone = ordered(app, uof, systems, first=PEOPLE)
        assert erase(app) == 0

    assert [end_of(app, uof, one) for one in at_once] == [end_of(app, uof, one) for one in alone]
    acts = [uof.get(f"/erasure-orders/{one}/certificate").json for one in (*at_once, *alone)]
    for one, other in zip(acts[:PEOPLE], acts[PEOPLE:], strict=True):
        assert one["data"] == other["data"]
        assert one["responsible"] == other["responsible"]
        assert one.keys() == other.keys()
    assert sorted(int(act["number"].partition("/")[2]) for act in acts) == list(range(1, 2 * PEOPLE + 1))


def test_what_was_erased_together_is_verified_with_the_ledger(app: Flask, api: Client) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        aim(app, systems.targets("shop"))
        ordered(app, uof, systems)
        assert erase(app) == 0

    with app.app_context(), services().snapshot(ACTOR) as uow:
        verdict = verify_evidence(uow, services().settings.ledger_dir, lambda *_: None)
    assert verdict.problems == []


def test_one_that_fails_among_many_fails_alone(
    app: Flask, api: Client, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        aim(app, systems.targets("shop"))
        orders = ordered(app, uof, systems)
        spoil(monkeypatch, person_of(app, orders[2]))

        assert erase(app) == 1

        states = [order_of(uof, one)["order"]["state"] for one in orders]
        assert states == ["failed" if n == 2 else "done" for n in range(PEOPLE)]
        assert people(app) == 1
        monkeypatch.undo()
        clock.move(hours=1)
        assert erase(app) == 0
    assert (order_of(uof, orders[2])["order"]["state"], people(app)) == ("done", 0)
    numbers = [order_of(uof, one)["result"]["act"]["number"] for one in orders]
    assert sorted(int(name.partition("/")[2]) for name in numbers) == list(range(1, PEOPLE + 1))


def spoil(monkeypatch: pytest.MonkeyPatch, bad: UUID) -> None:
    """Let reading back find something of one person, wherever the rows are deleted."""
    for module in ("consent_service.erasure.together", "consent_service.erasure.execution"):
        real = importlib.import_module(module).destroy

        def destroy(
            uow: UnitOfWork,
            keys: Mapping[UUID, bytes],
            of: Mapping[UUID, UUID],
            years: int,
            real: Callable[..., Erasure] = real,
        ) -> Erasure:
            if bad in keys:
                raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
            return real(uow, keys, of, years)

        monkeypatch.setattr(f"{module}.destroy", destroy)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # in SQLite nobody can come between
def test_a_hold_that_comes_while_many_are_being_deleted_keeps_its_person_alone(app: Flask, api: Client) -> None:
    uof, placed = api("uof"), []

    def place() -> None:
        with app.app_context(), services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            purpose = f"uof/personal-data-agreement#{ADVERTISING}"
            placed.append(place_hold(uow, PlaceHold("case 7", "CPC 155", purpose=purpose)))

    def come_between(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:  # Any: an event's signature
        if statement.startswith("DELETE FROM subjects") and not placed:
            thread = threading.Thread(target=place)
            thread.start()
            thread.join()

    with elsewhere() as systems:
        aim(app, systems.targets("shop"))
        orders = ordered(app, uof, systems, says_yes=3)
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", come_between)
        try:
            assert erase(app) == 0
        finally:
            event.remove(engine, "before_cursor_execute", come_between)

    states = [order_of(uof, one)["order"]["state"] for one in orders]
    assert states == ["held" if n == 3 else "done" for n in range(PEOPLE)]
    assert (len(placed), people(app)) == (1, 1)


def test_two_orders_about_one_person_are_both_done_and_the_second_says_by_which_it_was(app: Flask, api: Client) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        aim(app, systems.targets("shop"))
        orders = ordered(app, uof, systems)
        body = {"subject": "p-1", "ground": "18(3-1)", "reference": COURT, "ordered_by": staff(app)}
        second = uof.post("/erasure-orders", body).json["order"]["id"]
        assert erase(app) == 0

    results = [order_of(uof, one)["result"] for one in (orders[1], second)]
    assert sorted("already_erased_by" in result for result in results) == [False, True]
    assert people(app) == 0


def person_of(app: Flask, order: str) -> UUID:
    with app.app_context(), db.engine.connect() as connection:
        given: Any = order.replace("-", "") if connection.dialect.name == "sqlite" else order
        found = connection.scalar(text("SELECT subject_id FROM erasure_orders WHERE id = :id"), {"id": given})
    return found if isinstance(found, UUID) else UUID(str(found))
