"""Start a pair of databases on this machine for a trial: etcd, two PostgreSQL under Patroni, HAProxy before them.

All of it is in one folder and listens on loopback alone.  It ends with Ctrl-C or SIGTERM; until then whatever dies is
started again, as systemd would.  ``deploy/ha/`` holds the three configurations, which serve on real hosts as well.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
NAMES = ("a", "b")
DATABASE = "postgres"  # the database that initdb makes, and who owns it
TTL, LOOP_WAIT, RETRY_TIMEOUT = 6, 1, 2  # seconds; on real hosts 30, 10, 10
READY_SECONDS, STOP_SECONDS, WATCH_SECONDS, PAUSE_SECONDS = 120, 15, 15, 0.2
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
POSTGRESQL = Path("/usr/lib/postgresql")  # where Debian has the programs of each version


class Missing(Exception):  # noqa: N818 - it reads so where it is caught
    """A program is not installed."""


class Process:
    """One program of the pair; what it says goes to a file in the folder."""

    def __init__(self, folder: Path, name: str, command: list[str]) -> None:
        self._log, self._command = folder / f"{name}.log", command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it does not run."""
        if self._process is not None and self._process.poll() is None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._log.parent, user=_user(), group=_user(), extra_groups=[] if _user() else None,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def end(self, number: int) -> None:
        """Send it a signal and wait until it is gone; killed in the end."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Node:
    """One PostgreSQL under its Patroni."""

    def __init__(self, folder: Path, name: str, port: int, rest_port: int) -> None:
        self.name, self.port, self.rest_port = name, port, rest_port
        self.data = folder / name
        self.patroni = Process(folder, f"patroni-{name}", [program("patroni"), str(folder / f"patroni-{name}.yml")])

    def role(self) -> str:
        """Return what Patroni says it is: ``master``, ``replica``, …; empty where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.rest_port}/patroni", timeout=2) as answer:
                said = json.load(answer)
        except (OSError, ValueError):
            return ""
        return str(said["role"]) if said["state"] in {"running", "streaming"} else ""

    def kill_server(self) -> None:
        """Kill PostgreSQL itself with -9, and leave its processes to notice."""
        try:
            os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        except (OSError, ValueError, IndexError):
            return


