"""A real MariaDB for the tests, of Debian's packages, started without root and without a service."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.quick import quick_place

USER, PASSWORD = "operator", secrets.token_urlsafe(12)
STARTS_WITHIN = 60  # seconds


@dataclass
class MariaDB:
    """A server with an account that may do everything."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of an empty database; it is dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f"DROP DATABASE {name}")

    def run(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_mariadb() -> MariaDB:
    """Start the server that is installed; skip with the reason where there is none."""
    try:
        return _start(Path(tempfile.mkdtemp(prefix="kelisim-mariadb-", dir=quick_place())))
    except (OSError, subprocess.SubprocessError, OperationalError) as error:
        if os.environ.get("REQUIRE_MARIADB") == "1":
            raise
        pytest.skip(f"no MariaDB (Debian: mariadb-server-core, mariadb-client-core): {error}")


def _start(folder: Path) -> MariaDB:
    data, first = folder / "data", folder / "first.sql"
    # Only root has to say as whom the server runs.
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [
            _program("mariadb-install-db"), "--no-defaults", *user, f"--datadir={data}",
            "--auth-root-authentication-method=normal", "--skip-test-db",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    first.write_text(f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            _program("mariadbd"), "--no-defaults", *user, f"--datadir={data}", f"--socket={folder / 'socket'}",
            f"--pid-file={folder / 'pid'}", f"--init-file={first}", "--bind-address=127.0.0.1", f"--port={port}",
            "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    made = MariaDB(f"mariadb+pymysql://{USER}:{PASSWORD}@127.0.0.1:{port}/", process, folder)
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            made.run("SELECT 1")
        except OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                made.stop()
                raise
            time.sleep(0.1)
        else:
            return made


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found
