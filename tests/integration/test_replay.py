"""After a restore: nothing starts before every erasure since the backup is done again, or somebody answers for it."""

from uuid import UUID

import pytest
from sqlalchemy import select

from consent_service.connectors.service import remove_connectors
from consent_service.erasure.outside import settle_by_hand
from consent_service.erasure.restores import PutBackError, override
from consent_service.erasure.tables import Certificate
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.db import table_of
from consent_service.ledger.publisher import open_epoch
from consent_service.services import services
from tests.crm import PLANTED
from tests.factories import seed_policies
from tests.integration.conftest import ACTOR
from tests.integration.test_erasure_targets import order_of, targets_of
from tests.restoring import ANNA, BOLAT, House
from tests.roads import COURT, erase


@pytest.fixture
def house(restorable: House) -> House:
    return restorable


def test_nothing_starts_on_a_database_that_was_put_back_until_its_erasures_are_done_again(house: House) -> None:
    house.consent(ANNA)
    house.consent(BOLAT)
    house.tell()
    backup = house.backups.take(house.url, house.crm.url)
    order = house.erase("person-1")
    house.start()
    backup.put_back()
    assert (house.people(), len(house.crm.holds(*PLANTED))) == (2, 3)

    with pytest.raises(PutBackError, match=r"put back to an earlier day.*run erasure replay"):
        house.start()
    outcome = house.replay()

    (back,) = outcome.back
    assert (outcome.erasures, outcome.not_done, back.state) == (1, [], "done")
    assert (house.people(), house.crm.holds(*PLANTED)) == (1, [])
    assert len(house.crm.rows()["customers"]) == 1  # the other person is still there
    done = order_of(house.uof, str(back.order_id))
    assert (done["order"]["cause"], done["order"]["cause_id"], done["order"]["ground"]) == ("replay", order, "18(3)")
    assert done["result"]["targets"]["crm"]["customers: delete"] == 1
    assert done["result"]["act"]["number"]
    house.start()
    (facts,) = house.facts("erasures_replayed")
    assert facts["people"] == {"erasures": 1, "came_back": 1, "not_done": 0, "of_nobody": 0}


def test_a_replay_may_be_run_again_and_the_ledger_goes_on_by_an_act_of_the_operator(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url, house.crm.url)
    house.erase("person-1")
    backup.put_back()
    house.replay()
    after = house.crm.rows()

    again = house.replay()

    assert (again.erasures, again.people, house.crm.rows(), house.people()) == (0, [], after, 0)
    house.start()
    with house.app.app_context(), services().write(ACTOR) as uow:
        open_epoch(uow, house.folder, services().settings.ledger_name)
    house.tell()
    assert house.run("erasures.log") == 0
    house.start()
    assert len(house.facts("ledger_epoch_opened")) == 1


def test_an_erasure_that_no_head_holds_yet_is_missed_all_the_same(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    body = {"subject": "person-1", "ground": "18(3)", "reference": COURT, "ordered_by": house.staff}
    backup = house.backups.take(house.url)
    house.uof.post("/erasure-orders", body)
    assert erase(house.app) == 0  # and the machine burns before a head is signed
    backup.put_back()

    with pytest.raises(PutBackError, match="knows nothing of 1 erasures"):
        house.start()
    assert len(house.replay().back) == 1
    house.start()


def test_a_database_of_the_operator_that_was_not_put_back_is_asked_and_has_nothing_left(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url)
    house.erase("person-1")
    backup.put_back()

    (back,) = house.replay().back

    assert back.state == "done"
    assert targets_of(house.uof, str(back.order_id))["crm"]["erased"] == {}


def test_who_came_after_the_backup_is_left_to_hand_where_others_have_their_data(house: House) -> None:
    house.tell()
    backup = house.backups.take(house.url)
    house.consent(ANNA)
    house.erase("person-1")
    backup.put_back()

    outcome = house.replay()

    (left,) = outcome.not_done
    assert (left.has_come_back, left.state, left.not_done) == (False, "failed", {"crm": "identifiers-gone"})
    house.start()  # it is on record, and stays open and late
    order = str(left.order_id)
    house.clock.move(days=1)
    erase(house.app)
    shown = order_of(house.uof, order)["order"]
    assert (shown["state"], shown["late"]) == ("failed", True)
    with house.app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        settle_by_hand(uow, UUID(order), "crm", reference="search of 24.11.2026")
    erase(house.app)
    done = order_of(house.uof, order)
    assert (done["order"]["state"], targets_of(house.uof, order)["crm"]["method"]) == ("done", "by_hand")


def test_a_place_that_is_described_no_more_keeps_the_order_open(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url)
    house.erase("person-1")
    backup.put_back()
    with house.app.app_context(), services().write(ACTOR) as unbound:
        remove_connectors(unbound.for_operator(seed_policies.number(unbound, "uof")))

    (left,) = house.replay().not_done

    assert (left.state, left.not_done, house.people()) == ("failed", {"crm": "target-gone"}, 1)


def test_the_rows_go_at_once_where_the_key_is_gone_and_others_are_left_to_hand(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url, house.crm.url)
    house.erase("person-1")
    assert house.run("keys.turn") == 0
    with house.app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR)
        retire_old(services(), ACTOR)
    backup.put_back()

    (left,) = house.replay().not_done

    assert (left.has_come_back, left.state, left.not_done) == (True, "failed", {"crm": "identifiers-gone"})
    assert house.people() == 0
    assert len(house.crm.holds(*PLANTED)) == 3  # it can only be done by hand, and says so
    (again,) = house.replay().people or [left]
    assert again.state == "failed"


