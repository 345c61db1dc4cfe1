"""A worker killed with -9 at any moment of an order: end and counts are those of a run that nobody disturbed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from tests.conftest import FULL
from tests.dying import dying
from tests.elsewhere import Elsewhere, elsewhere
from tests.factories import consent
from tests.integration.conftest import START, Api
from tests.integration.test_withdrawals import withdraw

ROOT = Path(__file__).resolve().parent.parent.parent
STEP = 1 if FULL else 7
NEVER = 0
MOST = 200  # moments of one order; it has a third of that
EVENTS = ("erasure_ordered", "erasure_done")


def workers(database_url: str, data_dir: Path, systems: Elsewhere) -> AbstractContextManager[Callable[[int], str]]:
    """Return what lets a worker run until it dies at a moment; it answers how the worker ended."""
    place = {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url}
    return dying("tests.killed_road", **place, NOW=START.isoformat(), ELSEWHERE=str(systems.port))


def order(uof: Api, systems: Elsewhere, ref: str) -> str:
    """Let a person withdraw whose rows lie in two systems; returns the order, which is due."""
    systems.keep("shop", ref, orders=3, baskets=1)
    systems.keep("post", ref, letters=2)
    identifiers = {"email": f"{ref}@example.kz"}
    uof.post("/consents", consent(given_at="2026-10-30T05:00:00Z", subject={"ref": ref, "identifiers": identifiers}))
    made = withdraw(uof, subject=ref, received_at="2026-11-10T05:00:00Z", sent_at="2026-11-10T04:00:00Z")
    found: str = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
    return found


def end_of(app: Flask, uof: Api, order_id: str) -> dict[str, Any]:  # Any: JSON
    """Return everything that a run comes to, without numbers and times that are its own."""
    record = uof.get(f"/erasure-orders/{order_id}").json
    act = uof.get(f"/erasure-orders/{order_id}/certificate").json
    for own in ("act",):
        record["result"].pop(own)
    with app.app_context(), db.engine.connect() as connection:
        one = {"order": order_id.replace("-", "") if connection.dialect.name == "sqlite" else order_id}

        def number(query: str) -> Any:  # Any: a number
            return connection.scalar(text(query), one)

        return {
            "state": record["order"]["state"],
            "result": record["result"],
            "targets": [
                {name: target[name] for name in ("name", "state", "found", "erased", "method", "last_error")}
                for target in record["targets"]
            ],
            "act": (
                act["here"]["deleted"],
                [{k: v for k, v in target.items() if k != "confirmed_at"} for target in act["targets"]],
            ),
            "events": {
                kind: number(f"SELECT count(*) FROM ledger_events WHERE kind = '{kind}' AND stream = :order")
                for kind in EVENTS
            },
            "told": number("SELECT count(*) FROM outbox_messages WHERE case_id = :order"),
            "acts": number("SELECT count(*) FROM erasure_certificates WHERE order_id = :order"),
        }


def test_a_worker_killed_at_any_moment_ends_as_if_nobody_had_disturbed_it(
    app: Flask, api: Callable[[str], Api], database_url: str, tmp_path: Path
) -> None:
    uof = api("uof")
    with elsewhere() as systems, workers(database_url, tmp_path, systems) as work_until:
        undisturbed = order(uof, systems, "p-0")
        assert work_until(NEVER) == "done"
        expected = end_of(app, uof, undisturbed)
        assert (expected["state"], expected["acts"], expected["told"]) == ("done", 1, 1)
        assert [sum(one["erased"].values()) for one in expected["targets"]] == [4, 2]

        moment, outcome = 1, "killed"
        while outcome == "killed":
            assert moment < MOST
            ref = f"p-{moment}"
            disturbed = order(uof, systems, ref)
            outcome = work_until(moment)
            for again in (moment // 2 + 1, NEVER):  # the one that succeeds it may die as well
                work_until(again)
            assert end_of(app, uof, disturbed) == expected, moment
            assert systems.left(ref) == 0
            moment += STEP

    assert moment > 40  # an order with two targets has many moments
    with app.app_context(), db.engine.connect() as connection:
        numbers = connection.execute(text("SELECT number FROM erasure_certificates ORDER BY number")).scalars().all()
    assert list(numbers) == list(range(1, len(numbers) + 1))
