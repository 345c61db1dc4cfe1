"""The end of an operator: nothing of it is left but proof, another one is untouched, and nothing is done by halves."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from consent_service.database import db
from consent_service.erasure.certificates import whole_act
from consent_service.erasure.holds import PlaceHold, lift_hold, place_hold
from consent_service.exports.service import order_export, take_export
from consent_service.exports.states import ExportReason
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from consent_service.kernel.signing import signed_by
from consent_service.operators.access import Role
from consent_service.operators.queries import operator_number, operator_numbers
from consent_service.policies.documents import read_folder
from consent_service.printing.document import as_text
from consent_service.seeding import add_operator
from consent_service.services import services
from consent_service.termination.contents import EMPTIED_TABLES, OF_ACCOUNTS
from consent_service.termination.obstacles import ObstaclesError
from consent_service.termination.paper import whole_act_page
from consent_service.termination.queries import last_ending
from consent_service.termination.service import approve_end, cancel_end
from consent_service.termination.states import EndingState, Obstacle, WithoutExport
from tests.canaries import CANARY, plant_in
from tests.factories import consent
from tests.integration.conftest import ACTOR, client_of
from tests.integration.test_dashboard import sign_in
from tests.integration.test_planted_values import EMAIL, PLANTED, kept_in, live_a_life
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office
from tests.operator_end import (
    HELD_ELSEWHERE,
    PATH,
    act,
    act_on_closed,
    entered,
    last,
    order,
    run,
    send,
    settle,
    verified,
)
from tests.roads import demand, staff

BYSTANDER = "dar"
POLICIES = Path(__file__).resolve().parents[2] / "policies"


def of_operator(office: Office, slug: str) -> dict[str, list[str]]:
    """Return every row that an operator has, by table."""
    with office.app.app_context(), db.engine.connect() as connection:
        number = connection.execute(text("SELECT id FROM operators WHERE slug = :slug"), {"slug": slug}).scalar_one()
        return {
            table.name: sorted(map(repr, connection.execute(select(table).where(table.c.operator_id == number))))
            for table in db.metadata.sorted_tables
            if "operator_id" in table.columns
        }


def test_94_v_18_2_everything_of_an_operator_goes_but_proof_and_another_is_untouched(
    ending: Office, tmp_path: Path
) -> None:
    app = ending.app
    people = ending.staff(OWNER, DPO)
    ending.staff(DPO, slug=BYSTANDER)  # works at both
    live_a_life(app)
    person = {"ref": "stands", "identifiers": {"email": EMAIL}}
    assert client_of(app, "uof").post("/consents", consent(subject=person)).status_code == 201
    uof = client_of(app, "uof")
    with app.app_context(), services().read(ACTOR) as unbound:
        number = operator_number(unbound.session, "uof")
        other = operator_number(unbound.session, BYSTANDER)
    plant_in(app, {*EMPTIED_TABLES, *OF_ACCOUNTS} - {"staff_members"}, number, people[OWNER])
    plant_in(app, EMPTIED_TABLES, other, people[DPO], "bystander")
    planted_wrong = set(verified(ending))  # no event made such rows
    bystander = of_operator(ending, BYSTANDER)
    assert [name for name, rows in of_operator(ending, "uof").items() if name in EMPTIED_TABLES and not rows] == []
    approve = order(ending, people[OWNER])
    act(ending, lambda uow: approve_end(uow, approve, by=people[DPO]))

    assert run(ending) == (0, 0)  # all is gone, and what was under way may still come

    assert last(ending).state is EndingState.RUNNING
    assert uof.get("/permissions", subject="x", purpose="y").status_code == 401
    settle(ending)
    assert run(ending) == (1, 0)

    done = last(ending)
    assert (done.state, done.last_error, done.people) == (EndingState.DONE, None, done.erased["subjects"])
    rows = of_operator(ending, "uof")
    assert {name: len(rows[name]) for name in EMPTIED_TABLES if rows[name]} == {}
    assert rows["subjects"] == rows["subject_notes"] == rows["subject_files"] == rows["staff_roles"] == []
    assert rows["consents"]
    assert of_operator(ending, BYSTANDER) == bystander
    kept = kept_in(app, tmp_path)
    planted = [one.encode() for one in (CANARY, OWNER, *PLANTED)]
    assert [name for name, body in kept.items() if any(one in body for one in planted)] == []
    assert [UUID(str(one)) for (one,) in ending.rows("SELECT id FROM staff_members")] == [people[DPO]]
    assert set(verified(ending)) < planted_wrong


def test_its_keys_forms_pages_and_staff_find_nothing_any_more_and_its_name_is_not_given_again(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    site = uof.post("/sites", {"origin": "https://www.example.kz"}).json["site_key"]
    visitor, boss = app.test_client(), entered(app, OWNER)
    assert visitor.get("/r/uof").status_code == 200
    order(ending, owner)  # nobody else decides

    assert run(ending) == (0, 0)

    assert uof.get("/sites").status_code == 401
    assert visitor.get("/r/uof").status_code == 404
    assert visitor.get(f"/api/v1/sites/{site}/forms/sign-up?lang=ru").status_code == 404
    assert boss.get("/dashboard/uof/staff").status_code == 410
    assert "is being destroyed" in boss.get(PATH).get_data(as_text=True)
    with app.app_context(), services().read(ACTOR) as uow:
        assert "uof" not in {slug for _, slug in operator_numbers(uow.session)}
    settle(ending)
    assert run(ending) == (1, 0)
    assert boss.get(PATH).status_code == 302  # to sign in
    assert sign_in(app.test_client(), PASSWORD, OWNER) == 403  # as an address that nobody has
    with app.app_context(), pytest.raises(ConflictError, match="not given again"), services().write(ACTOR) as uow:
        add_operator(uow, read_folder(POLICIES / "uof"))


def test_the_act_says_of_each_table_what_was_destroyed_is_signed_and_stands_in_the_ledger(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    for number in range(3):
        client_of(app, "uof").post("/consents", consent(subject={"ref": f"person-{number}"}))
    order(ending, owner)
    run(ending)
    settle(ending)
    assert run(ending) == (1, 0)

    with app.app_context(), services().read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, "uof", closed_too=True))
        view = whole_act(uow, last_ending(uow).id)
        said = json.loads(signed_by(view.token, "destruction-act+jwt", [services().keys.signer.public.receipts]))

    tables = {one["table"]: one for one in said["tables"]}
    assert set(EMPTIED_TABLES) < set(tables)
    assert (said["people"], tables["subjects"]["erased"], tables["credentials"]["erased"]) == (3, 3, 3)
    assert {one["left"] for one in said["tables"]} == {0}
    assert said["ending"]["without_export"] == "held_elsewhere"
    for language, word in (("kk", "жою"), ("ru", "уничтожении")):
        page = as_text(whole_act_page(view, language))
        assert word in page
        assert "credentials" in page
    (body,) = ending.rows("SELECT body FROM ledger_events WHERE kind = 'operator_ended'")[0]
    assert isinstance(body, bytes | memoryview)
    assert json.loads(bytes(body))["facts"]["act"] == {"number": said["number"], "sha256": view.sha256}
    assert verified(ending) == []


def test_it_is_refused_while_the_export_lacks_something_a_hold_stands_or_an_erasure_is_under_way(
    ending: Office,
) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    client_of(app, "uof").post("/consents", consent(subject={"ref": "person-1"}))

    def refused(without: WithoutExport | None = None) -> tuple[Obstacle, ...]:
        with pytest.raises(ObstaclesError) as caught:
            order(ending, owner, without)
        return caught.value.obstacles

    def export(lacking: Obstacle) -> None:
        export_id = act(ending, lambda uow: order_export(uow, ExportReason.CONTRACT_END))
        assert run(ending, "exports.make") == (1, 0)
        assert refused() == (lacking,)  # nobody has taken it
        act(ending, lambda uow: take_export(uow, export_id))

    assert refused() == (Obstacle.NO_EXPORT,)
    export(Obstacle.NO_EXPORT)
    assert refused() == (Obstacle.EXPORT_OUTDATED,)  # what was recorded just before may not be in it
    ending.clock.move(minutes=5)
    export(Obstacle.EXPORT_OUTDATED)
    hold = act(ending, lambda uow: place_hold(uow, PlaceHold("case 2-1/2026", "Civil Procedure Code 100", "person-1")))
    assert set(refused()) == {Obstacle.EXPORT_OUTDATED, Obstacle.HOLDS}
    assert refused(HELD_ELSEWHERE) == (Obstacle.HOLDS,)
    act(ending, lambda uow: lift_hold(uow, hold, reference="ruling 3"))
    assert demand(client_of(app, "uof"), staff(app, OWNER, role=Role.OWNER)).status_code == 201
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE erasure_orders SET started_at = created_at, state = 'failed'"))
    assert refused(HELD_ELSEWHERE) == (Obstacle.ORDERS_UNDER_WAY,)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE erasure_orders SET started_at = NULL, state = 'scheduled'"))
    ending.clock.move(minutes=5)
    export_id = act(ending, lambda uow: order_export(uow, ExportReason.CONTRACT_END))
    run(ending, "exports.make")
    act(ending, lambda uow: take_export(uow, export_id))

    order(ending, owner, None)

    client_of(app, "uof")  # a key was made meanwhile
    assert run(ending) == (0, 0)
    stopped = last(ending)
    assert (stopped.state, stopped.last_error) == (EndingState.STOPPED, "export_outdated")
    assert len(ending.rows("SELECT id FROM subjects")) == 1


def test_an_owner_orders_it_by_name_another_approves_it_once_and_either_cancels_it(ending: Office) -> None:
    people = ending.staff(OWNER, DPO)
    third = UUID(staff(ending.app, "third@acme.example"))
    with pytest.raises(InvalidInputError):
        order(ending, people[OWNER], slug="dar")
    with pytest.raises(NotAllowedError):
        order(ending, people[DPO])
    first = order(ending, people[OWNER])
    with pytest.raises(ConflictError):
        order(ending, people[OWNER])
    with pytest.raises(NotAllowedError):
        act(ending, lambda uow: approve_end(uow, first, by=people[OWNER]))
    assert run(ending) == (0, 0)
    assert last(ending).state is EndingState.AWAITED
    act(ending, lambda uow: cancel_end(uow, first, by=people[DPO]))
    with pytest.raises(ConflictError):
        act(ending, lambda uow: approve_end(uow, first, by=people[DPO]))
    with pytest.raises(NotFoundError):
        act(ending, lambda uow: cancel_end(uow, UUID(int=1), by=people[DPO]))
    second = order(ending, people[OWNER])

    def approve(by: UUID) -> bool:
        try:
            act(ending, lambda uow: approve_end(uow, second, by=by))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(approve, (people[DPO], third))) == [False, True]

    assert run(ending) == (0, 0)
    with pytest.raises(ConflictError):
        act_on_closed(ending, lambda uow: cancel_end(uow, second, by=people[DPO]))
    kinds = "SELECT kind FROM ledger_events WHERE kind LIKE 'operator_end%' ORDER BY stream_seq"
    assert [kind for (kind,) in ending.rows(kinds)] == [
        "operator_end_ordered", "operator_end_cancelled", "operator_end_ordered", "operator_end_approved",
        "operator_end_begun",
    ]  # fmt: skip


def test_an_owner_ends_it_on_its_page_after_saying_who_they_are_and_the_other_approves_there(ending: Office) -> None:
    app = ending.app
    ending.staff(OWNER, DPO, AUDITOR)
    boss, dpo = entered(app, OWNER), entered(app, DPO)
    form = {"because": "contract_end", "without_export": "only_tried_out", "confirmed": "uof"}
    assert PATH in boss.get("/dashboard/uof/operator").get_data(as_text=True)
    assert entered(app, AUDITOR).get(PATH).status_code == 403
    assert "make one and take it" in boss.get(PATH).get_data(as_text=True)
    for wrong in ({"because": "boredom"}, {"without_export": "boredom"}, {"confirmed": "dar"}, {"without_export": ""}):
        assert send(boss, PATH, **form | wrong) == 422, wrong
    assert send(dpo, PATH, **form) == 403
    ending.clock.move(minutes=11)
    assert send(boss, PATH, **form) == 403  # asked who it is
    assert send(boss, PATH, **form, confirm_proof=PASSWORD) == 302
    address = f"{PATH}/{last(ending).id}"
    assert "waits for a second person" in boss.get(PATH).get_data(as_text=True)
    assert send(boss, f"{address}/approve") == 422
    assert send(dpo, f"{address}/approve") == 403
    assert send(dpo, f"{address}/approve", confirm_proof=PASSWORD) == 302
    assert send(dpo, f"{address}/cancel") == 302
    assert last(ending).state is EndingState.CANCELLED
