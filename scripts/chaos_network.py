"""A network namespace of its own for a node: one link to its clients, and one to the database, which can be cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Addresses for measurements between devices (RFC 2544), which no network of anybody has.
NETWORK = "198.18"
# A queue that takes no packet: what is sent is lost, and neither side is told.
CUT = ("root", "tbf", "rate", "8bit", "burst", "1", "limit", "1")


@dataclass(frozen=True, slots=True)
class Island:
    """The namespace: where its node is reached and whence it reaches the database, and the ends of that link."""

    name: str
    node: str
    database: str
    node_at_database: str
    shore: str
    beach: str

    @property
    def command(self) -> tuple[str, ...]:
        """The words of a command that runs another there."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Lose whatever goes between the node and the database, either way."""
        _run("tc", "qdisc", "add", "dev", self.shore, *CUT)
        _run(*self.command, "tc", "qdisc", "add", "dev", self.beach, *CUT)

    def mend(self) -> None:
        """Let it through again."""
        _run("tc", "qdisc", "del", "dev", self.shore, "root")
        _run(*self.command, "tc", "qdisc", "del", "dev", self.beach, "root")


@contextmanager
def island() -> Iterator[Island | None]:
    """Yield a namespace with its two links; None where the machine gives none."""
    number = os.getpid()
    network = f"{NETWORK}.{number % 256}"
    made = Island(f"kelisim-{number}", f"{network}.2", f"{network}.5", f"{network}.6", f"ks{number}", f"kb{number}")
    if (
        os.geteuid() != 0
        or not (shutil.which("ip") and shutil.which("tc"))
        or not _runs("ip", "netns", "add", made.name)
    ):
        yield None
        return
    try:
        for here, address, there, other in (
            (f"kc{number}", f"{network}.1", f"kn{number}", made.node),
            (made.shore, made.database, made.beach, made.node_at_database),
        ):
            _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", made.name)
            _run("ip", "address", "add", f"{address}/30", "dev", here)
            _run("ip", "link", "set", here, "up")
            _run("ip", "-n", made.name, "address", "add", f"{other}/30", "dev", there)
            _run("ip", "-n", made.name, "link", "set", there, "up")
        _run("ip", "-n", made.name, "link", "set", "lo", "up")
        yield made
    finally:
        _run("ip", "netns", "del", made.name)  # its links go with it


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _runs(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
