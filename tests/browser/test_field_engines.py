"""The same form in Chromium, and with the full counts in Firefox and WebKitGTK: blocked, ticked, sent, Back, reset."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsers import ADVERTISING, RESEARCH
from tests.conftest import FULL
from tests.engines import ENGINES, Chromium, Engine, Missing, click_on, settle
from tests.integration.test_intents import BOXES
from tests.sites import Site, site_with_service

pytestmark = pytest.mark.browser
READ = "online-payments"
FIELD = "document.querySelector('k-field')"
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_with_service(tmp_path_factory.mktemp("engines"), BOXES) as (made, _, _):
        yield made


@pytest.fixture(params=["chromium", *(pytest.param(name, marks=pytest.mark.full) for name in ENGINES)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A browser of each engine; those that are not here are skipped with the reason, unless REQUIRE_ENGINES=1."""
    if request.param == "chromium":
        browser: Browser = request.getfixturevalue("browser")
        yield Chromium(browser)
        return
    if not FULL:
        pytest.skip("Firefox and WebKitGTK are for make test-all")
    try:
        with ENGINES[request.param]() as made:
            yield made
    except Missing as missing:
        if os.environ.get("REQUIRE_ENGINES") == "1":
            raise
        pytest.skip(str(missing))


def box(name: str) -> str:
    return f"{FIELD}.shadowRoot.querySelector(`input[value='{name}']`)"


def test_the_form_is_blocked_ticked_sent_brought_back_and_reset(engine: Engine, site: Site) -> None:
    site.received.clear()
    site.outcomes.clear()
    engine.open(f"{site.url}/form?lang=ru")
    settle(engine, f"return !!{FIELD}.shadowRoot")
    engine.run("addEventListener('securitypolicyviolation', () => { window.violated = true; });")

    click_on(engine, "document.querySelector('#go')")
    assert engine.run(f"return {FIELD}.shadowRoot.activeElement?.value") == READ
    assert "отметьте" in engine.run(f"return {FIELD}.shadowRoot.querySelector('.error').textContent")
    engine.press("Space")  # the focus is in the first required box
    settle(engine, f"return {box(READ)}.checked")
    click_on(engine, box(RESEARCH))
    settle(engine, f"return {FIELD}.answers['{RESEARCH}']")
    token = engine.run(f"return {FIELD}.token()")
    assert TOKEN.fullmatch(token)
    assert engine.run("return new FormData(document.querySelector('#f')).getAll('agreement')") == [token]
    assert engine.run("return !!window.violated") is False
    click_on(engine, "document.querySelector('#go')")
    assert (
        settle(engine, "return document.title === 'Sent' && document.querySelector('h1').textContent")
        == "widget_signed"
    )
    assert site.outcomes[0].granted == {READ: True, RESEARCH: True, ADVERTISING: False}

    engine.back()
    settle(engine, f"return {FIELD}?.shadowRoot && {box(READ)}.checked && {box(RESEARCH)}.checked")
    click_on(engine, "document.querySelector('#go')")
    assert (
        settle(engine, "return document.title === 'Sent' && document.querySelector('h1').textContent")
        == "widget_signed"
    )
    assert site.received[0] != site.received[1]

    engine.open(f"{site.url}/form")
    settle(engine, f"return !!{FIELD}.shadowRoot")
    click_on(engine, box(READ))
    settle(engine, f"return {box(READ)}.checked")
    click_on(engine, "document.querySelector('#r')")
    settle(engine, f"return !{box(READ)}.checked")
    assert engine.run(f"return Object.values({FIELD}.answers).includes(true)") is False
