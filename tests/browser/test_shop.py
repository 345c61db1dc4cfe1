"""The demo shop as ``make run`` serves it: a person signs up, sees what was answered, and takes one consent back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SIGHTS

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The service and the shop, started by the one command; what ``demo.json`` says of them."""
    folder = tmp_path_factory.mktemp("shop")
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    environ = {**os.environ, "DATA_DIR": str(folder), "PORT": str(ports[0]), "SHOP_PORT": str(ports[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "consent_service", "run"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert any(line.startswith("READY") for line in process.stdout)
        said = json.loads((folder / "demo.json").read_text())
        wait_for(said["shop"]["url"])
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_somebody_signs_up_and_takes_a_consent_back_and_the_demo_says_where(
    browser: Browser, demo: dict[str, Any]
) -> None:
    shop = demo["shop"]
    sites = demo["operators"][shop["operator"]]["sites"]
    entered = next(site for site in sites if site["site_key"] == shop["site_key"])
    assert (entered["origin"], entered["forms"][0]["form"], shop["form"]) == (shop["url"], "sign-up", "sign-up")
    for language, width in SIGHTS:
        sign_up_and_withdraw(browser, demo, language, width)


def sign_up_and_withdraw(browser: Browser, demo: dict[str, Any], language: str, width: int) -> None:
    context = browser.new_context(
        base_url=demo["shop"]["url"], locale=language, viewport={"width": width, "height": 800},
        color_scheme="dark" if width == 320 else "light",
    )  # fmt: skip
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    check(page)
    page.goto("/sign-up")
    boxes = page.locator("k-field input:visible")
    expect(boxes).to_have_count(3)
    check(page)
    page.fill("#name", "Айжан")
    page.fill("#email", "aizhan@example.kz")
    page.locator("form.card > button").click()
    expect(page.locator("k-field .error", has_text=".")).to_have_count(1)  # the sign-up itself needs its consent
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("form.card > button").click()
    page.wait_for_url("**/account")
    check(page)
    expect(page.locator(".state.good")).to_have_count(2)
    expect(page.get_by_role("status")).to_have_count(0)  # it came with a token
    page.locator(".answers button").nth(1).click()
    expect(page.locator(".state.good")).to_have_count(1)
    check(page)
    page.locator("a[href='/account/consents']").click()
    page.wait_for_url("**/my/**")
    check(page)
    assert said == []
    context.close()
