"""Due orders of an operator go together: each keeps its own state, counts, reading back and act."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text

from consent_service.connectors.sql import connecting
from consent_service.connectors.sql.target import SqlTarget
from consent_service.database import db
from consent_service.erasure.holds import PlaceHold, place_hold
from consent_service.erasure.targets import Whom
from consent_service.services import services
from tests.crm import CRM, TABLES, Crm, connect
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_erasure_targets import order_of, people, targets_of
from tests.roads import COURT, erase, staff

PEOPLE = 12


@pytest.fixture
def crm(app: Flask, database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Crm]:
    if database_url.startswith("sqlite"):
        yield _filled(app, Crm("sqlite", f"sqlite:///{tmp_path / 'crm.db'}"))
        return
    with request.getfixturevalue("postgresql").empty() as url:
        yield _filled(app, Crm("postgresql", url))


def _filled(app: Flask, crm: Crm) -> Crm:
    crm.run(*TABLES)
    for n in range(PEOPLE):
        crm.run(f"INSERT INTO customers VALUES ({n}, 'p-{n}', 'a name', 'p{n}@example.kz')")
        for m in range(n):
            crm.run(f"INSERT INTO orders VALUES ({100 * n + m}, {n}, NULL, 'Almaty', NULL, 'x', 1)")
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    return crm


def ordered(app: Flask) -> tuple[Api, list[str]]:
    """Let a court order the erasure of each person; returns the orders, which are due."""
    uof, by, orders = client_of(app, "uof"), staff(app), []
    for n in range(PEOPLE):
        assert uof.post("/consents", consent(subject={"ref": f"p-{n}"})).status_code == 201
        body = {"subject": f"p-{n}", "ground": "18(3)", "reference": COURT, "ordered_by": by}
        orders.append(uof.post("/erasure-orders", body).json["order"]["id"])
    return uof, orders


@contextmanager
def statements(words: str) -> Iterator[list[str]]:
    """Collect the statements of all databases in which some words stand."""
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:  # Any: SQLAlchemy's signature
        if words in statement:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def test_many_are_erased_in_one_transaction_there_and_each_order_keeps_its_own(app: Flask, crm: Crm) -> None:
    with statements("FROM connectors") as idle:
        assert erase(app) == 0
    uof, orders = ordered(app)

    with statements("FROM connectors") as read, statements("DELETE FROM customers") as deleted:
        assert erase(app) == 0

    assert len(read) <= len(idle) + 2  # once for the batch, not once an order
    assert len(deleted) == 1
    assert (people(app), crm.rows()["customers"], crm.rows()["orders"]) == (0, [], [])
    numbers = set()
    for n, order in enumerate(orders):
        done = order_of(uof, order)
        erased = targets_of(uof, order)["crm"]["erased"]
        assert done["order"]["state"] == "done"
        assert (erased["customers: delete"], erased.get("orders: delete", 0)) == (1, n)
        act = uof.get(f"/erasure-orders/{order}/certificate").json
        assert act["targets"][0]["erased"] == erased
        numbers.add(done["result"]["act"]["number"])
    assert len(numbers) == PEOPLE


def test_one_whom_the_database_refuses_holds_nobody_back(app: Flask, crm: Crm, clock: MovableClock) -> None:
    uof, orders = ordered(app)
    _refuse(crm, 7)

    assert erase(app) == 1

    states = [order_of(uof, order)["order"]["state"] for order in orders]
    assert states == ["failed" if n == 7 else "done" for n in range(PEOPLE)]
    assert targets_of(uof, orders[7])["crm"]["last_error"] in {"connector-rows-refused", "connector-failed"}
    assert [row[1] for row in crm.rows()["customers"]] == ["p-7"]
    crm.run("DROP TRIGGER refuses" + (" ON customers" if crm.dialect == "postgresql" else ""))
    clock.move(hours=1)
    assert erase(app) == 0
    assert targets_of(uof, orders[7])["crm"]["erased"]["orders: delete"] == 7


def _refuse(crm: Crm, n: int) -> None:
    if crm.dialect == "postgresql":
        crm.run(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF OLD.id = {n} THEN RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD; END $$",
            "CREATE TRIGGER refuses BEFORE DELETE ON customers FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
    else:
        crm.run(
            f"CREATE TRIGGER refuses BEFORE DELETE ON customers WHEN OLD.id = {n} "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_whose_rows_somebody_has_locked_holds_nobody_back(
    app: Flask, crm: Crm, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "LOCK_SECONDS", 0.05)  # nobody waits for it
    connecting.engine_of.cache_clear()
    uof, orders = ordered(app)
    engine = create_engine(crm.url)

    with engine.begin() as connection:
        connection.execute(text("SELECT 1 FROM customers WHERE id = 3 FOR UPDATE"))
        assert erase(app) == 1
    engine.dispose()
    connecting.engine_of.cache_clear()

    states = [order_of(uof, order)["order"]["state"] for order in orders]
    assert states == ["failed" if n == 3 else "done" for n in range(PEOPLE)]
    clock.move(hours=1)
    assert erase(app) == 0
    assert crm.rows()["customers"] == []


def test_one_whose_key_does_not_open_holds_nobody_back(app: Flask, crm: Crm) -> None:
    uof, orders = ordered(app)
    with app.app_context(), db.engine.begin() as connection:
        subject = connection.scalar(text("SELECT subject_id FROM erasure_orders ORDER BY id LIMIT 1"))
        connection.execute(
            text("UPDATE subjects SET ref_sealed = :sealed WHERE id = :id"), {"sealed": b"x" * 60, "id": subject}
        )

    assert erase(app) == 1

    states = sorted(order_of(uof, order)["order"]["state"] for order in orders)
    assert states == ["done"] * (PEOPLE - 1) + ["failed"]
    assert people(app) == 1


def test_a_hold_in_the_middle_of_a_batch_stops_its_person_alone(
    app: Flask, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    uof, orders = ordered(app)
    find_many = SqlTarget.find_many

    def and_then_a_hold(target: SqlTarget, whoms: Sequence[Whom]) -> Mapping[UUID, Mapping[str, int]]:
        found = find_many(target, whoms)
        with services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            place_hold(uow, PlaceHold(reference="case 7", basis="CPC 155", subject="p-5"))
        return found

    monkeypatch.setattr(SqlTarget, "find_many", and_then_a_hold)

    assert erase(app) == 0

    states = [order_of(uof, order)["order"]["state"] for order in orders]
    assert states == ["held" if n == 5 else "done" for n in range(PEOPLE)]
    assert [row[1] for row in crm.rows()["customers"]] == ["p-5"]