class Pair:
    """All of it: ``port`` leads to whichever is the primary."""

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.folder, self._password = folder.resolve(), secrets.token_hex(16)
        if any(self.folder.iterdir()):
            raise FileExistsError(f"{folder} is not empty: name a new folder")
        client, peer, self.port, *ports = free_ports(7)
        self.nodes = [
            Node(self.folder, name, port, rest) for name, port, rest in zip(NAMES, ports[:2], ports[2:], strict=True)
        ]
        self._write(client, peer, strict=strict)
        self._etcd = Process(self.folder, "etcd", [program("etcd"), "--config-file", str(self.folder / "etcd.yml")])
        self._front = Process(self.folder, "haproxy", [program("haproxy"), "-f", str(self.folder / "haproxy.cfg")])
        self._processes = [self._etcd, *(node.patroni for node in self.nodes), self._front]
        for place in (self.folder, *self.folder.iterdir()):
            place.chmod(0o700 if place.is_dir() else 0o600)
            if user := _user():
                shutil.chown(place, user, user)

    @property
    def url(self) -> str:
        """What the service is given as DATABASE_URL."""
        return f"postgresql+psycopg://postgres:{self._password}@{HOST}:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start what does not run; the first node alone at first, so that it is the primary."""
        self._etcd.start()
        self.nodes[0].patroni.start()
        self.wait("a primary", lambda: self.nodes[0].role() == "master")
        self.start_again()
        self.wait("a replica that is waited for", self.is_in_step)

    def start_again(self) -> None:
        """Start whatever is gone."""
        for process in self._processes:
            process.start()

    def primary(self) -> Node | None:
        """Return the node that says it is the primary."""
        return next((node for node in self.nodes if node.role() == "master"), None)

    def is_in_step(self) -> bool:
        """Say whether there is a primary, and a replica that has every commit."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._rest_of_primary()}/cluster", timeout=2) as answer:
                roles = {
                    one["role"] for one in json.load(answer)["members"] if one["state"] in {"running", "streaming"}
                }
        except (OSError, ValueError):
            return False
        return roles == {"leader", "sync_standby"}

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        """Wait for something.

        Raises:
            TimeoutError: It does not come.
        """
        until = time.monotonic() + READY_SECONDS
        while not is_there():
            if time.monotonic() > until:
                raise TimeoutError(f"no {what} after {READY_SECONDS} seconds: look into {self.folder}/*.log")
            time.sleep(PAUSE_SECONDS)

    def end(self) -> None:
        """Stop everything, those that are asked first."""
        self._front.end(signal.SIGTERM)
        for node in self.nodes:
            node.patroni.end(signal.SIGTERM)
            node.kill_server()  # of a Patroni that was killed
        self._etcd.end(signal.SIGTERM)

    def _rest_of_primary(self) -> int:
        primary = self.primary()
        return primary.rest_port if primary else 0

    def _write(self, client: int, peer: int, *, strict: bool) -> None:
        first, second = self.nodes
        self._fill("etcd.yml", "etcd.yml", {
            "NAME": "etcd", "HOST": HOST, "DATA_DIR": self.folder / "etcd", "CLIENT_PORT": client, "PEER_PORT": peer,
            "CLUSTER": f"etcd=http://{HOST}:{peer}",
        })  # fmt: skip
        self._fill("haproxy.cfg", "haproxy.cfg", {
            "HOST": HOST, "PORT": self.port,
            "NAME_A": first.name, "SERVER_A": f"{HOST}:{first.port}", "REST_PORT_A": first.rest_port,
            "NAME_B": second.name, "SERVER_B": f"{HOST}:{second.port}", "REST_PORT_B": second.rest_port,
        })  # fmt: skip
        for node in self.nodes:
            self._fill("patroni.yml", f"patroni-{node.name}.yml", {
                "NAME": node.name, "HOST": HOST, "PORT": node.port, "REST_PORT": node.rest_port,
                "ETCD_HOSTS": f"{HOST}:{client}", "TTL": TTL, "LOOP_WAIT": LOOP_WAIT, "RETRY_TIMEOUT": RETRY_TIMEOUT,
                "STRICT": str(strict).lower(), "DATA_DIR": node.data, "BIN_DIR": server_programs(),
                "PGPASS": self.folder / f"pgpass-{node.name}", "SOCKET_DIR": self.folder, "PASSWORD": self._password,
                "CLIENTS": f"{HOST}/32",
            })  # fmt: skip

    def _fill(self, template: str, name: str, words: Mapping[str, object]) -> None:
        (self.folder / name).write_text(Template((HERE / template).read_text()).substitute(words))


def program(name: str) -> str:
    """Return where a program is.

    Raises:
        Missing: It is not there.
    """
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise Missing(f"{name} is not installed: apt-get install patroni etcd-server haproxy postgresql")
    return found


def server_programs() -> Path:
    """Return the folder of the newest PostgreSQL of Debian.

    Raises:
        Missing: There is none.
    """
    found = [path.parent for path in POSTGRESQL.glob("*/bin/postgres")]
    if not found:
        raise Missing("PostgreSQL is not installed: apt-get install postgresql")
    return max(found, key=lambda path: int(path.parent.name))


def free_ports(count: int) -> list[int]:
    """Return numbers of ports that nobody uses."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((HOST, 0))
    found: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def _user() -> str | None:
    """Return as whom all of it runs: PostgreSQL does not run as root."""
    return "postgres" if os.geteuid() == 0 else None


def main() -> int:
    """Run a pair until somebody ends it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--strict", action="store_true", help="write nothing while there is one database alone")
    asked = parser.parse_args()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    try:
        pair = Pair(asked.folder, strict=asked.strict)
    except (Missing, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        pair.start()
        print(f"DATABASE_URL={pair.url}", flush=True)
        while not ending.wait(WATCH_SECONDS):
            pair.start_again()
    except TimeoutError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        pair.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
