"""Approval by a second person: asked for by the operator's rule, given once, by somebody else, for a run as a whole."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.erasure.approvals import approve
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.operators.access import Role
from consent_service.operators.service import set_rules
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_erasure_targets import order_of, people
from tests.integration.test_legal_holds import kinds
from tests.integration.test_withdrawals import withdraw, work
from tests.roads import FIRST, READER, SECOND, deciding, demand, erase, run_of, staff

Client = Callable[[str], Api]


def rule(app: Flask, over: int) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        set_rules(uow, {"approve_erasures_over": over})


def said_no(api: Api, count: int) -> list[str]:
    """Return people of whom nothing stands."""
    refs = [f"p-{n}" for n in range(count)]
    for ref in refs:
        choices = [{"purpose": "targeted_advertising", "granted": False}]
        assert api.post("/consents", consent(subject={"ref": ref}, choices=choices)).status_code == 201
    return refs


def states(api: Api) -> list[str]:
    return [one["state"] for one in api.get("/erasure-orders").json["items"]]


def waiting(api: Api) -> list[str]:
    return [one["id"] for one in api.get("/erasure-approvals").json["items"]]


def test_a_run_of_more_than_a_hundred_people_waits_for_a_second_person_and_is_approved_as_a_whole(
    api: Client, app: Flask
) -> None:
    uof, second = deciding(app), staff(app, SECOND)
    refs = said_no(uof, 4)
    run = run_of(app, refs[:2], people=101)
    run_of(app, refs[2:], people=101, run_id=run)
    assert erase(app) == 0
    assert (states(uof), people(app)) == (["awaiting_approval"] * 4, 4)
    assert waiting(uof) == [str(run)]
    one = uof.get("/erasure-orders", run=str(run)).json["items"][0]["id"]

    approved = uof.post(f"/erasure-orders/{one}/approve", {"by": second}).json

    assert (approved["approval"]["state"], approved["approval"]["decided_by"]) == ("approved", f"staff:{second}")
    assert (states(uof), waiting(uof)) == (["scheduled"] * 4, [])
    assert erase(app) == 0
    assert people(app) == 0
    act = uof.get(f"/erasure-orders/{one}/certificate").json
    assert {"role": "approved", "who": f"staff:{second}"} in act["responsible"]


def test_a_run_of_a_hundred_people_needs_nobody(api: Client, app: Flask) -> None:
    uof = api("uof")
    run_of(app, said_no(uof, 2), people=100)

    assert erase(app) == 0

    assert (people(app), waiting(uof)) == (0, [])


def test_a_run_that_grows_beyond_what_it_was_announced_for_is_refused(api: Client, app: Flask) -> None:
    refs = said_no(api("uof"), 3)
    run = run_of(app, refs[:2], people=2)

    with pytest.raises(ConflictError, match="announced for 2 people"):
        run_of(app, refs[2:], people=2, run_id=run)

    assert len(states(api("uof"))) == 2


def test_where_the_operator_wants_it_every_erasure_waits_and_whoever_asked_cannot_approve(
    api: Client, app: Flask
) -> None:
    rule(app, 0)
    uof, first, second = deciding(app), staff(app, FIRST), staff(app, SECOND)
    uof.post("/consents", consent())
    order = demand(uof, first).json["order"]["id"]
    assert erase(app) == 0
    assert order_of(uof, order)["order"]["state"] == "awaiting_approval"

    same = uof.post(f"/erasure-orders/{order}/approve", {"by": first})
    assert (same.status_code, same.json["code"]) == (403, "forbidden")
    for role in set(Role) - {Role.OWNER, Role.DPO}:
        by = staff(app, f"{role}-{READER}", role)
        assert uof.post(f"/erasure-orders/{order}/approve", {"by": by}).status_code == 403
    assert (
        uof.post(f"/erasure-orders/{order}/approve", {"by": staff(app, "x@example.kz", slug="dar")}).status_code == 403
    )
    assert people(app) == 1
    assert uof.post(f"/erasure-orders/{order}/approve", {"by": second}).status_code == 200
    assert erase(app) == 0

    assert people(app) == 0


def test_a_key_that_was_made_for_anything_else_approves_nothing(api: Client, app: Flask) -> None:
    rule(app, 0)
    uof, first, second = api("uof"), staff(app, FIRST), staff(app, SECOND)
    uof.post("/consents", consent())
    order = demand(uof, first).json["order"]["id"]

    answer = uof.post(f"/erasure-orders/{order}/approve", {"by": second})

    assert (answer.status_code, answer.json["detail"]) == (403, "This key lacks the scope erasures:approve.")


def test_what_is_rejected_is_cancelled_stays_owed_and_can_be_ordered_again(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    rule(app, 0)
    uof, second = deciding(app), staff(app, SECOND)
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=12)
    erase(app)
    order = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]

    rejected = uof.post(f"/erasure-orders/{order}/reject", {"by": second, "reason": "Канарейкина still pays"}).json

    assert (rejected["order"]["state"], rejected["cancelled"]) == ("cancelled", "rejected")
    assert rejected["approval"]["reason"] == "Канарейкина still pays"
    assert uof.post(f"/erasure-orders/{order}/approve", {"by": second}).status_code == 409
    erase(app)
    duties = uof.get(f"/withdrawals/{made['id']}").json["duties"]
    assert {duty["state"] for duty in duties if duty["action"] == "destroy"} <= {"open", "late"}
    again = uof.post(f"/erasure-orders/{order}/again").json["order"]["id"]
    assert again != order
    assert uof.post(f"/erasure-orders/{again}/approve", {"by": second}).status_code == 200
    assert erase(app) == erase(app) == 0
    assert uof.get(f"/withdrawals/{made['id']}").json["state"] == "closed"


def test_recipients_of_a_rejected_erasure_are_not_told_that_the_consent_stands_again(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    from tests.integration.test_recipients import enter, notices  # noqa: PLC0415 - only here

    rule(app, 0)
    uof, second = deciding(app), staff(app, SECOND)
    enter(uof)
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=12)
    assert work(app) == work(app) == 0
    assert [one["kind"] for one in notices(uof)] == ["stop"]
    order = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
    uof.post(f"/erasure-orders/{order}/reject", {"by": second, "reason": "no"})

    assert work(app) == 0

    assert [one["kind"] for one in notices(uof)] == ["stop"]


def test_of_two_who_decide_at_once_one_wins_and_it_is_recorded_once(api: Client, app: Flask) -> None:
    uof = api("uof")
    run = run_of(app, said_no(uof, 3), people=500)
    people_who_decide = [staff(app, f"d{n}@example.kz") for n in range(6)]
    outcomes: list[str] = []
    start = threading.Barrier(len(people_who_decide))

    def decide(who: str) -> None:
        from uuid import UUID  # noqa: PLC0415 - only here

        start.wait()
        try:
            with app.app_context(), services().write(ACTOR) as unbound:
                approve(unbound.for_operator(seed_policies.number(unbound, "uof")), run, by=UUID(who))
            outcomes.append("won")
        except ConsentServiceError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=decide, args=(who,)) for who in people_who_decide]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict"] * 5 + ["won"]
    assert kinds(app)["erasure_approved"] == 1
    assert states(uof) == ["scheduled"] * 3


def test_a_decision_on_more_orders_than_one_transaction_takes_is_followed_by_the_worker(
    api: Client, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uof, second = deciding(app), staff(app, SECOND)
    run = run_of(app, said_no(uof, 5), people=500)
    monkeypatch.setattr("consent_service.erasure.approvals.BATCH", 2)
    one = uof.get("/erasure-orders", run=str(run)).json["items"][0]["id"]

    uof.post(f"/erasure-orders/{one}/approve", {"by": second})

    assert sorted(states(uof)) == ["awaiting_approval"] * 3 + ["scheduled"] * 2
    assert erase(app) == 0
    assert people(app) == 0


def test_the_reason_of_a_rejection_is_sealed_and_turns_with_the_keys(api: Client, app: Flask) -> None:
    uof, second = deciding(app), staff(app, SECOND)
    run = run_of(app, said_no(uof, 1), people=500)
    one = uof.get("/erasure-orders", run=str(run)).json["items"][0]["id"]
    uof.post(f"/erasure-orders/{one}/reject", {"by": second, "reason": "Канарейкина"})
    with app.app_context(), db.engine.connect() as connection:
        sealed = connection.scalar(text("SELECT reason_sealed FROM erasure_approvals"))
    assert "Канарейкина".encode() not in bytes(sealed)

    with app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR)
        assert retire_old(services(), ACTOR)

    assert order_of(uof, one)["approval"]["reason"] == "Канарейкина"
