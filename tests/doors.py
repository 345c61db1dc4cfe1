"""A service whose staff come by a provider, and somebody's way there and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.test import TestResponse

from tests.accounts import SIGN_IN, Browser, add
from tests.databases import app_on
from tests.providers import SayingProvider, saying_provider

if TYPE_CHECKING:
    from tests.integration.conftest import MovableClock

BEGIN, ANSWER, CONFIRM = f"{SIGN_IN}/provider", f"{SIGN_IN}/provider/answer", "/account/confirm/provider"
REGISTER = "/dashboard/uof/recipients/register.csv"
REFUSAL = "did not confirm anybody who may come in here"
OTHER = "other@acme.example"


@dataclass
class Door:
    """A service whose staff come by a provider."""

    app: Flask
    clock: "MovableClock"
    provider: SayingProvider

    def browser(self) -> Browser:
        return Browser(self.app, self.clock)

    def sent(self, browser: Browser, path: str = BEGIN) -> tuple[str, str]:
        """Send a browser to the provider; returns code and state with which it comes back."""
        answer = browser.get(path)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return self.provider.code_for(answer.location)

    def back(self, browser: Browser, code: str, state: str, more: str = "") -> TestResponse:
        return browser.get(f"{ANSWER}?code={code}&state={state}{more}")

    def through(self, browser: Browser, path: str = BEGIN) -> TestResponse:
        """Go there and back."""
        return self.back(browser, *self.sent(browser, path))


def is_refused(answer: TestResponse) -> bool:
    """Say whether a page refuses in words that give nothing away."""
    page = answer.get_data(as_text=True)
    assert not any(one in page for one in ("acme.example", "person-7", "nonce", "signature", "Error"))
    return answer.status_code == 403 and REFUSAL in page and "no-store" in answer.headers["Cache-Control"]


@contextmanager
def door_on(url: str, folder: Path, clock: "MovableClock", **more: str) -> Iterator[Door]:
    """Open a service on a database, with somebody who has a place there."""
    with saying_provider(clock) as provider, app_on(url, folder, clock, **provider.environ, **more) as app:
        add(app)
        yield Door(app, clock, provider)
