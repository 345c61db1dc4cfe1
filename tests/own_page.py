"""Somebody at the page of their own consents: no script, nothing but the address that they were given."""

import re
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.integration.conftest import Api
from tests.visitors import words_of


class OwnPage:
    """Looks at the page of one address and presses what is on it."""

    def __init__(self, app: Flask, address: str, language: str = "en") -> None:
        self.browser = app.test_client()
        self.browser.set_cookie("kelisim-language", language)
        self.home = address[address.index("/my/") :]

    @classmethod
    def of(cls, app: Flask, api: Api, ref: str = "person-1", language: str = "en") -> "OwnPage":
        """Open the page as the site does for somebody who is signed in."""
        made = api.post("/preference-links", {"subject": ref})
        assert made.status_code == 201, made.json
        return cls(app, made.json["url"], language)

    def get(self, path: str = "") -> TestResponse:
        return self.browser.get(self.home + path)

    def words(self, path: str = "") -> str:
        """Return what a page says, once it is there."""
        answer = self.get(path)
        assert answer.status_code == 200, words_of(answer)
        return words_of(answer)

    def links(self, *words: str) -> list[str]:
        """Return where the links of the first page lead whose words begin so, below the page's own address."""
        page = self.get().text
        found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
        said = [(" ".join(unescape(re.sub(r"<[^>]+>", " ", inner)).split()), unescape(href)) for href, inner in found]
        return [href.removeprefix(self.home) for name, href in said if name.startswith(words)]

    def press(self, path: str, **form: Any) -> str:  # Any: what a form takes
        """Press the button of a page, and return what the first page says then."""
        answer = self.browser.post(self.home + path, data=form)
        assert answer.status_code == 303, words_of(answer)
        return words_of(self.browser.get(answer.headers["Location"]))

    def refused(self, path: str, **form: Any) -> str:  # Any: as above
        answer = self.browser.post(self.home + path, data=form)
        assert answer.status_code == 422, words_of(answer)
        return words_of(answer)
