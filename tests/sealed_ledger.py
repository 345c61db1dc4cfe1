"""A ledger with several cosigned heads, tiles of two levels, lawful holes and one event that waits."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from clients.witness.kelisim_witness import Witness
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import verifier_key
from consent_service.ledger.service import append, expire_openings
from consent_service.services import Services, services
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.witnesses import new_witness, serving

ACTOR = Actor("command", "test")
EVENTS, STREAMS, HEADS = 520, 40, 6
TERM = timedelta(days=3 * 365 + 1)


def make_sealed(template: Path, folder: Path) -> Path:
    """Return the database file; keys, exported heads and the witness lie beside it."""
    place, clock = folder / "kelisim.db", MovableClock()
    shutil.copy(template, place)
    witness = new_witness(folder / "witness")
    with serving(witness) as url, sealing(place, folder, clock, f"{url} {witness.key}") as house:
        witness.add(verifier_key(f"{house.settings.ledger_name}/1", house.keys.signer.public.heads))
        with house.read(ACTOR) as uow:
            streams = [new_id(uow.now) for _ in range(STREAMS)]
        over = clock.now + TERM + timedelta(days=2)
        with house.write(ACTOR, 1) as uow:
            erased = {"order": str(streams[0]), "subject": str(streams[0]), "result": {"read_back": {}}}
            until = {"evidence_until": (clock.now + TERM).date().isoformat()}
            append(uow, EventType.ERASURE_DONE, new_id(uow.now), {**erased, **until})
        for n in range(HEADS):
            clock.move(minutes=10)
            if n == HEADS - 2:
                clock.set(over)
            with house.write(ACTOR, 1) as uow:
                for m in range(EVENTS // HEADS):
                    append(uow, EventType.CONSENT_RECORDED, streams[(n * 7 + m) % STREAMS], {"n": n, "m": m})
                if n == HEADS - 2:
                    leaves = expire_openings(uow, streams[0])
                    order = {"order": str(streams[0])}
                    append(uow, EventType.EVIDENCE_EXPIRED, new_id(uow.now), {"leaves": leaves, **order})
            run_now(house, find_job("ledger.seal"))
            for job in ("ledger.publish", "ledger.cosign", "ledger.publish"):
                assert run_now(house, find_job(job)).failed == 0
        with house.write(ACTOR, 1) as uow:
            append(uow, EventType.CONSENT_RECORDED, streams[1], {})  # one waits
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return place


@contextmanager
def sealing(place: Path, folder: Path, clock: MovableClock, witnesses: str) -> Iterator[Services]:
    """Yield the services that a witness watches."""
    with app_on(f"sqlite:///{place}", folder, clock, WITNESSES=witnesses) as app, app.app_context():
        yield services()


def witness_key(sealed: Path) -> str:
    """Return the verifier key of the witness of a ledger."""
    return str(Witness(sealed.parent / "witness").key)


@contextmanager
def on_copy(sealed: Path, folder: Path) -> Iterator[Services]:
    """Yield the services of a copy, with the keys and the exported heads of the original."""
    shutil.copy(sealed.parent / "keys.json", folder / "keys.json")
    if not (folder / "ledger").exists():
        shutil.copytree(sealed.parent / "ledger", folder / "ledger")
    clock = MovableClock()
    clock.set(clock.now + TERM + timedelta(days=30))
    with app_on(f"sqlite:///{folder / 'kelisim.db'}", folder, clock) as app, app.app_context():
        yield services()
