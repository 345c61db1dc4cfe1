"""The end of an operator and what crosses it: what comes after the closing, two workers, a database put back since."""

import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, true

from consent_service.database import db
from consent_service.erasure.approvals import announce_approved
from consent_service.erasure.batches import execute_batch
from consent_service.erasure.cancelling import cancel
from consent_service.erasure.holds import PlaceHold, place_hold
from consent_service.erasure.restores import check_not_put_back
from consent_service.erasure.service import OrderErasure, Run, order_as_many
from consent_service.erasure.states import Cancelled, Ground
from consent_service.jobs.ending import operators_end
from consent_service.jobs.replay import replay
from consent_service.jobs.tasks import Count
from consent_service.kernel.errors import NotFoundError
from consent_service.operators.access import Role
from consent_service.operators.service import create_credential
from consent_service.services import services
from consent_service.termination.states import EndingReason, EndingState
from tests.factories import consent
from tests.integration.conftest import ACTOR, client_of
from tests.mail import Inbox
from tests.office import OWNER, Office
from tests.operator_end import act, act_on_closed, last, order, run, settle, verified
from tests.restoring import ANNA, BOLAT, House
from tests.roads import staff


def test_what_passed_the_door_before_the_closing_comes_too_late_after_it(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    client_of(app, "uof").post("/consents", consent(subject={"ref": "person-1"}))
    order(ending, owner)
    assert run(ending) == (0, 0)

    late = (
        lambda uow: place_hold(
            uow, PlaceHold("case 2-1/2026", "Civil Procedure Code 100", document="personal-data-agreement")
        ),
        lambda uow: create_credential(uow, "late"),
    )
    for do in late:
        with pytest.raises(NotFoundError, match="not served here any more"):
            act_on_closed(ending, do)

    settle(ending)
    assert run(ending) == (1, 0)
    assert verified(ending) == []
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE erasure_certificates SET token = 'garbage'"))
    assert any("act of destruction" in one for one in verified(ending))


def test_a_key_of_a_closed_operator_opens_nothing_even_where_nobody_has_revoked_it(ending: Office) -> None:
    uof = client_of(ending.app, "uof")
    assert uof.get("/sites").status_code == 200
    ending.clock.move(seconds=2)
    with ending.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE operators SET closed_at = created_at WHERE slug = 'uof'"))

    assert uof.get("/sites").status_code == 401
    assert uof.post("/consents", consent()).status_code == 401


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_workers_at_one_end_neither_fails(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    for number in range(6):
        client_of(app, "uof").post("/consents", consent(subject={"ref": f"person-{number}"}))
    order(ending, owner)
    counts = [Count(), Count()]
    start = threading.Barrier(2)

    def work(count: Count) -> None:
        with app.app_context():
            start.wait()
            operators_end(services(), ACTOR, count)

    workers = [threading.Thread(target=work, args=[count]) for count in counts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [count.failed for count in counts] == [0, 0]
    assert last(ending).last_error is None
    settle(ending)
    assert run(ending) == (1, 0)
    assert last(ending).erased["subjects"] == 6


def test_a_database_put_back_to_before_the_end_is_ended_again_and_the_operator_keeps_its_customers(
    restorable: House,
) -> None:
    house, office = restorable, Office(restorable.app, restorable.clock, Inbox())
    house.consent(ANNA)
    house.consent(BOLAT)
    owner = UUID(staff(house.app, "owner@acme.example", role=Role.OWNER))
    house.tell()
    backup = house.backups.take(house.url)
    customers = house.crm.rows()
    with house.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM staff_roles WHERE role = 'dpo'"))
    order(office, owner)
    run(office)
    settle(office)
    assert run(office) == (1, 0)
    numbers = office.rows("SELECT year, number FROM erasure_certificates")
    house.tell()
    backup.put_back()

    outcome = house.replay()

    assert len(outcome.ended_again) == 1
    again = last(office)
    assert (again.state, again.because, again.people) == (EndingState.RUNNING, EndingReason.RESTORED, 2)
    run(office)
    settle(office)
    assert run(office) == (1, 0)
    assert office.rows("SELECT id FROM subjects") == []
    assert house.crm.rows() == customers
    assert set(office.rows("SELECT year, number FROM erasure_certificates")).isdisjoint(numbers)
    assert office.rows("SELECT id FROM outbox_messages") == []


def test_an_erasure_whose_commit_was_lost_and_whose_order_was_cancelled_is_no_erasure(ending: Office) -> None:
    run(ending, "erasures.log")
    client_of(ending.app, "uof").post("/consents", consent(subject={"ref": "person-1"}))
    person = UUID(str(ending.rows("SELECT id FROM subjects")[0][0]))
    run_id = UUID(int=7)

    def order_one(uow: Any) -> None:  # Any: a unit of work
        announce_approved(uow, run_id, 1, requested_by="staff:x", decided_by=None)
        command = OrderErasure(
            person, "retention_run", UUID(int=8), Ground.RELATION_ENDED, uow.now, uow.now.date(), demanded=True
        )
        order_as_many(uow, Run(run_id, 1), [command])

    def erase_and_lose_it(uow: Any) -> None:  # Any: as above
        done = execute_batch(uow, run_id, None, 10, services().erasure_log, evidence_years=3, locking=lambda: None).done
        assert done == 1
        raise KeyboardInterrupt  # the line is written, the commit is lost

    act(ending, order_one)
    with pytest.raises(KeyboardInterrupt):
        act(ending, erase_and_lose_it)
    act(ending, lambda uow: cancel(uow, Cancelled.CAUSE_ENDED, true()))

    with ending.app.app_context():
        with services().read(ACTOR) as uow:
            check_not_put_back(uow, services().erasure_log, services().settings.ledger_dir)
        outcome = replay(services(), ACTOR, lambda _said: None)
    assert (outcome.people, ending.rows("SELECT count(*) FROM subjects")) == ([], [(1,)])
