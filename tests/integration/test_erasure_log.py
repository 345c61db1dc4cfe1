"""The log of erasures: written before anything is acknowledged, and refused where it is missing, cut or altered."""

import base64
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from consent_service.erasure.log import LAST, LOG, ErasureLog, ErasureLogError, Mark
from consent_service.erasure.restores import PutBackError, override
from consent_service.kernel.signing import sign
from consent_service.ledger.publisher import open_epoch
from consent_service.services import services
from tests.integration.conftest import ACTOR
from tests.integration.test_erasure_targets import order_of
from tests.restoring import ANNA, BOLAT, House
from tests.roads import COURT, erase


@pytest.fixture
def house(restorable: House) -> House:
    return restorable


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
def test_how_far_it_has_come_is_noted_once_committed_never_less_and_of_no_other_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Mark] = []
    tell = ErasureLog.tell
    monkeypatch.setattr(ErasureLog, "tell", lambda _log, mark: told.append(mark))  # as if each died before it
    house.consent(ANNA)
    house.consent(BOLAT)
    house.erase("person-1")
    house.erase("person-2")
    log = ErasureLog(house.folder)

    def noted() -> int:
        return int(orjson.loads((house.folder / LAST).read_bytes())["lines"])

    assert (len(told), noted()) == (2, 0)
    tell(log, told[1])
    tell(log, told[0])
    assert noted() == 2
    log.put_aside(house.clock.now)
    tell(log, told[1])
    assert noted() == 0


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


def test_a_line_of_before_it_named_a_cause_is_read_as_having_none(house: House) -> None:
    house.consent(ANNA)
    house.erase("person-1")
    said = orjson.loads(base64.urlsafe_b64decode((house.folder / LOG).read_bytes().split(b".")[1] + b"=="))
    del said["erased"][0]["cause"]
    with house.app.app_context():
        keys = services().keys
        line = sign(orjson.dumps(said), "erasure-log+jwt", keys.signer.receipts).encode() + b"\n"
        (house.folder / LOG).write_bytes(line)
        (house.folder / LAST).unlink()

        (read,) = ErasureLog(house.folder).read(keys)

    assert [one.cause for one in read.erased] == [""]


def test_the_log_holds_nothing_of_a_person_but_the_pseudonym(house: House) -> None:
    house.consent(ANNA)
    house.erase("person-1")

    written = (house.folder / LOG).read_bytes()
    said = base64.urlsafe_b64decode(written.split(b".")[1] + b"==")
    assert (house.folder / LOG).stat().st_mode & 0o777 == 0o600
    assert not [value for value in ("person-1", "anna", "7701", "example") if value.encode() in said]
    assert set(orjson.loads(said)["erased"][0]) == {
        "operator", "order", "person", "ground", "attempt", "at", "leaf", "act", "targets", "cause",
    }  # fmt: skip
