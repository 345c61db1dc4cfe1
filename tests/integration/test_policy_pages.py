"""Texts of documents for everybody: each clause under its number, by version for ever, compared, honest without one."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.documents import read_tree
from tests.changes import NEXT, draft, new_recipient, publish
from tests.factories import POLICIES, SIXTH
from tests.integration.conftest import MovableClock

LANGUAGES = ("kk", "ru", "en")
MOST_BYTES = 60_000
EVERY = [
    f"/p/{folder.slug}/{version.document}/{version.version}"
    for place in (POLICIES, SIXTH)
    for folder in read_tree(place)
    for version in folder.versions
]


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def data_of(browser: FlaskClient, path: str) -> Any:  # Any: JSON
    return json.loads(browser.get(path).text)


def weight(browser: FlaskClient, name: str) -> int:
    with browser.get(name) as file:
        return len(file.data)


def reworded(text: PolicyText) -> PolicyText:
    """Change a clause, drop one, add one, and give one another number."""
    first, second, _third, *rest = text.clauses
    last = rest.pop()
    changed = replace(second, text=f"{second.text} <b>Плюс.</b>")
    return replace(text, clauses=(first, changed, *rest, replace(last, number="99"), Clause("100", "Brand new.")))


def test_every_text_is_shown_whole_with_an_anchor_for_each_clause(browser: FlaskClient) -> None:
    for place, language in product(EVERY, LANGUAGES):
        page = browser.get(f"{place}?lang={language}", headers={"Accept-Encoding": "identity"})
        data = data_of(browser, f"{place}.json?lang={language}")
        plain = browser.get(f"{place}.txt?lang={language}").data
        shown = words_of(page.text)

        assert data["clauses"]
        assert [one["number"] for one in data["clauses"] if " ".join(one["text"].split()) not in shown] == []
        ids = re.findall(r'\bid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
        assert [one["number"] for one in data["clauses"] if one["number"] not in ids] == []
        links = set(re.findall(r'href="#([^"]+)"', page.text))
        assert [one["number"] for one in data["clauses"] if quote(one["number"]) not in links] == []
        assert hashlib.sha256(plain).hexdigest() == data["sha256"] == data["languages"][language]["sha256"]
        assert data["sha256"] in page.text
        assert data["title"] in words_of(page.text)


def test_a_page_with_its_files_weighs_less_than_sixty_kilobytes(browser: FlaskClient) -> None:
    for place in EVERY:
        page = browser.get(f"{place}?lang=kk", headers={"Accept-Encoding": "identity"})
        files = set(re.findall(r'"(/static/[^"]+)"', page.text))

        assert len(files) == 2
        assert len(page.data) + sum(weight(browser, name) for name in files) < MOST_BYTES, place
        assert "<script" not in page.text


def test_a_version_is_kept_for_ever_and_asked_for_again_costs_nothing(browser: FlaskClient) -> None:
    place = "/p/uof/personal-data-agreement/2026-01-01?lang=kk"
    first = browser.get(place)

    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = browser.get(place, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in first.headers


def test_what_is_kept_for_ever_says_the_same_to_everybody_and_later_too(
    app: Flask, browser: FlaskClient, clock: MovableClock
) -> None:
    place = "/p/uof/personal-data-agreement/2026-01-01"
    before = {ending: browser.get(f"{place}{ending}?lang=ru").data for ending in ("", ".txt", ".json")}
    publish(app, "uof", "personal-data-agreement", date(2026, 12, 1), reword=reworded)
    clock.move(days=30)
    other = app.test_client()
    other.set_cookie("kelisim-language", "en")

    assert {ending: other.get(f"{place}{ending}?lang=ru").data for ending in before} == before
    without = other.get(place)
    assert (without.status_code, without.headers["Location"]) == (302, f"{place}?lang=en")
    assert without.headers["Cache-Control"] == "no-store"


def test_pages_are_packed_for_whoever_takes_that(browser: FlaskClient) -> None:
    place = "/p/worksection/partner-agreement/2023-06-07?lang=kk"
    plain = browser.get(place, headers={"Accept-Encoding": "identity"})
    packed = browser.get(place, headers={"Accept-Encoding": "br, gzip"})

    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert len(packed.data) * 3 < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_the_kind_of_a_text_is_said_plainly(browser: FlaskClient) -> None:
    said = {
        "kk": "Ол оператордың өз мәтіні емес",
        "ru": "Это не текст самого оператора",
        "en": "It is not the operator's own text",
    }
    for language, words in said.items():
        page = browser.get(f"/p/dar/privacy-policy/2026-01-01?lang={language}")
        assert words in words_of(page.text)
        assert f'<html lang="{language}">' in page.text


def test_a_text_in_another_language_than_the_page_is_marked_and_said(app: Flask, browser: FlaskClient) -> None:
    publish(app, "uof", "personal-data-agreement", date(2026, 12, 1), without="en")

    page = browser.get(f"/p/uof/personal-data-agreement/{NEXT}?lang=en").text

    assert "This version has no text in the language of this page." in page
    assert '<article lang="kk">' in page
    assert '<h1 lang="kk">' in page
    assert '<html lang="en">' in page
    assert data_of(browser, f"/p/uof/personal-data-agreement/{NEXT}.json?lang=en")["language"] == "kk"


def test_the_page_of_a_document_shows_what_is_in_force_and_every_version_with_its_days(
    app: Flask, browser: FlaskClient, clock: MovableClock
) -> None:
    publish(app, "uof", "personal-data-agreement", date(2026, 12, 1), reword=reworded)
    place = "/p/uof/personal-data-agreement?lang=en"
    before = browser.get(place)
    clock.set(clock.now.replace(day=30, hour=19))  # the first of December in Almaty
    after = browser.get(place, headers={"If-None-Match": before.headers["ETag"]})

    assert before.headers["Cache-Control"] == "no-cache"
    assert after.status_code == 200
    assert f"{NEXT} not in force yet in force from 01.12.2026, published here on 23.11.2026" in words_of(before.text)
    assert "2026-01-01 in force" in words_of(before.text)
    assert "2026-01-01 replaced by a later version" in words_of(after.text)
    assert ("Brand new." in before.text, "Brand new." in after.text) == (False, True)


def test_an_announced_document_has_an_honest_page(browser: FlaskClient) -> None:
    for slug in ("cookie-policy", "dpa"):
        page = browser.get(f"/p/worksection/{slug}?lang=en")
        assert (page.status_code, "There is no text of this document here." in page.text) == (200, True)
        assert "<article" not in page.text
    assert "announced, no text" in words_of(browser.get("/p/worksection?lang=en").text)
    assert "mailto:privacy@acme.example" in browser.get("/p/acme/cookie-policy?lang=en").text


def test_a_draft_is_nothing_to_the_public(app: Flask, browser: FlaskClient) -> None:
    draft(app, "uof", "personal-data-agreement", date(2026, 12, 1))

    for ending in ("", ".txt", ".json", "/since/2026-01-01"):
        assert browser.get(f"/p/uof/personal-data-agreement/{NEXT}{ending}?lang=en").status_code == 404
    assert NEXT not in browser.get("/p/uof/personal-data-agreement?lang=en").text


def test_what_changed_is_said_in_words_and_shown_side_by_side(app: Flask, browser: FlaskClient) -> None:
    publish(app, "uof", "personal-data-agreement", date(2026, 12, 1), alter=new_recipient, reword=reworded)
    old = data_of(browser, "/p/uof/personal-data-agreement/2026-01-01.json?lang=en")["clauses"]

    chosen = browser.get(f"/p/uof/personal-data-agreement/changes?old={NEXT}&new=2026-01-01&lang=en")
    page = browser.get(chosen.headers["Location"])
    shown = words_of(page.text)

    assert chosen.headers["Location"] == f"/p/uof/personal-data-agreement/{NEXT}/since/2026-01-01?lang=en"
    assert "immutable" in page.headers["Cache-Control"]
    for words in ("New recipient:", "1 new clause", "1 changed clause", "1 removed clause", "1 clause with the same"):
        assert words in shown, words
    assert "<ins>&lt;b&gt;Плюс.&lt;/b&gt;</ins>" in page.text
    assert f"Clause {old[2]['number']} removed" in shown
    assert f"Clause 99 moved was {old[-1]['number']}" in shown
    assert "Clause 100 new" in shown


def test_versions_are_compared_the_earlier_with_the_later_alone(app: Flask, browser: FlaskClient) -> None:
    publish(app, "uof", "personal-data-agreement", date(2026, 12, 1))
    place = "/p/uof/personal-data-agreement"

    same = browser.get(f"{place}/{NEXT}/since/2026-01-01?lang=en")
    assert "The words are the same." in same.text
    for wrong in (f"2026-01-01/since/{NEXT}", "2026-01-01/since/2026-01-01", f"{NEXT}/since/nothing"):
        assert browser.get(f"{place}/{wrong}?lang=en").status_code == 404
    assert browser.get(f"{place}/changes?old=x&new=%27%22").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/p/nobody", "/p/uof/nothing", "/p/uof/personal-data-agreement/1999", "/p/%00", "/p/uof/%3Cscript%3E",
        "/p/uof/personal-data-agreement/..%2f..%2fetc", "/p/uof/personal-data-agreement/2026-01-01.exe",
        "/p/UOF", "/p/uof/" + "a" * 300,
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_say_so(browser: FlaskClient, path: str) -> None:
    answer = browser.get(f"{path}?lang=en", headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("lang", ["xx", "", "kk%00", "../en", "EN", "kk&lang=ru"])
def test_a_language_that_is_none_gives_the_reader_s_own(browser: FlaskClient, lang: str) -> None:
    answer = browser.get(f"/p/uof/personal-data-agreement/2026-01-01?lang={lang}", headers={"Accept-Language": "ru"})

    assert answer.status_code == 302 or answer.text.split('<html lang="')[1][:2] in {"ru", "kk"}
