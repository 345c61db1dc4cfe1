"""The servers of ``examples/``, each started as its page says, against the real service on another port."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.services import services
from scripts.assets import npm
from tests.browsers import ADVERTISING, RESEARCH, Page, bound, enter
from tests.databases import app_on
from tests.integration.test_consents import count
from tests.integration.test_intents import BOXES
from tests.sites import serving

ROOT = Path(__file__).resolve().parents[2]
READ = "online-payments"
ANSWERS = {READ: True, RESEARCH: True, ADVERTISING: False}
SERVERS = ("flask", "django", "express", "php")
START_WITHIN_SECONDS = 60
CSRF = "a" * 32


@dataclass
class Example:
    """A running server of the examples, the service it talks to, and a page of its site."""

    url: str
    app: Flask
    port: int
    page: Page
    service: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        """Let the service be there."""
        self.service.enter_context(serving(self.app, self.port))

    def post(self, path: str = "", **form: Any) -> tuple[int, Any]:  # Any: values of a form; JSON
        """Send a form; Django wants a token of its own in it, which the others pass over."""
        data = urlencode(form | {"csrfmiddlewaretoken": CSRF}, doseq=True).encode()
        headers = {"Cookie": f"csrftoken={CSRF}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture(scope="session")
def express(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Express example with its libraries, installed as pinned into a folder of its own."""
    if not shutil.which("node"):
        missing("Node.js (Debian: apt-get install nodejs npm)")
    folder = tmp_path_factory.mktemp("express")
    for part in ("clients/js", "examples/express"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("node_modules"))
    install = [*npm(folder), "ci", "--ignore-scripts", "--no-audit", "--loglevel=error"]
    done = subprocess.run(install, cwd=folder / "examples/express", capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"Express, which npm could not install: {done.stderr.strip()[-200:]}")
    return folder / "examples/express/app.js"


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Example]:
    """A server and the service it talks to."""
    name: str = request.param
    port, service_port = free_port(), free_port()
    command = {
        "flask": lambda: [sys.executable, str(ROOT / "examples/flask/app.py")],
        "django": lambda: [sys.executable, str(ROOT / "examples/django/app.py")],
        "express": lambda: ["node", str(request.getfixturevalue("express"))],
        "php": lambda: [found("php"), "-S", f"127.0.0.1:{port}", str(ROOT / "examples/php/index.php")],
    }[name]()
    url = f"http://127.0.0.1:{service_port}"
    spool, data = tmp_path / "spool", tmp_path / "service"
    spool.mkdir()
    data.mkdir()
    shutil.copy(request.getfixturevalue("sqlite_template"), data / "kelisim.db")
    with app_on(f"sqlite:///{data / 'kelisim.db'}", data, BASE_URL=url) as app:
        page = enter(app, "sign-up", BOXES)
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            _, secret = create_credential(bound(unbound, "uof"), name)
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "clients/python"),
            "KELISIM_URL": url,
            "KELISIM_SECRET_KEY": secret,
            "KELISIM_SITE_KEY": page.site_key,
            "KELISIM_FORM": "sign-up",
            "PORT": str(port),
            "SPOOL": str(spool),
        }
        made = Example(f"http://127.0.0.1:{port}/", app, service_port, page)
        with made.service:
            made.start()
            process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for(process, port)
                yield made
            finally:
                process.terminate()
                process.wait(10)


@pytest.mark.parametrize("example", SERVERS, indirect=True)
def test_a_server_confirms_refuses_and_knows_a_form_that_was_sent_twice(example: Example) -> None:
    page = urllib.request.urlopen(example.url, timeout=30).read().decode()
    assert f'<k-field site="{example.page.site_key}" form-id="sign-up" name="agreement"></k-field>' in page
    token = example.page.token(READ, RESEARCH)
    displayed = json.dumps(example.page.displayed() | {"site_key": example.page.site_key})

    assert example.post(agreement=token) == (200, {"granted": ANSWERS, "recorded": True})
    assert example.post(agreement=token) == (422, {"error": "token-replayed"})  # by another person
    assert example.post(agreement=token[:-3] + "AAA") == (422, {"error": "token-edited"})
    assert example.post(agreement="nonsense") == (422, {"error": "token-malformed"})
    assert example.post(name="nobody")[0] == 422
    # Without scripts the page sends what it displayed, and each ticked box.
    assert example.post(agreement=[displayed, f"+{READ}", f"+{RESEARCH}"]) == (
        200, {"granted": ANSWERS, "recorded": True}
    )  # fmt: skip
    assert example.post(agreement=[displayed, f"+{READ}"]) == (422, {"error": "invalid-input"})
    assert count(example.app, "consents") == 2


@pytest.mark.parametrize("example", ["flask", "express", "php"], indirect=True)
def test_a_form_is_kept_while_the_service_is_away_and_recorded_later_once(example: Example) -> None:
    token, other = example.page.token(READ, RESEARCH), example.page.token(READ, RESEARCH, ADVERTISING)
    example.service.close()

    assert example.post(agreement=token) == (200, {"granted": ANSWERS, "recorded": False})
    assert example.post(agreement=other)[1]["recorded"] is False
    assert count(example.app, "consents") == 0
    example.start()
    assert example.post("waiting") == (200, {"done": 2, "refused": []})
    assert example.post("waiting") == (200, {"done": 0, "refused": []})
    assert count(example.app, "consents") == 2


def found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        missing(f"{name} (Debian: apt-get install {name}-cli)")
    return str(path)


def missing(what: str) -> None:
    """Skip with the reason, or fail where nothing may be skipped."""
    if os.environ.get("REQUIRE_EXAMPLES") == "1":
        pytest.fail(f"there is no {what}")
    pytest.skip(f"there is no {what}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a server listens."""
    for _ in range(START_WITHIN_SECONDS * 10):
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(port)
