"""Who comes with a browser while all places are taken is told so in their language; a program in its own way."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from consent_service.api.gate import Gate
from consent_service.pages.busy import BusyPages

SAID = {"kk": "тым көп", "ru": "слишком много", "en": "Too many"}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch, app: Flask) -> Client:
    monkeypatch.setattr("consent_service.api.gate.WAIT_SECONDS", 0)

    def beyond(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:  # Any: as WSGI says
        raise AssertionError

    gate = Gate(beyond, 1, lambda _https: {"X-Secure": "1"}, BusyPages(app).answer)
    assert gate._places.acquire(blocking=False)
    return Client(gate)


@pytest.mark.parametrize("language", SAID)
def test_a_page_says_it_in_the_language_of_the_browser_and_when_to_come_again(full: Client, language: str) -> None:
    answer = full.get("/r/uof", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language})

    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-Secure"]) == (503, "5", "1")
    assert f'<html lang="{language}">' in answer.text
    assert SAID[language] in answer.text


def test_a_program_is_told_the_code_of_the_problem(full: Client) -> None:
    answer = full.post("/api/v1/consents", json={})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (answer.json or {})["code"] == "overloaded"