def test_consents_given_before_the_erasure_end_and_a_later_one_keeps_the_person(house: House) -> None:
    house.consent(ANNA)
    house.consent(BOLAT)
    house.tell()
    backup = house.backups.take(house.url, house.crm.url)
    house.erase("person-1")
    house.erase("person-2")
    backup.put_back()
    with house.app.app_context(), services().write(ACTOR) as uow:
        assert not override(uow, services().erasure_log, house.folder, "the shop must open")
    house.start()
    house.consent(ANNA)

    outcome = house.replay()

    states = {one.person: one.state for one in outcome.people}
    assert (len(states), set(states.values())) == (2, {"done"})
    assert house.people() == 1
    kept = [order_of(house.uof, str(one.order_id))["result"].get("kept") for one in outcome.people]
    assert sorted(map(str, kept)) == ["None", "another_consent_in_force"]


def test_an_override_is_recorded_with_its_reason_and_takes_no_erasure_off_the_list(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url)
    house.erase("person-1")
    backup.put_back()
    with house.app.app_context(), services().write(ACTOR) as uow:
        assert not override(uow, services().erasure_log, house.folder, "the shop must open")

    house.start()

    (facts,) = house.facts("erasure_replay_overridden")
    assert (facts["reason"], facts["log"]["lines"]) == ("the shop must open", "1")
    with house.app.app_context(), pytest.raises(PutBackError, match="still to be done again"):
        run_now(services(), find_job("erasures.log"))  # late and loud, every hour
    assert len(house.replay().back) == 1
    assert house.run("erasures.log") == 0


def test_another_restore_after_the_override_is_found_again(house: House) -> None:
    house.consent(ANNA)
    house.tell()
    backup = house.backups.take(house.url)
    house.erase("person-1")
    backup.put_back()
    house.replay()
    house.start()
    backup.put_back()

    with pytest.raises(PutBackError):
        house.start()
    assert [one.state for one in house.replay().back] == ["done"]
    assert house.people() == 0


@pytest.mark.parametrize("answer", ["replay", "override"])
def test_acts_after_a_restore_take_no_number_that_was_given_before(house: House, answer: str) -> None:
    for person in (ANNA, BOLAT, {"ref": "person-3"}):
        house.consent(person)
    house.tell()
    backup = house.backups.take(house.url)
    first = number_of(house, house.erase("person-1"))
    second = number_of(house, house.erase("person-2"))
    backup.put_back()

    if answer == "replay":
        house.replay()
    else:
        with house.app.app_context(), services().write(ACTOR) as uow:
            override(uow, services().erasure_log, house.folder, "the newer database is lost")
    with house.app.app_context(), services().write(ACTOR) as uow:
        open_epoch(uow, house.folder, services().settings.ledger_name)
    third = number_of(house, house.erase("person-3"))

    with house.app.app_context(), services().read(ACTOR) as unbound:
        numbers = unbound.session.scalars(select(table_of(Certificate).c.number)).all()
    issued = [int(name.partition("/")[2]) for name in (first, second, third)]
    assert issued[:2] == [1, 2]
    assert issued[2] == len(numbers) + 2  # behind those of the replay, which are behind those that were lost
    assert sorted(numbers) == list(range(3, 3 + len(numbers)))


def number_of(house: House, order: str) -> str:
    name: str = order_of(house.uof, order)["result"]["act"]["number"]
    return name
