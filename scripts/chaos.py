"""Strike what serves while clients record, withdraw and ask; then look whether anything was lost or done twice.

Two web nodes, two workers and a PostgreSQL of its own, on this machine alone, in a folder that goes afterwards.  First
processes are killed; whatever is gone is started again, as systemd would.  Then come faults of the database and of the
machine.  The last table tells what was struck how often, what clients met, and what was lost: nothing, or the exit
status is 1.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from consent_service.cli.output import progress
from scripts.chaos_faults import FAULTS, SMALL_DISK, Fault, Place, small_disk, start_again
from scripts.chaos_load import Acknowledged, Clients, Seen
from scripts.chaos_losses import losses
from scripts.chaos_network import Island, island
from scripts.chaos_town import READY_WITHIN, Town
from tests.own_postgresql import OwnPostgreSQL
from tests.quick import quick_place

VICTIMS = {"web process": 30, "web node": 20, "worker": 30, "session of the database": 15, "database server": 5}


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault that was tried, with what clients met; or why it was left out."""

    fault: Fault
    seen: Seen | None = None
    left_out: str = ""


def main() -> int:
    """Run the trial and print its table; 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, on the average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help="only faults in whose name this is found")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kelisim-chaos-", dir=quick_place()))
    folder.chmod(0o755)  # the database runs as a user of its own
    try:
        with (
            small_disk(folder / "database") as disk,
            island() as far,
            _database(folder / "database", far) as database,
        ):
            town = Town(folder / "instance", database.url, far)
            try:
                return _trial(Place(town, database, disk, far), asked)
            finally:
                town.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(folder: Path, far: Island | None) -> Iterator[OwnPostgreSQL]:
    database = OwnPostgreSQL(folder, SMALL_DISK)
    if far:
        database.configure(f"listen_addresses = '127.0.0.1,{far.database}'\n")
        with (database.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {far.node_at_database}/32 trust\n")
    database.start()
    try:
        yield database
    finally:
        database.stop()


def _trial(place: Place, asked: argparse.Namespace) -> int:
    town = place.town
    town.wait_until_ready()
    clients = Clients([node.address for node in town.web], town.secret, asked.clients)
    clients.start()
    try:
        killed = _kill(place, clients, asked)
        tried = [_try(place, clients, fault) for fault in FAULTS if asked.faults in fault.name]
        town.wait_until_ready()
    finally:
        clients.stop()
    faults = losses(town, clients.acknowledged)
    faults["faults that no client met"] = [
        one.fault.name for one in tried if one.seen and one.fault.is_told and not one.seen.unavailable
    ]
    _print(killed, tried, clients.acknowledged, faults)
    return 1 if any(faults.values()) else 0


def _kill(place: Place, clients: Clients, asked: argparse.Namespace) -> Counter[str]:
    chance = Random(asked.seed)  # noqa: S311 - no secret
    killed: Counter[str] = Counter()
    while killed.total() < asked.kills:
        time.sleep(asked.pause * (0.5 + chance.random()))
        clients.wait_for_more(READY_WITHIN)  # so that each strike meets a service that works
        (victim,) = chance.choices(list(VICTIMS), list(VICTIMS.values()))
        try:
            _strike(place, victim, chance)
        except Exception as error:  # noqa: BLE001 - the database is away just now: the next strike comes
            progress(f"not struck ({type(error).__name__})")
            continue
        killed[victim] += 1
        progress(f"{killed.total()} of {asked.kills} killed, {len(clients.acknowledged.consents)} consents")
    return killed


def _strike(place: Place, victim: str, chance: Random) -> None:
    """Kill one of a kind."""
    if victim == "web process":
        chance.choice(place.town.web).kill_one_process(chance)
    elif victim == "web node":
        chance.choice(place.town.web).kill()
    elif victim == "worker":
        chance.choice(place.town.workers).kill()
    elif victim == "session of the database":
        for pid in place.town.listed(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
            "ORDER BY random() LIMIT 1"
        ):
            os.kill(int(pid), signal.SIGKILL)
    else:
        place.database.kill()
        start_again(place.database)


def _try(place: Place, clients: Clients, fault: Fault) -> Tried:
    why = fault.left_out(place)
    if why:
        progress(f"{fault.name}: left out, {why}")
        return Tried(fault, left_out=why)
    clients.wait_for_more(READY_WITHIN)
    progress(f"{fault.name}: {fault.seconds:.0f} seconds")
    with clients.looking() as seen:
        fault.bring(place, fault.seconds)
        clients.wait_for_more(READY_WITHIN)
    return Tried(fault, seen)


def _print(killed: Counter[str], tried: Sequence[Tried], said: Acknowledged, faults: dict[str, list[str]]) -> None:
    print(f"{'killed with -9':<45}{'times':>8}")
    for victim in VICTIMS:
        print(f"  {victim:<43}{killed[victim]:>8}")
    print(f"{'faults':<45}{'seconds':>8}{'served':>8}{'503':>8}{'slowest answer':>16}")
    for one in tried:
        if one.seen is None:
            print(f"  {one.fault.name:<43} left out: {one.left_out}")
        else:
            met = f"{one.seen.served:>8}{one.seen.unavailable:>8}{one.seen.slowest:>14.1f} s"
            print(f"  {one.fault.name:<43}{one.fault.seconds:>8.0f}{met}")
    print("acknowledged")
    counts = {
        "consents": len(said.consents), "withdrawals": len(said.withdrawals), "requests": len(said.requests),
        "sent again, with the same key": said.repeated,
    }  # fmt: skip
    for name, count in counts.items():
        print(f"  {name:<43}{count:>8}")
    print("lost, doubled, wrong")
    for question, found in faults.items():
        print(f"  {question:<43}{len(found) or 'none':>8}")
        for example in found[:5]:
            print(f"      {example}")


if __name__ == "__main__":
    sys.exit(main())
