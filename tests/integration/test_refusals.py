"""A witness that has seen a larger log, or another one, stops the signing of ours until somebody acts."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from clients.witness.kelisim_witness import Witness
from consent_service.jobs.anchoring import cosign
from consent_service.jobs.runner import find_job, run_now
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel import outbound
from consent_service.kernel.errors import LedgerError
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.publisher import open_epoch
from consent_service.ledger.tree import current_epoch, last_head
from consent_service.services import Services
from tests.integration.conftest import MovableClock
from tests.witnessed import ACTOR, NAME, grow, house_on, log_key, problems, said
from tests.witnesses import new_witness, serving

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path / "witness")


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with serving(witness) as found:
        yield found


@pytest.fixture
def served(
    database_url: str, tmp_path: Path, clock: MovableClock, witness: Witness, url: str
) -> Iterator[tuple[Flask, Services]]:
    """The service, with a witness that knows its log."""
    with house_on(database_url, tmp_path, clock, url, str(witness.key)) as (app, house):
        witness.add(log_key(house, 1))
        yield app, house


@pytest.fixture
def house(served: tuple[Flask, Services]) -> Services:
    return served[1]


def test_a_database_and_a_folder_put_back_together_are_found_by_the_witness(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, witness: Witness, url: str
) -> None:
    live, before = tmp_path / "live", tmp_path / "before"
    live.mkdir()
    shutil.copy(sqlite_template, live / "kelisim.db")
    known = (url, str(witness.key))
    with house_on(f"sqlite:///{live}/kelisim.db", live, clock, *known) as (_, house):
        witness.add(log_key(house, 1))
        grow(house)
        cosign(house, ACTOR)
    shutil.copytree(live, before)  # database, keys and exported heads, all of one day
    with house_on(f"sqlite:///{live}/kelisim.db", live, clock, *known) as (_, house):
        grow(house, 20)
        cosign(house, ACTOR)
    seen = witness.logs()[0].size

    with house_on(f"sqlite:///{before}/kelisim.db", before, clock, *known) as (app, house):
        grow(house, 2)  # nothing in the folder tells that more was signed before
        (told,) = cosign(house, ACTOR)
        assert told.problem
        assert f"has seen {seen} leaves of this log" in told.problem

        with pytest.raises(LedgerError, match=f"witness.example/w1 has seen {seen} leaves"):
            run_now(house, find_job("ledger.publish"))
        with pytest.raises(LedgerError, match="Nothing is signed"):
            cosign(house, ACTOR)
        assert any("exported head" in problem and "has seen" in problem for problem in problems(house))
        assert "kelisim_ledger_refused 1\n" in app.test_client().get("/metrics").text

        with house.write(ACTOR) as uow:
            assert open_epoch(uow, house.settings.ledger_dir, NAME).origin == f"{NAME}/2"
        grow(house)
        (unknown,) = cosign(house, ACTOR)
        assert unknown.problem
        assert "404" in unknown.problem  # whoever runs the witness has to be told of the new log
        witness.add(log_key(house, 2))
        assert cosign(house, ACTOR)[0].problem is None
        assert problems(house) == []
        assert "kelisim_ledger_refused 0\n" in app.test_client().get("/metrics").text


@pytest.mark.parametrize("more", [0, 5])
def test_a_fork_is_found_by_the_witness_whatever_its_size(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, witness: Witness, url: str, more: int
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        shutil.copy(sqlite_template, tmp_path / name / "kelisim.db")
        with house_on(f"sqlite:///{tmp_path}/{name}/kelisim.db", tmp_path / name, clock, url, str(witness.key)) as (
            _,
            house,
        ):
            witness.add(log_key(house, 1))
            grow(house, 7 if name == "one" else 7 + more)
            (told,) = cosign(house, ACTOR)
            if name == "one":
                assert told.problem is None
                continue
            assert told.problem
            assert "has seen other" in told.problem
            assert said(house, AnchorKind.REFUSAL)
            with pytest.raises(LedgerError, match="has seen other"):
                run_now(house, find_job("ledger.publish"))


@SQLITE
def test_a_turn_of_the_signing_key_is_no_way_round_a_refusal(house: Services, witness: Witness) -> None:
    grow(house)
    state = next(witness.folder.glob("logs/*.json"))
    state.write_text(state.read_text().replace('"size": 0', '"size": 1000'))
    cosign(house, ACTOR)

    with pytest.raises(LedgerError, match="has seen 1000 leaves"):
        turn_signing_key(house, ACTOR)

    with house.read(ACTOR) as uow:
        epoch = current_epoch(uow.session)
    assert epoch
    assert epoch.epoch == 1


def test_a_witness_goes_on_with_the_log_of_a_new_signing_key_once_it_is_told_of_it(
    house: Services, witness: Witness
) -> None:
    grow(house)
    assert cosign(house, ACTOR)[0].problem is None
    turn_signing_key(house, ACTOR)
    grow(house)

    (unknown,) = cosign(house, ACTOR)
    witness.add(log_key(house, 2))
    (known,) = cosign(house, ACTOR)

    assert unknown.problem
    assert "404" in unknown.problem
    assert known.problem is None
    assert problems(house) == []


@SQLITE
def test_an_epoch_can_be_opened_after_a_refusal_where_the_folder_of_exports_is_lost(
    house: Services, witness: Witness
) -> None:
    grow(house)
    cosign(house, ACTOR)
    state = next(witness.folder.glob("logs/*.json"))
    state.write_text(state.read_text().replace('"size": ', '"size": 9'))  # as if it had seen many more
    grow(house)
    cosign(house, ACTOR)
    shutil.rmtree(house.settings.ledger_dir)

    with house.write(ACTOR) as uow:
        made = open_epoch(uow, house.settings.ledger_dir, NAME)

    assert (made.origin, made.follows) == (f"{NAME}/2", last_note_of(house, 1))
    assert run_now(house, find_job("ledger.publish")).done > 0


def last_note_of(house: Services, epoch: int) -> str | None:
    with house.snapshot(ACTOR) as uow:
        head = last_head(uow.session, epoch)
    return head.note if head else None


@SQLITE
def test_a_later_head_that_was_cosigned_meanwhile_is_no_refusal(
    house: Services, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(house)
    post, done = outbound.Outbound.post, threading.Event()

    def overtaken(self: outbound.Outbound, *given: object) -> outbound.Answer:
        if not done.is_set():
            done.set()
            grow(house)
            assert cosign(house, ACTOR)[0].problem is None
        return post(self, *given)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(outbound.Outbound, "post", overtaken)
    (told,) = cosign(house, ACTOR)

    assert told.problem == "A later head was cosigned meanwhile."
    assert said(house, AnchorKind.REFUSAL) == []
    grow(house)
