"""A PostgreSQL of its own, which a test or a trial configures, stops and kills."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.databases import postgresql_programs

GONE_SECONDS = 0.01  # between two looks whether a killed server is gone
NOBODY = "nobody"  # who runs the server where we run as root


class OwnPostgreSQL:
    """A server whose data lie in a folder of ours; ``settings`` go to its configuration."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder, self.data = folder, folder / "data"
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, NOBODY)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.run("initdb", "--pgdata", str(self.data), "--auth=trust", "--username=kelisim", "--no-sync")
        self.configure(f"{settings}\nport = {self.port}\nunix_socket_directories = '{folder}'\n")

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql+psycopg://kelisim@127.0.0.1:{self.port}/postgres"

    def configure(self, settings: str) -> None:
        """Add settings; they count from the next start."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def is_running(self) -> bool:
        """Say whether there is a server."""
        return self.run("pg_ctl", "--pgdata", str(self.data), "status", check=False)

    def start(self, *, check: bool = True) -> bool:
        """Start it and wait until it answers; say whether it does."""
        log = str(self.folder / "log")
        return self.run("pg_ctl", "--pgdata", str(self.data), "--wait", "--log", log, "start", check=check)

    def stop(self) -> None:
        """Stop it as a power cut would."""
        self.run("pg_ctl", "--pgdata", str(self.data), "--wait", "--mode=immediate", "stop", check=False)

    def kill(self) -> None:
        """Kill the server itself, wait until it is gone, and leave its processes to notice."""
        with suppress(OSError, ValueError):
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            while True:  # whoever asked before would be told that it runs; init takes it away
                os.kill(pid, 0)
                time.sleep(GONE_SECONDS)

    def run(self, program: str, *arguments: str, check: bool = True) -> bool:
        """Run a program of the server; say whether it did what it should."""
        user = NOBODY if os.geteuid() == 0 else None
        with (self.folder / f"{program}.log").open("a+") as said:
            done = subprocess.run(
                [str(postgresql_programs() / program), *arguments],
                cwd=self.folder, user=user, check=False, stdout=said, stderr=said,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0 or not check, said.read()
        return done.returncode == 0

    def ask(self, statement: str) -> str:
        """Return the first value that a statement gives, as text."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            answer = str(connection.execute(text(statement)).scalar())
        engine.dispose()
        return answer
