"""Kill -9 of the worker, and of the database server, at each statement of an order that goes through a connector.

The end and every count are those of a run that nobody disturbed.  Our database and the operator's are on one real
PostgreSQL, which dies as a whole, with all its processes, and comes back by its own recovery.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from consent_service.database import db
from consent_service.erasure import claims
from consent_service.erasure.log import ErasureLog
from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.conftest import FULL
from tests.crm import CRM, TABLES, Crm, connect
from tests.databases import PostgreSQL, app_on
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_erasure_killed import end_of
from tests.integration.test_erasure_targets import order_of
from tests.killed_order import Moments, workers
from tests.roads import COURT, staff

pytestmark = pytest.mark.postgresql
KILLS_OF_WORKERS, KILLS_OF_SERVERS = 12, 5
NEVER = 0


class Laboratory:
    """An installation and an operator's database on a server of their own, and an order a person."""

    def __init__(self, app: Flask, clock: MovableClock, server: PostgreSQL, crm: Crm) -> None:
        self.app, self.clock, self.server, self.crm = app, clock, server, crm
        self.uof: Api = client_of(app, "uof")
        self.staff = staff(app)
        self.people = 0

    def order(self) -> str:
        """Let a court order the erasure of a fresh person; returns the order, which is due."""
        n = self.people = self.people + 1
        self.crm.run(
            f"INSERT INTO customers VALUES ({n}, 'p-{n}', 'a name', 'p{n}@example.kz')",
            f"INSERT INTO orders VALUES ({2 * n}, {n}, NULL, 'Almaty', NULL, 'x', 1), ({2 * n + 1}, {n}, NULL, 'Almaty', NULL, 'x', 1)",
            f"INSERT INTO items VALUES ({2 * n}, 1, 'x'), ({2 * n}, 2, 'x'), ({2 * n + 1}, 1, 'x')",
        )
        subject = {"ref": f"p-{n}", "identifiers": {"email": f"p{n}@example.kz"}}
        assert self.uof.post("/consents", consent(subject=subject)).status_code == 201
        body = {"subject": f"p-{n}", "ground": "18(3)", "reference": COURT, "ordered_by": self.staff}
        found: str = self.uof.post("/erasure-orders", body).json["order"]["id"]
        return found

    def work(self) -> None:
        """Let workers come until the order is done; failed ones are tried again later."""
        with self.app.app_context():
            run_now(services(), find_job("erasures.execute"))

    def work_or_not(self) -> None:
        """Let a worker run into the death of the server, as its process does: the next tick tries again."""
        try:
            self.work()
        except Exception:
            logging.getLogger(__name__).exception("the server died")

    def finish(self, order: str) -> dict[str, Any]:  # Any: JSON
        """Let other workers go on, and return what it came to."""
        for _ in range(4):
            self.work()
            if order_of(self.uof, order)["order"]["state"] == "done":
                break
            self.clock.move(hours=7)
        assert {table: rows for table, rows in self.crm.rows().items() if rows} == {}
        return end_of(self.app, self.uof, order)

    def kill_server(self) -> None:
        self.server.kill()

    def start_server(self) -> None:
        self.server.come_back()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def written_down(self) -> set[str]:
        """Return the orders that the log of erasures holds."""
        with self.app.app_context():
            log, keys = ErasureLog(services().settings.ledger_dir), services().keys
        return {str(one.order) for line in log.read(keys) for one in line.erased}


@pytest.fixture
def laboratory(
    own_server: PostgreSQL, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Laboratory]:
    monkeypatch.setattr(claims, "LEASE", timedelta(0))
    with ExitStack() as stack:
        ours = stack.enter_context(own_server.copied())
        crm = Crm("postgresql", stack.enter_context(own_server.empty()))
        crm.run(*TABLES)
        # Sequences of a copied database are logged from here on; those of one that was never copied always are.
        own_server.run("CHECKPOINT")
        app = stack.enter_context(app_on(ours, tmp_path, clock))
        connect(app, CRM.format(dialect="postgresql"), {"crm": crm.url})
        yield Laboratory(app, clock, own_server, crm)


def _undisturbed(laboratory: Laboratory) -> tuple[int, dict[str, Any]]:  # Any: JSON
    """Carry out an order with nobody in its way; returns how many moments it has, and what it comes to."""
    order = laboratory.order()
    with Moments(NEVER, lambda: None) as moments:
        laboratory.work()
    expected = end_of(laboratory.app, laboratory.uof, order)
    assert (expected["state"], expected["acts"], expected["told"]) == ("done", 1, 1)
    (target,) = expected["targets"]
    assert (target["erased"]["customers: delete"], target["erased"]["items: delete"]) == (1, 3)
    assert moments.seen > 40
    return moments.seen, expected


def test_a_worker_killed_at_any_statement_in_either_database_changes_neither_end_nor_counts(
    laboratory: Laboratory,
) -> None:
    moments, expected = _undisturbed(laboratory)
    orders = []
    with workers(laboratory.app, laboratory.clock) as work_until:
        for moment in range(1, moments + 1, 1 if FULL else moments // KILLS_OF_WORKERS):
            orders.append(laboratory.order())
            assert work_until(moment) == "killed", moment
            assert laboratory.finish(orders[-1]) == expected, moment
    assert set(orders) <= laboratory.written_down()


def test_a_server_killed_at_any_statement_comes_back_and_changes_neither_end_nor_counts(
    laboratory: Laboratory,
) -> None:
    moments, expected = _undisturbed(laboratory)
    orders = []
    for moment in range(2, moments + 1, 1 if FULL else moments // KILLS_OF_SERVERS):
        orders.append(laboratory.order())
        with Moments(moment, laboratory.kill_server):
            laboratory.work_or_not()
        laboratory.start_server()
        assert laboratory.finish(orders[-1]) == expected, moment
    assert set(orders) <= laboratory.written_down()
