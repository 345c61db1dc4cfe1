"""The field in a real browser, on a site of another origin under a strict policy with Trusted Types enforced."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brotli
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from consent_service.widget.embedding import published
from tests.browser.conftest import SIGHTS
from tests.browsers import ADVERTISING, RESEARCH
from tests.integration.test_intents import BOXES
from tests.sites import WATCH, Site, site_with_service

pytestmark = pytest.mark.browser
READ = "online-payments"
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
FIELD = "document.querySelector('k-field')"
MOST_BYTES = 6 * 1024
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = re.compile(r'/w/([0-9.]+)/k\.js"\s+integrity="(sha384-[^"]+)"\s+crossorigin="anonymous"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_with_service(tmp_path_factory.mktemp("field"), BOXES) as (made, _, _):
        yield made


@contextmanager
def visit(browser: Browser, site: Site, query: str = "", **options: Any) -> Iterator[Page]:  # Any: of Playwright
    """Open the page, and fail on anything that its console says and on any violation of its policy."""
    context: BrowserContext = browser.new_context(base_url=site.url, **options)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    if options.get("java_script_enabled", True):
        page.add_init_script(WATCH)
    site.received.clear()
    site.outcomes.clear()
    try:
        page.goto(f"/form?{query}")
        yield page
        assert [text for text in said if "Failed to load resource" not in text] == []
        assert context.cookies() == []
    finally:
        context.close()


def box(page: Page, name: str) -> Any:  # Any: a locator
    return page.locator(f"k-field input[value='{name}']:visible")


def ticked(page: Page) -> dict[str, bool]:
    answers: dict[str, bool] = page.evaluate(f"{FIELD}.answers")
    return answers


def tick_required(page: Page) -> None:
    box(page, READ).check()
    box(page, RESEARCH).check()


def send(page: Page) -> str:
    page.click("#go")
    page.wait_for_url("**/sent")
    return page.locator("h1").inner_text()


def test_every_version_is_small_and_holds_no_word_that_blockers_match() -> None:
    for script in published().values():
        assert len(brotli.compress(script.content)) <= MOST_BYTES
        for word in (b"cookie", b"consent", b"banner", b"gdpr", b"innerHTML", b"localStorage", b"<style"):
            assert word not in script.content, word


def test_every_page_to_copy_from_has_the_digest_of_the_version_that_it_names() -> None:
    embedded = {
        path: SCRIPT.findall(path.read_text())
        for path in (ROOT / "examples").rglob("*")
        if path.suffix in {".py", ".js", ".php", ".html"} and "node_modules" not in path.parts
    }
    found = [one for ones in embedded.values() for one in ones]
    assert len(found) == len([path for path in embedded if "k.js" in path.read_text()]) == 5
    for version, integrity in found:
        assert published()[version].integrity == integrity


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_form_is_ticked_sent_and_confirmed(browser: Browser, site: Site, language: str) -> None:
    with visit(browser, site, f"lang={language}") as page:
        shown = site.client.form("sign-up", language)
        for one in shown["boxes"]:
            expect(page.locator("k-field label", has_text=one["label"])).to_be_visible()
            expect(box(page, one["box"])).not_to_be_checked()
        link = page.locator("k-field a").first
        expect(link).to_have_attribute("href", shown["documents"][0]["url"])
        tick_required(page)
        assert send(page) == "widget_signed"
    outcome = site.outcomes[0]
    assert outcome.granted == {READ: True, RESEARCH: True, ADVERTISING: False}
    assert outcome.consent["language"] == language
    assert [TOKEN.fullmatch(value) is not None for value in site.received[0]] == [True]


@pytest.mark.parametrize(("language", "width"), SIGHTS)
def test_it_has_no_fault_that_axe_knows_blank_wrong_and_ticked(
    browser: Browser, site: Site, language: str, width: int
) -> None:
    with visit(browser, site, f"lang={language}", viewport={"width": width, "height": 800}) as page:
        expect(page.locator("k-field label")).to_have_count(3)
        for state in ("blank", "wrong", "ticked"):
            if state == "wrong":
                page.click("#go")
            elif state == "ticked":
                tick_required(page)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        small = page.evaluate(
            f"[...{FIELD}.shadowRoot.querySelectorAll('a, input')].filter(e => e.getBoundingClientRect().height < 23.9)"
        )
        assert small == []


def test_a_required_box_left_blank_blocks_the_form_in_words_and_takes_the_focus(browser: Browser, site: Site) -> None:
    with visit(browser, site, "lang=ru") as page:
        expect(box(page, READ)).to_be_visible()
        box(page, READ).check()
        page.click("#go")
        assert page.evaluate(f"{FIELD}.shadowRoot.activeElement.value") == RESEARCH
        alert = page.locator("k-field .error", has_text="отметьте")
        expect(alert).to_have_count(1)
        assert page.evaluate(f"{FIELD}.validity.valueMissing")
        expect(box(page, RESEARCH)).to_have_attribute("aria-invalid", "true")
        box(page, RESEARCH).check()
        expect(alert).to_have_count(0)
        assert site.received == []


def test_all_of_it_is_done_by_keyboard(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        expect(box(page, READ)).to_be_visible()
        reached = []
        page.focus("input[name=who]")
        for _ in range(7):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(f"{FIELD}.shadowRoot.activeElement?.value || {FIELD}.shadowRoot.activeElement?.tagName")
            )
            if reached[-1] in (READ, RESEARCH):
                page.keyboard.press("Space")
        assert [one for one in reached if one not in ("A", None)] == [READ, RESEARCH, ADVERTISING]
        page.focus("#go")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sent")
    assert site.outcomes[0].granted == {READ: True, RESEARCH: True, ADVERTISING: False}


def test_without_scripts_what_stands_inside_is_the_form(browser: Browser, site: Site) -> None:
    with visit(browser, site, "lang=en&fallback", java_script_enabled=False) as page:
        box(page, "+" + READ).check()
        page.click("#go")
        assert site.received == []  # a required box is blank
        box(page, "+" + RESEARCH).check()
        assert send(page) == "site_attested"
    assert site.outcomes[0].granted == {READ: True, RESEARCH: True, ADVERTISING: False}
    assert site.outcomes[0].consent["language"] == "en"


def test_a_script_that_comes_late_takes_over_what_was_ticked(browser: Browser, site: Site) -> None:
    with visit(browser, site, "none") as page:
        held = hold_script(page)
        with page.expect_request("**/k.js"):
            page.goto("/form?fallback", wait_until="commit")
        box(page, "+" + READ).check()
        held.pop().continue_()
        expect(box(page, RESEARCH)).to_be_visible()
        assert ticked(page) == {READ: True, RESEARCH: False, ADVERTISING: False}
        assert page.locator("k-field input:disabled").count() > 0  # those inside neither block nor go along
        box(page, RESEARCH).check()
        assert send(page) == "widget_signed"
    assert len(site.received[0]) == 1


def test_a_script_that_was_changed_is_refused_and_the_form_goes_on_without_it(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url)
    site.outcomes.clear()
    page = context.new_page()
    page.goto("/form?integrity&fallback")
    box(page, "+" + READ).check()
    box(page, "+" + RESEARCH).check()
    assert send(page) == "site_attested"
    context.close()


def test_back_brings_the_ticks_and_they_get_a_token_of_their_own(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        tick_required(page)
        assert send(page) == "widget_signed"
        page.go_back()
        expect(box(page, RESEARCH)).to_be_checked()
        assert ticked(page) == {READ: True, RESEARCH: True, ADVERTISING: False}
        assert send(page) == "widget_signed"
    assert site.received[0] != site.received[1]


def test_reset_unticks_all_of_it(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        tick_required(page)
        page.click("#r")
        assert not any(ticked(page).values())
        page.click("#go")
        assert site.received == []
        tick_required(page)
        assert send(page) == "widget_signed"


def test_two_tabs_and_two_quick_clicks_each_get_one_answer(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        other = page.context.new_page()
        other.goto("/form")
        for one in (page, other):
            tick_required(one)
        assert [send(one) for one in (page, other)] == ["widget_signed"] * 2
        page.goto("/form")
        tick_required(page)
        page.evaluate("document.querySelector('#go').click(); document.querySelector('#go').click()")
        page.wait_for_url("**/sent")
    assert len({values[0] for values in site.received}) == 3
    codes = [getattr(outcome, "code", "confirmed") for outcome in site.outcomes]
    assert set(codes) <= {"confirmed", "token-replayed", "invalid-input"}
    assert codes.count("confirmed") == 3


def test_another_language_keeps_the_ticks_and_the_token_names_the_text_that_was_shown(
    browser: Browser, site: Site
) -> None:
    with visit(browser, site, "lang=kk") as page:
        tick_required(page)
        page.evaluate("document.documentElement.lang = 'ru'")
        expect(page.locator("k-field label", has_text="Даю согласие")).to_have_count(2)
        assert ticked(page)[RESEARCH]
        assert send(page) == "widget_signed"
    assert site.outcomes[0].consent["language"] == "ru"


def test_the_element_survives_being_moved_made_by_script_and_disabled(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        tick_required(page)
        page.evaluate(f"document.querySelector('#elsewhere').append({FIELD})")
        assert page.evaluate(f"{FIELD}.form") is None
        page.evaluate(f"document.querySelector('#f').prepend({FIELD})")
        assert ticked(page)[RESEARCH]
        page.evaluate(f"document.querySelector('#s').append({FIELD}); document.querySelector('#s').disabled = true")
        expect(box(page, READ)).to_be_disabled()
        page.evaluate("document.querySelector('#s').disabled = false")
        made = page.evaluate(
            f"""() => {{
                const made = document.createElement('k-field');
                for (const name of ['site', 'form-id']) made.setAttribute(name, {FIELD}.getAttribute(name));
                made.setAttribute('name', 'agreement');
                {FIELD}.replaceWith(made);
                return made.ready.then(shown => shown.form);
            }}"""
        )
        assert made == "sign-up"
        tick_required(page)
        assert send(page) == "widget_signed"


def test_scripts_of_the_site_hear_of_changes_and_ask_for_the_value(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        expect(box(page, READ)).to_be_visible()
        page.evaluate("addEventListener('change', e => (window.heard ||= []).push(e.target.answers))")
        box(page, ADVERTISING).check()
        assert page.evaluate("window.heard.at(-1)")[ADVERTISING] is True
        unsigned = page.evaluate(f"{FIELD}.token()")
        assert json.loads(unsigned)["answers"] == {READ: False, RESEARCH: False, ADVERTISING: True}
        tick_required(page)
        token = page.evaluate(f"{FIELD}.token()")
        assert TOKEN.fullmatch(token)
        assert page.evaluate("new FormData(document.querySelector('#f')).get('agreement')") == token


@pytest.mark.parametrize("trouble", ["hangs", "fails", "is away"])
def test_a_service_in_trouble_lets_the_form_go_unsigned(browser: Browser, site: Site, trouble: str) -> None:
    def answer(route: Route) -> None:
        if trouble == "fails":
            route.fulfill(status=500, body="{}", headers={"Access-Control-Allow-Origin": site.url})
        elif trouble == "is away":
            route.abort()

    with visit(browser, site) as page:
        expect(box(page, READ)).to_be_visible()
        page.route("**/intents", answer)
        tick_required(page)
        assert send(page) == "site_attested"
    assert json.loads(site.received[0][0])["answers"][RESEARCH] is True


def test_a_service_that_was_never_there_leaves_what_stands_inside(browser: Browser, site: Site) -> None:
    with visit(browser, site, "none") as page:
        page.route("**/api/v1/**", lambda route: route.abort())
        page.goto("/form?fallback")
        assert page.evaluate(f"{FIELD}.ready") is None
        box(page, "+" + READ).check()
        box(page, "+" + RESEARCH).check()
        page.unroute("**/api/v1/**")
        assert send(page) == "site_attested"


def test_a_token_is_renewed_before_it_is_over(browser: Browser, site: Site) -> None:
    with visit(browser, site, "none") as page:
        page.clock.install()
        page.goto("/form")
        tick_required(page)
        first = page.evaluate(f"{FIELD}.token()")
        page.clock.fast_forward("54:00")
        assert page.evaluate(f"{FIELD}.token()") == first
        page.clock.fast_forward("02:00")
        second = page.evaluate(f"{FIELD}.token()")
        assert TOKEN.fullmatch(second)
        assert second != first


def test_the_form_is_ready_in_two_requests_and_its_token_is_a_third(browser: Browser, site: Site) -> None:
    with visit(browser, site, "none") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if request.url.startswith(site.service) else None)
        page.goto("/form")
        expect(box(page, READ)).to_be_visible()
        assert [re.sub(r"\?.*", "", url).rpartition("/")[2] for url in asked] == ["k.js", "sign-up"]
        tick_required(page)
        page.evaluate(f"{FIELD}.token()")
        assert {url.rpartition("/")[2] for url in asked[2:]} == {"intents"}


def hold_script(page: Page) -> list[Route]:
    """Hold the script back until somebody lets it go on."""
    held: list[Route] = []
    page.route("**/k.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no method of a list
    return held
