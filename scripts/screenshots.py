"""Take pictures of every page in three languages, wide and narrow, light and dark, for a person to look at.

The pictures go to the folder given, or to ``screenshots``.
"""

import sys
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import shutil  # noqa: E402 - the project is put on the path first
import tempfile  # noqa: E402
import threading  # noqa: E402

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from scripts.account_pictures import prepare_staff, take_accounts  # noqa: E402
from scripts.document_pictures import PAGES as DRAFTS  # noqa: E402
from scripts.document_pictures import prepare_draft  # noqa: E402
from scripts.field_pictures import take_field  # noqa: E402
from scripts.ledger_pictures import prepare_ledger  # noqa: E402
from scripts.portal_pictures import take_own, take_portal  # noqa: E402
from tests.browser.conftest import ARGUMENTS, BROWSERS, EMAIL, PASSWORD, prepare  # noqa: E402
from tests.databases import app_on, migrated_sqlite  # noqa: E402
from tests.factories import consent  # noqa: E402
from tests.integration.conftest import Api, MovableClock, client_of  # noqa: E402

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Pages that no navigation names.
BELOW = (
    "/dashboard/uof/calendar/2026",
    "/dashboard/uof/calendar/transfer",
    "/dashboard/uof/first-steps",
    "/dashboard/sign-in/provider/answer",
    "/dashboard/signed-out",
    *DRAFTS,
)
# The name is shown; nobody is there.
PROVIDER = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "kelisim", "OIDC_NAME": "ACME ID"}
SIGN_IN, FIRST, MISSING = "/dashboard/sign-in", "/dashboard/uof/", "/dashboard/none/"


def take(browser: Browser, url: str, folder: Path, clock: MovableClock, site: Api) -> None:
    """Take every picture; ``site`` is the back end of an operator's site."""
    for language in ("kk", "ru", "en"):
        for scheme in SCHEMES:
            for width in (1280, 320):
                context = browser.new_context(
                    locale=language,
                    color_scheme=scheme,
                    viewport={"width": width, "height": 800},
                    base_url=url,
                )
                page = context.new_page()
                page.goto(SIGN_IN)
                page.screenshot(path=folder / f"sign-in-{language}-{scheme}-{width}.png", full_page=True)
                page.fill("#email", EMAIL)
                page.fill("#password", PASSWORD)
                page.press("#password", "Enter")
                page.goto(FIRST)
                links = page.locator("nav.sections a").evaluate_all("links => links.map(link => link.pathname)")
                for path in (*links, *BELOW, MISSING):
                    page.goto(path)
                    if path == FIRST:
                        page.locator("table.due summary").first.click()
                    name = path.strip("/").replace("/", "-").replace("?", "-")
                    page.screenshot(path=folder / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
                page.goto(f"{FIRST}withdrawals")
                page.locator("table.due a").first.click()
                page.screenshot(path=folder / f"withdrawal-{language}-{scheme}-{width}.png", full_page=True)
                page.goto(f"{FIRST}consents")
                page.locator("table.due a.mono").first.click()
                page.screenshot(path=folder / f"person-{language}-{scheme}-{width}.png", full_page=True)
                take_portal(page, folder, f"{language}-{scheme}-{width}", lambda: clock.move(seconds=10))
                take_own(page, folder, f"{language}-{scheme}-{width}", lambda: _own_page(site))
                take_accounts(page, folder, f"{language}-{scheme}-{width}")
                clock.move(hours=1)  # what one network may do in an hour, and what nobody does within seconds
                context.close()
                print(f"{language} {scheme} {width}", flush=True)


def _own_page(site: Api) -> str:
    """Have somebody agree, and return the address of their own page."""
    body = consent(subject={"ref": "person-of-pictures"})
    site.post("/consents", body)
    url: str = site.post("/preference-links", {"subject": "person-of-pictures"}).json["url"]
    return url[url.index("/my/") :]


def main(folder: Path) -> int:
    """Serve the demo data and take the pictures."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        print("No Chromium was found on PATH (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    clock = MovableClock()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        database = f"sqlite:///{migrated_sqlite(place)}"
        with app_on(database, place, clock, **PROVIDER) as app, sync_playwright() as playwright:
            prepare(app, clock)
            prepare_draft(app)
            prepare_staff(app)
            prepare_ledger(app)
            server = make_server("127.0.0.1", 0, app, threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, "--no-sandbox"])
            take(browser, f"http://127.0.0.1:{server.server_port}", folder, clock, client_of(app, "uof"))
            take_field(browser, folder)
            browser.close()
            server.shutdown()
            server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots"))
