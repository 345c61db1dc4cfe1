"""Drafts of documents on their pages: uploaded, begun, edited, held against what is in force, published by a second person."""

import io
import re
import threading
from html import unescape

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from consent_service.operators.access import Role
from consent_service.operators.service import set_rules
from consent_service.policies.documents import read_folder
from consent_service.policies.restatements import parse_clauses, write_clauses
from consent_service.services import services
from tests.accounts import TOKEN, Browser, add
from tests.factories import POLICIES
from tests.integration.conftest import ACTOR, MovableClock
from tests.integration.test_jobs import rows
from tests.office import bound

DOCUMENTS, AGREEMENT = "/dashboard/uof/documents", "/dashboard/uof/documents/personal-data-agreement"
DRAFT, CHANGE = f"{AGREEMENT}/drafts/2027", "/dashboard/uof/changes/personal-data-agreement/2027"
EDITOR, OTHER = "editor@acme.example", "other@acme.example"
AREA = re.compile(r'<textarea id="(\w+)"[^>]*>(.*?)</textarea>', re.DOTALL)
VALUE = re.compile(r'name="(seen|title)"[^>]* value="([^"]+)"')


def person(app: Flask, clock: MovableClock, email: str, role: Role = Role.EDITOR) -> Browser:
    add(app, role, email)
    made = Browser(app, clock, email=email)
    assert made.sign_in().status_code == 302
    return made


@pytest.fixture
def editor(app: Flask, clock: MovableClock) -> Browser:
    """An editor who has begun a draft from the version in force."""
    made = person(app, clock, EDITOR)
    assert begin(made).location.endswith(DRAFT)
    return made


def begin(browser: Browser, name: str = "2027") -> TestResponse:
    form = {"source": "2026-01-01", "name": name, "in_force_on": "2027-02-01"}
    return browser.post(f"{AGREEMENT}/drafts", page=DOCUMENTS, **form)


def written(browser: Browser, lang: str = "kk") -> dict[str, str]:
    """Return what the fields of a draft hold."""
    page = browser.get(f"{DRAFT}?lang={lang}").get_data(as_text=True)
    areas = {name: unescape(text) for name, text in AREA.findall(page)}
    return {**areas, **{name: unescape(text) for name, text in VALUE.findall(page)}}


def save(browser: Browser, held: dict[str, str], **other: str) -> TestResponse:
    form = {"language": "kk", "seen": held["seen"]} | other
    return browser.post(DRAFT, page=DRAFT, **form)


def save_text(browser: Browser, held: dict[str, str], clauses: str) -> TestResponse:
    return save(browser, held, title=held["title"], kind="restatement", clauses=clauses)


def publish(browser: Browser) -> TestResponse:
    return browser.post(CHANGE, page=CHANGE, in_force_on="2027-02-01", sure="on")


def state(app: Flask) -> tuple[object, ...]:
    ((published_by, edited_by),) = rows(
        app, "SELECT published_by, edited_by FROM document_versions WHERE version = '2027'"
    )
    return published_by, edited_by


def test_a_version_is_begun_edited_compared_and_published_in_the_browser_alone(editor: Browser, app: Flask) -> None:
    held = written(editor)
    number = re.findall(r"^\*\*(\S+)\*\* ", held["clauses"], re.MULTILINE)[3]
    marked = held["clauses"].replace(f"**{number}** ", f"**{number}** Жаңа_сөздер ", 1)
    assert save_text(editor, held, marked).status_code == 302

    page = editor.get(f"{DRAFT}?lang=kk").get_data(as_text=True)
    assert "<ins>Жаңа_сөздер</ins>" in page
    assert "Against version 2026-01-01" in page
    assert page.count("<ins>") == 1
    assert "Not a word is different" in editor.get(f"{DRAFT}?lang=ru").get_data(as_text=True)

    renamed = written(editor)
    assert save(editor, renamed, terms=renamed["terms"].replace("kind: consent", "kind: notice")).status_code == 302
    assert "kind: notice" in written(editor)["terms"]

    assert "Whom it concerns" in editor.get(CHANGE).get_data(as_text=True)
    assert publish(editor).status_code == 302
    assert state(app)[0] is not None
    assert editor.get(DRAFT).status_code == 409  # it never changes from now on
    assert begin(editor).status_code == 422  # nor does its name


