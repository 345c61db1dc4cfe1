"""The example for nginx, carried out by a real one in front of the real service, where nginx is installed."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest

from tests.receivers import certificate_for

ROOT = Path(__file__).resolve().parents[2]
HOST = "consent.example.kz"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NONE: Mapping[str, str] = {}
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here")


@dataclass
class Front:
    """The ports of nginx, and what it wrote."""

    plain: int
    tls: int
    folder: Path

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> "Answer":
        trusted = ssl.create_default_context(cafile=self.folder / f"{HOST}.pem")
        trusted.check_hostname = False  # it is asked by its number
        line = HTTPSConnection("127.0.0.1", self.tls, context=trusted)
        return _answer(line, path, method, body, {name.replace("_", "-"): one for name, one in headers.items()})


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Message


def _answer(
    line: HTTPConnection, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = NONE
) -> Answer:
    with closing(line):
        line.request(method, path, body, {"Host": HOST, **headers})
        answer = line.getresponse()
        answer.read()
        return Answer(answer.status, answer.headers)


def _ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def _configuration(folder: Path, plain: int, tls: int, web: int) -> Path:
    """Write the example with other ports and places, inside what the distribution puts around it."""
    example = (ROOT / "deploy" / "nginx" / "kelisim.conf").read_text()
    for ours, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{tls} ",
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "/etc/ssl/kelisim/fullchain.pem": f"{folder}/{HOST}.pem",
        "/etc/ssl/kelisim/privkey.pem": f"{folder}/{HOST}.key",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert ours in example
        example = example.replace(ours, here)
    (folder / "kelisim.conf").write_text(example)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/nginx.pid; error_log {folder}/start.log; events {{}} "
        f"http {{ {temporary} include {folder}/kelisim.conf; }}"
    )
    return whole


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    plain, tls, web = _ports(3)
    certificate_for(HOST, folder)
    whole = _configuration(folder, plain, tls, web)
    environ = os.environ | {
        "DATA_DIR": str(folder / "data"), "PORT": str(web), "BASE_URL": f"https://{HOST}", "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "error",
    }  # fmt: skip
    made = [sys.executable, "-m", "consent_service"]
    subprocess.run([*made, "migrate"], cwd=ROOT, env=environ, check=True, capture_output=True)
    assert NGINX
    tested = subprocess.run([NGINX, "-t", "-p", folder, "-c", whole], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr
    serving = subprocess.Popen([*made, "serve"], cwd=ROOT, env=environ, start_new_session=True)
    standing = subprocess.Popen([NGINX, "-p", folder, "-c", whole, "-g", "daemon off;"], start_new_session=True)
    found = Front(plain, tls, folder)
    try:
        for _ in range(300):
            try:
                if found.ask("/readyz").status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        yield found
    finally:
        for process in (standing, serving):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def test_the_service_answers_behind_nginx_as_over_https(front: Front) -> None:
    answer = front.ask("/dashboard/sign-in")

    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_plain_http_is_sent_to_https(front: Front) -> None:
    answer = _answer(HTTPConnection("127.0.0.1", front.plain), "/dashboard/")

    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/dashboard/")


def test_numbers_are_for_monitoring_and_not_for_the_world(front: Front) -> None:
    assert front.ask("/metrics").status == 404


def test_a_body_that_is_too_large_is_stopped_before_it_arrives(front: Front) -> None:
    answer = front.ask("/api/v1/consents", "POST", b"x" * (12 << 20), Content_Type="application/json")

    assert answer.status == 413


def test_what_a_visitor_claims_to_be_is_not_passed_on(front: Front) -> None:
    """A false word of plain HTTP would switch the strict transport off."""
    answer = front.ask("/dashboard/sign-in", X_Forwarded_Proto="http", X_Forwarded_For="203.0.113.9")

    assert answer.headers["Strict-Transport-Security"]


def test_the_log_of_nginx_has_no_address_in_it(front: Front) -> None:
    front.ask("/p/uof/track/canary-code?code=canary")
    front.ask("/canary")

    written = "".join(path.read_text() for path in front.folder.glob("kelisim*.log"))
    assert " GET 404 " in written
    assert "canary" not in written
    assert "127.0.0.1" not in written
