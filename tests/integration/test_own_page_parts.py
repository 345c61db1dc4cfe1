"""A part of a consent on the page of one's own: stopped by itself, and given again (Law 94-V art. 24(1)(5))."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed
from tests.own_page import OwnPage

DOCUMENT = "/personal-data-agreement"
THIRD = f"{DOCUMENT}/withdraw?part=third_parties"


@pytest.fixture
def uof(api: Callable[[str], Api]) -> Api:
    client = api("uof")
    assert client.post("/consents", consent()).status_code == 201
    return client


def parts_of(uof: Api) -> list[str]:
    """Return what the site is told not to do, though the purpose is allowed."""
    (asked,) = uof.get("/permissions", subject="person-1", purpose=ADVERTISING).json["items"]
    found: list[str] = asked["withdrawn_parts"]
    return found


def test_a_part_is_stopped_by_two_clicks_while_the_consent_stands_and_is_given_again_by_two(
    uof: Api, app: Flask, clock: MovableClock
) -> None:
    page = OwnPage.of(app, uof)
    assert THIRD in page.links("Withdraw : transfer to third parties")

    before = page.words(THIRD)
    assert "Only this part: transfer to third parties" in before
    assert "Takes effect 03.12.2026" in before
    assert "Data destroyed by" not in before
    after = page.press(THIRD)
    assert "Your withdrawal is received." in after
    assert "Only this part: transfer to third parties" in after
    clock.move(days=11)
    assert allowed(uof, ADVERTISING) == (True, "active")
    assert parts_of(uof) == ["third_parties"]

    page = OwnPage.of(app, uof)
    (again,) = page.links("Consent : transfer to third parties")
    assert "Which data" in page.words(again)
    assert "Your consent is recorded." in page.press(again, version="2026-01-01")
    assert (allowed(uof, ADVERTISING), parts_of(uof)) == ((True, "active"), [])


def test_a_part_that_was_stopped_is_not_stopped_twice_and_the_rest_still_can_be(uof: Api, app: Flask) -> None:
    page = OwnPage.of(app, uof)
    page.press(THIRD)

    assert "Nothing was changed" in page.press(THIRD)
    assert "Your withdrawal is received." in page.press(f"{DOCUMENT}/withdraw?part=cross_border")
    assert page.get(f"{DOCUMENT}/withdraw?part=all").status_code == 200
    assert "Your withdrawal is received." in page.press(f"{DOCUMENT}/withdraw")
    assert page.links("Withdraw : transfer") == []
