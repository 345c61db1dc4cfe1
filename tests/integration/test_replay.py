"""After a restore: nothing starts before every erasure since the backup is done again, or somebody answers for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.app import check_start
from consent_service.connectors.service import remove_connectors
from consent_service.database import db
from consent_service.erasure.log import LAST, LOG, ErasureLogError
from consent_service.erasure.outside import settle_by_hand
from consent_service.erasure.restores import PutBackError, override
from consent_service.jobs.replay import Outcome, replay
from consent_service.jobs.runner import find_job, run_now
from consent_service.ledger.publisher import open_epoch
from consent_service.services import services
from tests.crm import CRM, PEOPLE, PLANTED, TABLES, Crm, connect
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_erasure_targets import order_of, targets_of
from tests.restoring import Backups, backups
from tests.roads import COURT, erase, staff

ANNA = {"ref": "person-1", "identifiers": {"email": "anna@example.kz", "phone": "+77010000001"}}
BOLAT = {"ref": "person-2", "identifiers": {"email": "b@x.kz"}}


class House:
    """An installation with an operator's database, on servers of one kind, and how both are put back."""

    def __init__(self, app: Flask, clock: MovableClock, url: str, crm: Crm, backups: Backups) -> None:
        self.app, self.clock, self.url, self.crm, self.backups = app, clock, url, crm, backups
        self.uof = client_of(app, "uof")
        self.staff = staff(app)
        self.run("erasures.log")

    def consent(self, subject: dict[str, Any]) -> None:
        assert self.uof.post("/consents", consent(subject=subject)).status_code == 201
        self.clock.move(minutes=1)

    def erase(self, ref: str) -> str:
        """Erase a person on a court act; returns the order, which is done."""
        body = {"subject": ref, "ground": "18(3)", "reference": COURT, "ordered_by": self.staff}
        order: str = self.uof.post("/erasure-orders", body).json["order"]["id"]
        assert erase(self.app) == 0
        assert order_of(self.uof, order)["order"]["state"] == "done"
        self.clock.move(minutes=1)
        self.tell()
        return order

    def tell(self) -> None:
        """Seal and sign what has happened."""
        for job in ("ledger.seal", "ledger.publish"):
            self.run(job)

    def run(self, job: str) -> int:
        with self.app.app_context():
            return run_now(services(), find_job(job)).failed

    def replay(self) -> Outcome:
        with self.app.app_context():
            return replay(services(), ACTOR, lambda _said: None)

    def start(self) -> None:
        check_start(self.app)

    def people(self) -> int:
        with self.app.app_context(), db.engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM subjects")) or 0)

    def facts(self, kind: str) -> list[Any]:  # Any: JSON values
        with self.app.app_context(), db.engine.connect() as connection:
            query = text("SELECT body FROM ledger_events WHERE kind = :kind ORDER BY stream_seq")
            return [orjson.loads(bytes(body))["facts"] for body in connection.scalars(query, {"kind": kind})]

    @property
    def folder(self) -> Path:
        with self.app.app_context():
            return services().settings.ledger_dir