def test_a_clause_that_goes_missing_is_found_by_the_rules_that_name_it(editor: Browser) -> None:
    held = written(editor)
    paragraphs = held["clauses"].split("\n\n")
    assert save_text(editor, held, "\n\n".join(paragraphs[: len(paragraphs) // 2])).status_code == 302

    page = editor.get(f"{DRAFT}?lang=kk").get_data(as_text=True)
    assert "there is no such clause" in page
    assert "<del>" in page


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("clauses", "words without a number", "kk:1: Put a token before the words"),
        ("clauses", "**2.1** one\n\n**2.1** two", "kk:3: The token 2.1 stands here twice"),
        ("terms", "kind: [", "rules:"),
        ("terms", "operator: uof", "title: This key is missing"),
    ],
)
def test_what_is_wrong_is_said_by_line_kept_on_the_page_and_changes_nothing(
    editor: Browser, field: str, wrong: str, said: str
) -> None:
    held = written(editor)
    answer = save_text(editor, held, wrong) if field == "clauses" else save(editor, held, terms=wrong)

    page = unescape(answer.get_data(as_text=True))
    assert (answer.status_code, said in page, wrong in page) == (422, True, True)
    assert written(editor) == held


def test_rules_of_another_document_or_version_are_not_taken(editor: Browser) -> None:
    held = written(editor)
    for mine, other in (("version: '2027'", "version: '2028'"), ("operator: uof", "operator: dar")):
        assert mine in held["terms"]
        answer = save(editor, held, terms=held["terms"].replace(mine, other, 1))
        assert (answer.status_code, "The terms are of another" in answer.get_data(as_text=True)) == (422, True)
    assert written(editor) == held


def test_of_two_who_edit_at_once_the_second_undoes_nothing(editor: Browser, app: Flask, clock: MovableClock) -> None:
    other = person(app, clock, OTHER)
    mine, theirs = written(editor), written(other)
    assert save_text(other, theirs, theirs["clauses"] + "\n\n**99.1** Theirs").status_code == 302

    answer = save_text(editor, mine, mine["clauses"] + "\n\n**99.1** Mine")
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Somebody else has edited this draft meanwhile" in page) == (422, True)
    assert "Theirs" in written(editor)["clauses"]


def test_a_file_is_uploaded_as_a_draft_by_the_road_of_the_command(app: Flask, clock: MovableClock) -> None:
    editor = person(app, clock, EDITOR)
    lines: list[str] = []
    for version in read_folder(POLICIES / "uof").versions:
        lines.append(str(version.terms_data["source"]["heading"]))
        lines += [
            f"{one.number}. {one.text}" if one.number[0].isdigit() else one.text for one in version.texts["kk"].clauses
        ]

    def upload(content: bytes, **form: str) -> TestResponse:
        token = TOKEN.search(editor.get(DOCUMENTS).get_data(as_text=True))
        assert token
        data = {"csrf_token": token[1], "language": "kk", "file": (io.BytesIO(content), "text.txt")} | form
        return editor.client.post(DOCUMENTS, data=data, environ_base={"REMOTE_ADDR": editor.network})

    refused = upload(b"")
    assert (refused.status_code, "Choose a file" in refused.get_data(as_text=True)) == (422, True)
    assert upload(b"\xff\xfe\x00").status_code == 422
    taken = upload("\n".join(lines).encode(), version="mine", in_force_on="2027-01-15")
    assert taken.status_code == 302, taken.get_data(as_text=True)
    stored = rows(app, "SELECT version, edited_by FROM document_versions WHERE published_at IS NULL")
    assert stored
    assert all(str(who).startswith("staff:") for _, who in stored)


def test_where_two_are_needed_nobody_publishes_what_they_edited_last(
    editor: Browser, app: Flask, clock: MovableClock
) -> None:
    owner, other = person(app, clock, "owner@acme.example", Role.OWNER), person(app, clock, OTHER)
    assert editor.post(f"{DOCUMENTS}/rule", page=DOCUMENTS, by_two="on").status_code == 403
    assert owner.post(f"{DOCUMENTS}/rule", page=DOCUMENTS, by_two="on").status_code == 302
    assert "Somebody else than the one who edited" in editor.get(DOCUMENTS).get_data(as_text=True)
    mine = state(app)[1]

    refused = publish(editor)
    assert (refused.status_code, "somebody else has to publish it" in refused.get_data(as_text=True)) == (422, True)
    held = written(other)
    assert save_text(other, held, held["clauses"]).status_code == 302  # the same words: nothing was edited
    assert state(app) == (None, mine)
    assert publish(editor).status_code == 422

    assert publish(other).status_code == 302
    published_by, edited_by = state(app)
    assert (published_by is not None, published_by != edited_by, edited_by == mine) == (True, True, True)
    (facts,) = [
        str(body)
        for (body,) in rows(app, "SELECT body FROM ledger_events WHERE kind = 'version_published'")
        if '"2027"' in str(body)
    ]
    assert str(mine) in facts


def test_of_two_who_publish_at_once_one_does_and_the_editor_never(
    editor: Browser, app: Flask, clock: MovableClock
) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        set_rules(bound(unbound), {"publish_by_two": True})
    people = [editor, *(person(app, clock, f"{one}@acme.example") for one in ("a", "b"))]
    answers: dict[str, int] = {}
    threads = [
        threading.Thread(target=lambda one=one: answers.update({one.email: publish(one).status_code})) for one in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.pop(EDITOR) == 422
    assert sorted(answers.values()) == [302, 422]
    events = rows(app, "SELECT body FROM ledger_events WHERE kind = 'version_published'")
    assert sum('"2027"' in str(body) for (body,) in events) == 1


def test_an_auditor_reads_a_draft_and_is_offered_nothing_to_change(
    editor: Browser, app: Flask, clock: MovableClock
) -> None:
    page = person(app, clock, "auditor@acme.example", Role.AUDITOR).get(DRAFT).get_data(as_text=True)

    assert "<textarea" not in page
    assert "Save the text" not in page


def test_every_text_that_is_shipped_is_written_for_editing_and_read_back_the_same() -> None:
    texts = [
        text
        for folder in sorted(POLICIES.iterdir())
        if (folder / "operator.yaml").is_file()
        for version in read_folder(folder).versions
        for text in version.texts.values()
    ]
    assert len(texts) > 20
    for text in texts:
        body = write_clauses(text)
        assert body is not None
        assert parse_clauses(body, text.language) == text.clauses
