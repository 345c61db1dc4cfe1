"""Faults of the database and of the machine: each brings one about, holds it for some seconds, and takes it away."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from scripts.chaos_network import Island
from scripts.chaos_town import WATCH_SECONDS, Town
from tests.own_postgresql import OwnPostgreSQL

DISK_BYTES = 512 << 20
SMALL_DISK = "max_wal_size = 64MB\nmin_wal_size = 32MB\n"
OURS = "chaos"
# The clock that says what time it is, and no other: neither the one for waiting, nor the times of files.
FAKED = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_CACHE_DURATION": "1"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where faults are tried.

    ``disk``: where the database lies, if on a small disk of its own.  ``far``: where second nodes run, if elsewhere.
    """

    town: Town
    database: OwnPostgreSQL
    disk: Path | None
    far: Island | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    ``left_out``: why it cannot be tried here, if so.  ``is_told``: clients must meet a 503 while it lasts.
    """

    name: str
    seconds: float
    bring: Callable[[Place, float], None]
    left_out: Callable[[Place], str | None] = lambda _: None
    is_told: bool = True


def slow_disk(place: Place, seconds: float) -> None:
    """Let each commit wait for a tenth of a second, as for a disk that is slow."""
    for setting in ("commit_delay = 100000", "commit_siblings = 0"):
        _configured(place, f"ALTER SYSTEM SET {setting}")
    time.sleep(seconds)
    _configured(place, "ALTER SYSTEM RESET ALL")


def full_disk(place: Place, seconds: float) -> None:
    """Leave no byte on the disk of the database, which may die of it; it is started again when there is room."""
    until = time.monotonic() + seconds
    ballast = place.database.folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while time.monotonic() < until:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass
            time.sleep(WATCH_SECONDS)
    ballast.unlink()
    start_again(place.database)


def hung(place: Place, seconds: float) -> None:
    """Stop every process of the database where it stands, and let them go on later."""
    server = int((place.database.data / "postmaster.pid").read_text().split()[0])
    os.kill(server, signal.SIGSTOP)  # first, so that it starts no other
    processes = [server, *_children(server)]
    try:
        for pid in processes:
            _send(pid, signal.SIGSTOP)
        time.sleep(seconds)
    finally:
        for pid in processes:
            _send(pid, signal.SIGCONT)


def full_pool(place: Place, seconds: float) -> None:
    """Take every connection that the database gives, and end those that the service has, to take them too."""
    until = time.monotonic() + seconds
    url = make_url(place.database.url)
    with ExitStack() as held:
        mine: list[psycopg.Connection] = []
        while time.monotonic() < until:
            try:
                made = psycopg.connect(
                    host=url.host, port=url.port, user=url.username, dbname=url.database, autocommit=True,
                    application_name=OURS, connect_timeout=2,
                )  # fmt: skip
            except psycopg.OperationalError:
                for one in mine[:1]:
                    one.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE backend_type = 'client backend' AND application_name <> %s",
                        [OURS],
                    )
            else:
                mine.append(held.enter_context(made))


def clock_moved(by: str) -> Callable[[Place, float], None]:
    """Return what moves the clock of a web node and a worker while they run, and sets it right again."""

    def bring(place: Place, seconds: float) -> None:
        setting, nodes = place.town.folder / "clock", [place.town.web[1], place.town.workers[1]]
        setting.write_text("+0")
        plain = [node.environ for node in nodes]
        for node in nodes:
            node.environ = node.environ | FAKED | {"LD_PRELOAD": _faketime(), "FAKETIME_TIMESTAMP_FILE": str(setting)}
            node.kill()
        place.town.wait_until_ready()
        setting.write_text(by)
        time.sleep(seconds)
        setting.write_text("+0")
        place.town.wait_until_ready()
        for node, environ in zip(nodes, plain, strict=True):
            node.environ = environ
            node.kill()

    return bring


def parted(place: Place, seconds: float) -> None:
    """Lose whatever goes between the second nodes and the database."""
    if place.far:
        place.far.cut()
        time.sleep(seconds)
        place.far.mend()


def needs_faketime(_: Place) -> str | None:
    """Say why no clock can be moved here."""
    return None if _faketime() else "apt-get install libfaketime"


def needs_namespaces(place: Place) -> str | None:
    """Say why no node can be parted from the database here."""
    return None if place.far else "only root makes a network namespace"


def needs_small_disk(place: Place) -> str | None:
    """Say why no disk can be filled here."""
    return None if place.disk else "only root mounts a small disk"


FAULTS = [
    Fault("slow disk (0.1 s a commit)", 15, slow_disk, is_told=False),
    Fault("full disk of the database", 15, full_disk, needs_small_disk),
    Fault("database that hangs", 40, hung),
    Fault("database without a free connection", 15, full_pool),
    Fault("clock of a node an hour ahead", 15, clock_moved("+3600"), needs_faketime),
    Fault("clock of a node an hour behind", 15, clock_moved("-3600"), needs_faketime),
    Fault("node parted from the database", 40, parted, needs_namespaces),
]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Yield a folder on a disk of its own, where one can be mounted."""
    folder.mkdir()
    if os.geteuid() != 0 or _mount(folder).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def start_again(database: OwnPostgreSQL) -> None:
    """Start a database unless it runs, until it does."""
    while not (database.is_running() or database.start(check=False)):
        time.sleep(WATCH_SECONDS)


def _faketime() -> str:
    return next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


def _mount(folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], check=False, capture_output=True
    )


def _configured(place: Place, statement: str) -> None:
    for one in (statement, "SELECT pg_reload_conf()"):
        place.town.do(one)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE, text=True, check=False)
    return [int(one) for one in listed.stdout.split()]


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
