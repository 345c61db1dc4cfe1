"""How soon the field can be used once its script has arrived, in Chromium slowed down four times."""

import shutil
import statistics
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from consent_service.forms.rules import Box, BoxKind
from tests.browser.conftest import ARGUMENTS, BROWSERS
from tests.databases import app_on, migrated_sqlite
from tests.sites import site_of

ROUNDS = 15
SLOWDOWN = 4
BOXES = (
    Box("personal-data-agreement", "service_quality_research", BoxKind.CONSENT, required=True),
    Box("personal-data-agreement", "targeted_advertising", BoxKind.CONSENT, required=False),
)
READY = """
customElements.whenDefined('k-field').then(() => {
  const field = document.querySelector('k-field');
  field.ready.then(() => { window.readyAt = performance.now(); });
});
"""
SINCE = "window.readyAt - performance.getEntriesByType('resource').find(one => one.name.endsWith('k.js')).responseEnd"


def measure() -> dict[str, float] | None:
    """Return milliseconds from the arrival of the script to boxes that can be ticked; None without Chromium."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        return None
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with app_on(f"sqlite:///{migrated_sqlite(folder)}", folder) as app:
            server = make_server("127.0.0.1", 0, app, threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with site_of(app, f"http://127.0.0.1:{server.server_port}", "sign-up", BOXES) as site:
                browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, "--no-sandbox"])
                page = browser.new_page()
                page.add_init_script(READY)
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
                times: list[float] = []
                for _ in range(ROUNDS):
                    page.goto(f"{site.url}/form")
                    page.locator("k-field label").first.wait_for()
                    times.append(float(page.evaluate(SINCE)))
                browser.close()
            server.shutdown()
            server.server_close()
    return {
        "ms_median": round(statistics.median(times), 1),
        "ms_best": round(min(times), 1),
        "ms_worst": round(max(times), 1),
        "slowdown": SLOWDOWN,
    }
