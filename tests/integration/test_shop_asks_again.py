"""The demo shop asks an account again when a document has changed, and shows what changed."""

import http.cookiejar
import os
import subprocess
import sys
import urllib.request
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from consent_service.kernel.uow import Actor
from consent_service.operators.service import create_credential
from consent_service.services import services
from tests.browsers import DOCUMENT, RESEARCH, Page, bound
from tests.changes import NEXT, new_recipient, publish
from tests.integration.test_examples import READ, ROOT, free_port, wait_for
from tests.integration.test_intents import BOXES
from tests.sites import site_with_service

FIRST = "2026-01-01"


def sent(page: Page) -> bytes:
    """Return what the form sends."""
    token = page.token(READ, RESEARCH)
    return urlencode({"name": "Aizhan", "email": "aizhan@example.kz", "agreement": token}).encode()


def test_an_account_is_asked_again_with_what_changed_and_only_until_it_has_answered(tmp_path: Path) -> None:
    port = free_port()
    with site_with_service(tmp_path, BOXES) as (site, app, clock):
        with app.app_context(), services().write(Actor("command", "test")) as unbound:
            _, secret = create_credential(bound(unbound, "uof"), "shop")
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "clients/python"),
            "KELISIM_URL": site.service,
            "KELISIM_SECRET_KEY": secret,
            "KELISIM_SITE_KEY": site.client.site_key,
            "KELISIM_FORM": "sign-up",
            "SHOP_PORT": str(port),
            "SHOP_DATA": str(tmp_path / "shop"),
        }
        page = Page(app, site.client.site_key, "sign-up", site.url)
        shop = f"http://127.0.0.1:{port}"
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

        def visit(path: str, data: bytes | None = None) -> str:
            with visitor.open(shop + path, data, timeout=30) as answer:
                return str(answer.read().decode())

        process = subprocess.Popen([sys.executable, str(ROOT / "examples/shop/app.py")], env=environ)
        try:
            wait_for(process, port)
            visit("/?lang=en")
            assert "<k-field" not in visit("/sign-up", sent(page))
            publish(app, "uof", DOCUMENT, date(2026, 11, 24), alter=new_recipient)
            clock.move(days=2)

            asked = visit("/account")
            assert f'since="{DOCUMENT}@{FIRST}"' in asked
            assert asked.index("New recipient: A new partner") < asked.index(f"{DOCUMENT}/{NEXT}?lang=en")
            assert 'crossorigin="anonymous"' in asked
            answered = visit("/account/answer", sent(page))

            assert "<k-field" not in answered
            assert answered.count("consent stands") == 1
        finally:
            process.terminate()
            process.wait(10)
