"""The service that is measured: one of its own on a fresh database, or one that runs somewhere."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine

from consent_service.app import create_app
from consent_service.cli.first_run import prepare
from consent_service.config import ROOT, Settings
from consent_service.schema import migrate
from tests.databases import from_wheel

WORKERS = "2"
PURPOSES = 100
BARE = """
from flask import Flask, jsonify
application = Flask("bare")
@application.get("/bare")
def bare():
    return jsonify(allowed=True)
"""


@dataclass(frozen=True)
class Target:
    """A service that is measured: its addresses, a key, what is recorded and asked there."""

    base_url: str
    bare_url: str
    bare_path: str
    key: str
    document: str
    purpose: str
    many: list[str]
    wide_key: str  # of the operator that has many purposes
    unledgered_url: str = ""
    engine: Engine | None = None
    web: subprocess.Popen[bytes] | None = None


@contextmanager
def own_service(kind: str) -> Iterator[Target]:
    """Start the service on a fresh database (``sqlite``, ``postgresql``, or the address of an empty one)."""
    with tempfile.TemporaryDirectory(prefix="kelisim-bench-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        place.chmod(0o755)  # the server of PostgreSQL runs as a user of its own
        server = from_wheel(place) if kind == "postgresql" else None
        url = kind if "://" in kind else f"sqlite:///{place / 'kelisim.db'}"
        if server is not None:
            url = "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
        try:
            with _serving(url, place) as target:
                yield target
        finally:
            if server is not None:
                server.cleanup()


@contextmanager
def _serving(url: str, place: Path) -> Iterator[Target]:
    port, bare_port, other_port = free_port(), free_port(), free_port()
    environ = {
        **os.environ,
        "DATA_DIR": str(place / "instance"),
        "DATABASE_URL": url,
        "PORT": str(port),
        "LOG_LEVEL": "error",
        "POLICIES_DIR": str(_policies(place)),
        "WEB_WORKERS": os.environ.get("WEB_WORKERS", WORKERS),
    }
    settings = Settings.from_env(environ)
    app = create_app(settings)
    migrate(app)
    prepare(app, settings)
    (place / "bare.py").write_text(BARE)
    server = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--no-log",
        "--workers",
        str(settings.web_workers),
    ]
    bare = [*server, "--blocking-threads", str(settings.web_threads), "--port", str(bare_port), "bare:application"]
    started = [
        subprocess.Popen([sys.executable, "-m", "consent_service", "serve"], cwd=ROOT, env=environ),
        subprocess.Popen(bare, cwd=place),
        subprocess.Popen(
            [sys.executable, "-m", "scripts.unledgered"], cwd=ROOT, env=environ | {"PORT": str(other_port)}
        ),
    ]
    engine = create_engine(url)
    try:
        base, bare_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{bare_port}"
        wait_for(f"{base}/readyz")
        wait_for(f"{bare_url}/bare")
        other_url = f"http://127.0.0.1:{other_port}"
        wait_for(f"{other_url}/readyz")
        keys = {
            slug: one["secret_key"]
            for slug, one in json.loads((settings.data_dir / "demo.json").read_text())["operators"].items()
        }
        many = [f"course-consent#{code}" for code in _codes()]
        document, purpose = "personal-data-agreement", "targeted_advertising"
        yield Target(
            base, bare_url, "/bare", keys["uof"], document, purpose, many, keys["ulgi"], other_url, engine, started[0]
        )
    finally:
        for process in started:
            process.terminate()
            process.wait()
        engine.dispose()


def _policies(place: Path) -> Path:
    """Copy the operators of the project, and one of the tests whose document has a hundred purposes."""
    folder = place / "policies"
    shutil.copytree(ROOT / "policies", folder)
    shutil.copytree(ROOT / "tests" / "policies" / "ulgi", folder / "ulgi")
    (terms,) = (folder / "ulgi").glob("*/*/terms.yaml")
    said = terms.read_text()
    begin, end = said.index("  - code: certificate"), said.index("change:")
    one = said[said.index("  - code: course_news") : end]
    terms.write_text(said[:begin] + "".join(one.replace("course_news", code) for code in _codes()) + said[end:])
    operator = folder / "ulgi" / "operator.yaml"
    operator.write_text(
        operator.read_text().replace('sites: ["https://ulgi.example"]', "sites: []")
    )  # a form is smaller
    return folder


def _codes() -> list[str]:
    return [f"news_{number}" for number in range(PURPOSES)]


def deployed(base_url: str, key: str, document: str, purpose: str) -> Target:
    """Return a service that runs somewhere; what is recorded there stays."""
    return Target(
        base_url.rstrip("/"), base_url.rstrip("/"), "/healthz", key, document, purpose, [purpose] * PURPOSES, key
    )


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(url: str, tries: int = 300) -> None:
    """Wait until an address answers; a try takes a tenth of a second.

    Raises:
        TimeoutError: It does not.
    """
    for _ in range(tries):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)
