"""A new version of a document in a real browser: what changed stands before the whole text, and is answered anew."""

from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.test_field import FIELD, READ, box, send, tick_required, ticked, visit
from tests.browsers import ADVERTISING, DOCUMENT, RESEARCH
from tests.changes import NEXT, new_recipient, publish
from tests.integration.test_intents import BOXES
from tests.sites import site_with_service

pytestmark = pytest.mark.browser
FIRST = "2026-01-01"
SHOWN = f"[...{FIELD}.shadowRoot.querySelectorAll('.part')].at(-1)"


def test_a_version_that_comes_while_the_page_is_open_or_since_the_last_answer_is_told_by_its_changes_first(
    browser: Browser, tmp_path: Path
) -> None:
    with site_with_service(tmp_path, BOXES) as (site, app, clock):
        with visit(browser, site, "lang=ru") as page:
            tick_required(page)
            page.evaluate(f"{FIELD}.token()")
            publish(app, "uof", DOCUMENT, date(2026, 11, 24), alter=new_recipient)
            clock.move(days=2)
            box(page, ADVERTISING).check()

            expect(page.locator("k-field .note")).to_have_text(
                "Текст документа изменился. Прочитайте его и ответьте ещё раз."
            )
            expect(page.locator("k-field .changes .since")).to_have_text(f"Что изменилось после редакции {FIRST}")
            assert ticked(page) == {
                READ: True,
                RESEARCH: False,
                ADVERTISING: False,
            }  # an answer to the old text is none
            page.evaluate("document.documentElement.lang = 'en'")
            expect(page.locator("k-field .line").first).to_contain_text("New recipient: A new partner")
            box(page, RESEARCH).check()
            assert send(page) == "widget_signed"
        assert site.outcomes[0].consent["version"] == NEXT

        with visit(browser, site, f"lang=kk&since={DOCUMENT}@{FIRST}", viewport={"width": 320, "height": 800}) as page:
            expect(page.locator("k-field .line").first).to_contain_text("Жаңа алушы: Жаңа серіктес")
            order = page.evaluate(f"[...{SHOWN}.children].map(one => one.className)")
            assert order == ["changes", "link", "box", "box"]
            links = page.evaluate(f"[...{SHOWN}.querySelectorAll('a')].map(one => new URL(one.href).pathname)")
            assert links == [f"/p/uof/{DOCUMENT}/{NEXT}/since/{FIRST}", f"/p/uof/{DOCUMENT}/{NEXT}"]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            tick_required(page)
            assert send(page) == "widget_signed"
        with visit(browser, site, f"lang=en&fallback&since={DOCUMENT}@{FIRST}", java_script_enabled=False) as page:
            expect(page.locator("k-field li").first).to_contain_text("New recipient: A new partner")
