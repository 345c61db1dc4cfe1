"""Strike what serves while clients record, withdraw and ask; then look whether anything was lost or done twice.

Two web nodes, two workers and a PostgreSQL of its own, on this machine alone, in a folder that goes afterwards.  First
processes are killed; whatever is gone is started again, as systemd would.  Then come faults of the database and of the
machine, and at last a pair of databases of which one dies after the other.  The last table tells what was struck how
often, what clients met, and what was lost: nothing, or the exit status is 1.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from consent_service.cli.output import progress
from scripts.chaos_faults import FAULTS, SMALL_DISK, Fault, Place, small_disk, start_again
from scripts.chaos_load import Clients
from scripts.chaos_losses import losses
from scripts.chaos_network import Island, island
from scripts.chaos_pair import NAME, fail_over
from scripts.chaos_table import Report, Tried
from scripts.chaos_town import READY_WITHIN, Town
from tests.own_postgresql import OwnPostgreSQL
from tests.quick import quick_place

VICTIMS = {"web process": 30, "web node": 20, "worker": 30, "session of the database": 15, "database server": 5}


def main() -> int:
    """Run the trial and print its table; 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, on the average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fail-overs", type=int, default=4, help="of a pair of databases")
    parser.add_argument("--faults", default="", help="only faults in whose name this is found")
    asked = parser.parse_args()
    report = Report()
    _on_one_database(report, asked)
    if asked.fail_overs and asked.faults in NAME:
        _on_a_pair(report, asked)
    report.print(list(VICTIMS))
    return 0 if report.is_good else 1


def _on_one_database(report: Report, asked: argparse.Namespace) -> None:
    """Kill processes, and bring about the faults of database and machine."""
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
                _trial(Place(town, database, disk, far), report, asked)
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


def _trial(place: Place, report: Report, asked: argparse.Namespace) -> None:
    town = place.town
    town.wait_until_ready()
    clients = Clients([node.address for node in town.web], town.secret, asked.clients)
    clients.start()
    try:
        report.killed = _kill(place, clients, asked)
        report.tried += [_try(place, clients, fault) for fault in FAULTS if asked.faults in fault.name]
        town.wait_until_ready()
    finally:
        clients.stop()
    report.add(clients.acknowledged, losses(town, clients.acknowledged))


def _on_a_pair(report: Report, asked: argparse.Namespace) -> None:
    """Kill the primary of a pair of databases, one after the other."""
    met = fail_over(asked.fail_overs, asked.clients)
    if isinstance(met, str):
        report.tried.append(Tried(NAME, left_out=met))
    else:
        seen, said, found = met
        report.tried.append(Tried(NAME, f"{asked.fail_overs} times", seen))
        report.add(said, found)


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
        return Tried(fault.name, left_out=why)
    place.town.wait_until_ready()  # a node that is still starting would meet the fault before any client does
    clients.wait_for_more(READY_WITHIN)
    progress(f"{fault.name}: {fault.seconds:.0f} seconds")
    with clients.looking() as seen:
        fault.bring(place, fault.seconds)
        clients.wait_for_more(READY_WITHIN)
    return Tried(fault.name, f"{fault.seconds:.0f} s", seen, is_told=fault.is_told)


if __name__ == "__main__":
    sys.exit(main())