@pytest.fixture
def house(
    app: Flask, clock: MovableClock, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[House]:
    if database_url.startswith("sqlite"):
        crm = Crm("sqlite", f"sqlite:///{tmp_path / 'crm.db'}")
        yield from _house(app, clock, database_url, crm, tmp_path)
        return
    with request.getfixturevalue("postgresql").empty() as url:
        yield from _house(app, clock, database_url, Crm("postgresql", url), tmp_path)


def _house(app: Flask, clock: MovableClock, url: str, crm: Crm, folder: Path) -> Iterator[House]:
    crm.run(*TABLES, *PEOPLE)
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    with backups(app, folder) as taken:
        yield House(app, clock, url, crm, taken)


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
        from consent_service.jobs.key_epochs import begin, retire_old, wrap_all  # noqa: PLC0415 - of this test alone

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


def _missing(folder: Path) -> None:
    (folder / LOG).unlink()


def _both_missing(folder: Path) -> None:
    (folder / LOG).unlink()
    (folder / LAST).unlink()


def _cut(folder: Path) -> None:
    lines = (folder / LOG).read_bytes().splitlines(keepends=True)
    (folder / LOG).write_bytes(b"".join(lines[:-1]))


def _altered(folder: Path) -> None:
    lines = (folder / LOG).read_bytes().splitlines(keepends=True)
    head, body, rest = lines[0].split(b".")
    lines[0] = b".".join([head, body[:-8] + b"AAAAAAAA", rest])
    (folder / LOG).write_bytes(b"".join(lines))


def _without_the_first(folder: Path) -> None:
    lines = (folder / LOG).read_bytes().splitlines(keepends=True)
    (folder / LOG).write_bytes(b"".join(lines[1:] + lines[:1]))


@pytest.mark.parametrize("harm", [_missing, _both_missing, _cut, _altered, _without_the_first])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_log_that_is_missing_cut_or_altered_is_refused_until_somebody_says_so_on_record(
    house: House, harm: Callable[[Path], None]
) -> None:
    house.consent(ANNA)
    house.consent(BOLAT)
    house.tell()
    backup = house.backups.take(house.url, house.crm.url)
    house.erase("person-1")
    house.erase("person-2")
    backup.put_back()
    people = house.people()
    harm(house.folder)

    with pytest.raises(PutBackError):
        house.start()
    with pytest.raises(ErasureLogError):
        house.replay()
    assert house.people() == people

    with house.app.app_context(), services().write(ACTOR) as uow:
        assert override(uow, services().erasure_log, house.folder, "the disk of the folder burned")
    house.start()
    assert house.facts("erasure_replay_overridden")[0]["anew"] is True
    with house.app.app_context(), services().write(ACTOR) as uow:
        open_epoch(uow, house.folder, services().settings.ledger_name)
    house.erase("person-1")  # and a new log begins
    house.start()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_that_was_half_written_is_cut_off_and_the_next_one_follows(house: House) -> None:
    house.consent(ANNA)
    house.consent(BOLAT)
    house.erase("person-1")
    with (house.folder / LOG).open("ab") as file:
        file.write(b"eyJhbGciOi")
    house.start()

    house.erase("person-2")

    assert len((house.folder / LOG).read_bytes().splitlines()) == 2
    assert house.run("erasures.log") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_erasure_that_cannot_be_written_down_is_not_done(house: House) -> None:
    house.consent(ANNA)
    house.consent(BOLAT)
    house.erase("person-1")
    (house.folder / LOG).rename(house.folder / "elsewhere")
    body = {"subject": "person-2", "ground": "18(3)", "reference": COURT, "ordered_by": house.staff}
    order = house.uof.post("/erasure-orders", body).json["order"]["id"]

    assert erase(house.app) == 1

    failed = order_of(house.uof, order)
    assert (failed["order"]["state"], failed["last_error"], house.people()) == ("failed", "erasure-log", 1)
    (house.folder / "elsewhere").rename(house.folder / LOG)
    house.clock.move(minutes=6)
    assert erase(house.app) == 0


def test_the_log_holds_nothing_of_a_person_but_the_pseudonym(house: House, api: Callable[[str], Api]) -> None:
    house.consent(ANNA)
    house.erase("person-1")

    import base64  # noqa: PLC0415 - of this test alone

    written = (house.folder / LOG).read_bytes()
    said = base64.urlsafe_b64decode(written.split(b".")[1] + b"==")
    assert (house.folder / LOG).stat().st_mode & 0o777 == 0o600
    assert not [value for value in ("person-1", "anna", "7701", "example") if value.encode() in said]
    assert set(orjson.loads(said)["erased"][0]) == {
        "operator", "order", "person", "ground", "attempt", "at", "leaf", "act", "targets",
    }  # fmt: skip
