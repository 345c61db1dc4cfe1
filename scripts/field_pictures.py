"""Pictures of the field on a site of another origin: blank, wrong, and with what changed since an earlier version."""

import tempfile
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser

from tests.browsers import DOCUMENT
from tests.changes import new_recipient, publish
from tests.integration.test_intents import BOXES
from tests.sites import site_with_service

KNOWN = f"{DOCUMENT}@2026-01-01"


def take_field(browser: Browser, folder: Path) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as scratch, site_with_service(Path(scratch), BOXES) as (site, app, clock):
        publish(app, "uof", DOCUMENT, date(2026, 11, 24), alter=new_recipient)
        clock.move(days=2)
        for language in ("kk", "ru", "en"):
            for width in (1280, 320):
                page = browser.new_page(base_url=site.url, viewport={"width": width, "height": 800})
                for state, query in (("blank", ""), ("changed", f"&since={KNOWN}")):
                    page.goto(f"/form?lang={language}{query}")
                    page.locator("k-field label").first.wait_for()
                    page.screenshot(path=folder / f"field-{state}-{language}-{width}.png", full_page=True)
                page.click("#go")
                page.screenshot(path=folder / f"field-wrong-{language}-{width}.png", full_page=True)
                page.close()
