"""PgBouncer with the example of ``deploy/`` in front of the tests' PostgreSQL, where it is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

ROOT = Path(__file__).resolve().parents[1]
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONNECTIONS = 3  # of the server: fewer than there are clients, so that each transaction meets another one


@contextmanager
def pooled(url: str, folder: Path) -> Iterator[str]:
    """Yield the address of a database through PgBouncer in transaction mode."""
    if PGBOUNCER is None:
        if os.environ.get("REQUIRE_PGBOUNCER") == "1":
            pytest.fail("no PgBouncer: apt-get install pgbouncer")
        pytest.skip("no PgBouncer: apt-get install pgbouncer")
    behind = make_url(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    whole = _configuration(behind, port, folder)
    command = [PGBOUNCER, str(whole)]
    if os.geteuid() == 0:  # it does not run as root; whoever runs the server reaches its socket
        owner = _owner(behind)
        for place in (folder, *folder.iterdir()):
            shutil.chown(place, owner)
        command[1:1] = ["-u", owner]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    front = behind.set(host="127.0.0.1", port=port, query={})
    try:
        _wait(front, folder)
        yield front.render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait()


def _configuration(behind: URL, port: int, folder: Path) -> Path:
    example = (ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text()
    host, server_port = behind.host or str(behind.query["host"]), behind.port or 5432
    for ours, here in {
        "kelisim = host=127.0.0.1 port=5432 dbname=kelisim": f"{behind.database} = host={host} port={server_port}",
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =",
        "auth_type = scram-sha-256": "auth_type = trust",
        "/etc/pgbouncer/userlist.txt": f"{folder}/users.txt",
        "default_pool_size = 20": f"default_pool_size = {CONNECTIONS}",
        "/var/log/postgresql/pgbouncer.log": f"{folder}/log",
        "/run/postgresql/pgbouncer.pid": f"{folder}/pid",
    }.items():
        assert ours in example
        example = example.replace(ours, here)
    (folder / "users.txt").write_text(f'"{behind.username}" "{behind.password or ""}"\n')
    whole = folder / "pgbouncer.ini"
    whole.write_text(example)
    return whole


def _owner(behind: URL) -> str:
    place = Path(str(behind.query.get("host", "/")))
    found = pwd.getpwuid(place.stat().st_uid).pw_name
    return "nobody" if found == "root" else found


def _wait(front: URL, folder: Path) -> None:
    address = front.set(drivername="postgresql").render_as_string(hide_password=False)
    for _ in range(100):
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail((folder / "log").read_text())
