"""A real Chromium, and the service on loopback with something due."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.service import create_credential
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import app_on, migrated_sqlite
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock
from tests.mail import Inbox, smtp_server
from tests.visitors import code_in

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What nobody sees and each page would pay for: the address bar of each window is two pages of Chromium's own.
UNSEEN = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "WebUIReloadButton", "InitialWebUI", "Glic",
    "SpareRendererForSitePerProcess",
)  # fmt: skip
# What Playwright turns off: of two lists Chromium reads the last.
UNWANTED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch",
)  # fmt: skip
ARGUMENTS = (
    "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
    f"--disable-features={','.join((*UNWANTED, *UNSEEN))}",
)  # fmt: skip
# In what a page of a site is seen: language and width.
SIGHTS = (
    [(language, width) for language in ("kk", "ru", "en") for width in (1280, 320)]
    if FULL
    else [("kk", 320), ("ru", 1280), ("en", 320)]
)
expect.set_options(timeout=30_000)  # of a machine that has much else to do
EMAIL, PASSWORD = "dpo@acme.example", "correct horse battery"


@dataclass(frozen=True)
class Served:
    """The service with its address."""

    url: str
    app: Flask


def prepare(app: Flask, clock: MovableClock) -> None:
    """Add an account at two operators, and duties of every kind: late, soon, far, provisional."""
    for slug in ("uof", "dar"):
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, slug))
            add_staff(uow, EMAIL, PASSWORD, Role.DPO)
            _, secret = create_credential(uow, "test")
        api = Api(app.test_client(), secret)
        document = "personal-data-agreement" if slug == "uof" else "privacy-policy"
        purpose = "targeted_advertising" if slug == "uof" else "promotion"
        clock.now -= timedelta(days=40)
        for n in range(4):
            identifiers = {"email": f"canary{n}@example.kz", "full_name": "Айжан Канарейкина"}
            body = consent(
                document,
                subject={"ref": f"person-{n}", "identifiers": identifiers},
                choices=[{"purpose": purpose, "granted": True}],
                act="ticked",
            )
            assert api.post("/consents", body).status_code == 201
            withdrawn = {"subject": f"person-{n}", "document": document, "channel": "email"}
            assert api.post("/withdrawals", withdrawn).status_code == 201
            clock.now += timedelta(days=10)


@contextmanager
def serve(app: Flask, port: int = 0) -> Iterator[Served]:
    """Serve an application on loopback, on a port that the system chooses unless one is given."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(f"http://127.0.0.1:{server.server_port}", app)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browser")
    clock = MovableClock()
    with app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, clock) as app:
        prepare(app, clock)
        with serve(app) as made:
            yield made


@dataclass(frozen=True)
class House:
    """The service with its mail and its clock, for what people write and are written."""

    served: Served
    inbox: Inbox
    clock: MovableClock

    def code(self) -> str:
        with self.served.app.app_context():
            run_now(services(), find_job("mail.deliver"))
        return code_in(self.inbox)

    def wait(self) -> None:
        """Let some seconds pass, and an hour for those who came before."""
        self.clock.now += timedelta(hours=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, clock = tmp_path_factory.mktemp("forms"), MovableClock()
    with (
        smtp_server() as (inbox, url),
        app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, clock, SMTP_URL=url) as app,
        serve(app) as served,
    ):
        yield House(served, inbox, clock)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skipped with the reason where there is none, unless REQUIRE_BROWSER=1."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium was found on PATH")
        pytest.skip("no Chromium was found on PATH (Debian: apt-get install chromium)")
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(Path(path)), args=arguments)
        yield launched
        launched.close()
