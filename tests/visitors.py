"""Somebody at the public forms: no account, no script, a browser that keeps its cookies."""

import io
import re
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from consent_service.subject_requests.words import CODE_SUBJECT
from tests.integration.conftest import MovableClock
from tests.mail import Inbox

EMAIL = "aizhan@example.kz"
CONTACT = {"full_name": "Айжан Сапарова", "email": EMAIL, "phone": ""}


def words_of(answer: TestResponse) -> str:
    """Return what a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def code_in(inbox: Inbox) -> str:
    """Return the code that came last."""
    mail = [one for one in inbox.received if one["Subject"] in CODE_SUBJECT.values()][-1]
    found = re.search(r"\b(\d{6})\b", mail.get_payload(decode=True).decode())  # type: ignore[union-attr]  # a text part
    assert found
    return found[1]


class Visitor:
    """Fills in one form after another."""

    def __init__(self, app: Flask, slug: str = "uof", language: str = "en", network: str = "203.0.113.7") -> None:
        self.app = app
        self.slug = slug
        self.browser: FlaskClient = app.test_client()
        self.browser.set_cookie("kelisim-language", language)
        self.network = {"REMOTE_ADDR": network}
        self.place = ""

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path, environ_base=self.network)

    def post(self, path: str, **form: Any) -> TestResponse:  # Any: what a form takes
        return self.browser.post(path, data=form, environ_base=self.network)

    def begin(self, kind: str) -> "Visitor":
        """Choose what is wanted; from here on answers go to this form."""
        begun = self.post(f"/r/{self.slug}", kind=kind)
        assert begun.status_code == 303, words_of(begun)
        self.place = begun.headers["Location"].removesuffix("/onward")
        return self

    def page(self, step: str) -> TestResponse:
        return self.get(f"{self.place}/{step}")

    def answer(self, step: str, **form: Any) -> str:  # Any: as above
        """Answer a question and return which comes next."""
        answered = self.post(f"{self.place}/{step}", **form)
        assert answered.status_code == 303, words_of(answered)
        return answered.headers["Location"].rpartition("/")[2]

    def fill_in(self, **answers: dict[str, Any]) -> str:  # Any: as above
        """Answer whatever is asked until the review; returns the last place."""
        usual: dict[str, dict[str, Any]] = {
            "document": {"document": "all" if "withdraw" in self.page("document").text.lower() else "none"},
            "purposes": {"extent": "all"},
            "words": {"text": "Please."},
            "who": {"who": "self"},
            "representative": {"name": "Сапар Сапаров", "role": "parent", "basis": "parent"},
            "files": {"act": "onward"},
            "contact": CONTACT,
            "code": {"act": "without"},
        }
        at = self.get(f"{self.place}/onward").headers["Location"].rpartition("/")[2]
        while at != "review":
            at = self.answer(at, **(usual[at] | answers.get(at, {})))
        return at

    def send(self) -> TestResponse:
        """Press the last button of the review, and open what comes."""
        return self.post(f"{self.place}/review", seen=self.seen())

    def seen(self) -> str:
        found = re.search(r'name="seen" value="(\w+)"', self.page("review").text)
        assert found
        return found[1]

    def receipt(self) -> tuple[str, str]:
        """Return the number and the address to follow, from the receipt."""
        page = self.page("done")
        assert page.status_code == 200, words_of(page)
        number = re.search(r"<dd class=\"mono wrap\">([0-9a-f-]{36})<", page.text)
        link = re.search(r'href="[^"]*(/r/track/[^"]+)"', page.text)
        assert number
        assert link
        return number[1], link[1]

    def ask_code(self, inbox: Inbox, clock: MovableClock) -> str:
        """Have a code sent and read it."""
        clock.move(seconds=10)
        assert self.answer("code", act="send") == "code"
        with self.app.app_context():
            run_now(services(), find_job("mail.deliver"))
        return code_in(inbox)

    def add(self, name: str, content: bytes) -> TestResponse:
        return self.post(f"{self.place}/files", act="add", file=(io.BytesIO(content), name))
