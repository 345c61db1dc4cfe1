"""A request from its form or its intake to its closing by the keyboard alone: the focus is seen at each stop and never lost."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.browser.conftest import EMAIL, PASSWORD, House
from tests.browser.test_dashboard_pages import page_of
from tests.factories import seed_policies

pytestmark = pytest.mark.browser
MOST_STOPS = 150
FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect()
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
  return {
    is: at.id || at.textContent.trim().slice(0, 60) || at.tagName,
    lost: at === document.body || at === document.documentElement,
    seen: ring && box.width > 0 && box.height > 0
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  }
}"""


@dataclass
class Hands:
    """Somebody without a mouse."""

    page: Page

    def go(self, to: str, *, back: bool = False) -> None:
        """Press Tab until the focus stands on what a selector names; each stop on the way is looked at."""
        stops = []
        for _ in range(MOST_STOPS):
            if self.page.evaluate("to => document.activeElement.matches(to)", to):
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            stops.append(self.look())
        pytest.fail(f"the keyboard never came to {to}; it came to {stops}")

    def look(self) -> str:
        """Return where the focus is, having asserted that it is somewhere and can be seen."""
        at = self.page.evaluate(FOCUS)
        assert not at["lost"], f"the focus is lost on {self.page.url}"
        assert at["seen"], f"the focus on {at['is']} cannot be seen on {self.page.url}"
        return str(at["is"])

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def write(self, field: str, words: str) -> None:
        self.go(field)
        self.page.keyboard.type(words)

    def choose(self, field: str, value: str) -> None:
        """Turn a list with the arrows until a value stands in it."""
        self.go(field)
        for key in ("Home", *["ArrowDown"] * 40):
            if self.page.locator(field).input_value() == value:
                return
            self.press(key)
        pytest.fail(f"the arrows never came to {value}")

    def tick(self, value: str) -> None:
        """Choose one of several with the arrows."""
        self.go("main input[type=radio]")
        self.press("Space")
        for _ in range(20):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.press("ArrowDown")
        pytest.fail(f"the arrows never came to {value}")

    def unfold(self, act: str) -> None:
        """Open the folded form of an act, where it is not open."""
        summary = f"details:has(> form > input[name=act][value={act}]) > summary"
        self.go(summary)
        if not self.page.locator(summary).evaluate("one => one.parentElement.open"):
            self.press("Enter")

    def send(self, form: str) -> None:
        """Press the button of a form that does what it says."""
        self.go(f"{form} button:not([name])")
        with self.page.expect_navigation():
            self.press("Space")

    def press_button(self, button: str) -> None:
        self.go(button)
        with self.page.expect_navigation():
            self.press("Enter")

    def follow(self, link: str) -> None:
        self.go(link)
        with self.page.expect_navigation():
            self.press("Enter")


def of(act: str) -> str:
    return f"form:has(> input[name=act][value={act}])"


@pytest.fixture(scope="module")
def office(house: House) -> House:
    with house.served.app.app_context(), services().write(Actor("command", "test")) as unbound:
        add_staff(unbound.for_operator(seed_policies.number(unbound, "uof")), EMAIL, PASSWORD, Role.DPO)
    return house


def ask(hands: Hands, office: House) -> None:
    """Ask for one's data on the public form, and prove with a code that the address is one's own."""
    page = hands.page
    page.goto("/r/uof")
    hands.tick("access")
    hands.send("main form")
    hands.tick("none")
    hands.send("main form")
    hands.write("#text", "What do you have about me?")
    hands.send("main form")
    hands.tick("self")
    hands.send("main form")
    hands.write("#full_name", "Айжан Сапарова")
    hands.write("#email", "canary0@example.kz")
    hands.send("main form")
    office.wait()
    hands.press_button("button[value=send]")
    hands.write("#code", office.code())
    with page.expect_navigation():
        hands.press("Enter")
    hands.send("main form")
    expect(page.locator(".done")).to_be_visible()


def sign_in(hands: Hands, to: str) -> None:
    page = hands.page
    page.goto(to)
    hands.write("#email", EMAIL)
    hands.write("#password", PASSWORD)
    with page.expect_navigation():
        hands.press("Enter")
    hands.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    hands.press("Enter")  # past the navigation


def take_in(hands: Hands) -> None:
    """Record a request that came on paper, and who was seen to be asking."""
    hands.follow("a[href$='/requests/new']")
    hands.choose("#type", "access")
    hands.choose("#channel", "written_application")
    hands.write("#email", "canary1@example.kz")
    hands.write("#text", "What do you have about me?")
    hands.send("form.form")
    expect(hands.page.locator("h1")).to_be_visible()
    hands.unfold("by_hand")
    hands.go("#by_hand-seen")
    hands.press("Space")
    hands.send(of("by_hand"))


def close(hands: Hands, office: House) -> None:
    """Take the case over, write to the person, answer by registered mail, and see it closed."""
    page = hands.page
    address = urlsplit(page.url)
    hands.choose("#staff", page.locator("#staff option", has_text=EMAIL).get_attribute("value") or "")
    hands.press("Tab")
    with page.expect_navigation():
        hands.press("Enter")
    expect(page.locator("#staff option:checked")).to_have_text(EMAIL)
    hands.unfold("message")
    hands.write("#message-words", "Called: the person waits for the letter.")
    hands.go("#message-came")
    hands.press("Space")
    hands.send(of("message"))
    hands.unfold("answer")
    hands.write("#answer-text", "All that we have is enclosed.")
    hands.choose("#answer-channel", "registered_mail")
    hands.press_button(f"{of('answer')} button[name=look]")
    expect(page.locator(".foreseen")).to_be_focused()
    hands.send(of("answer"))

    hands.follow("a[href$='/letters']")
    hands.write("input[name=receipt]", "RK123456785KZ")
    hands.send("form:has(> input[name=receipt])")
    with office.served.app.app_context():
        assert run_now(services(), find_job("requests.close")).failed == 0
    hands.follow("nav.sections a[href$='/requests']")
    hands.follow(f"main a[href='{address.path}']")
    expect(page.locator("h1 + p .tag").first).to_have_text(re.compile("closed", re.IGNORECASE))


def test_a_request_goes_from_the_public_form_to_closing_by_keyboard_alone(browser: Browser, office: House) -> None:
    with page_of(browser, office.served, "en") as page:
        ask(Hands(page), office)
    with page_of(browser, office.served, "en") as page:
        hands = Hands(page)
        sign_in(hands, "/dashboard/uof/requests")
        hands.follow("main table a")
        close(hands, office)


def test_a_request_on_paper_goes_from_intake_to_closing_by_keyboard_alone(browser: Browser, office: House) -> None:
    office.wait()
    with page_of(browser, office.served, "en") as page:
        hands = Hands(page)
        sign_in(hands, "/dashboard/uof/requests")
        take_in(hands)
        close(hands, office)
