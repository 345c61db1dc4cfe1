"""Forms that are posted twice, in two windows, after Back, too late, by another browser: nothing lost, nothing doubled."""

import threading
from http import HTTPStatus

from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from tests.integration.conftest import MovableClock, client_of
from tests.visitors import CONTACT, Visitor, words_of


def requests_of(app: Flask) -> int:
    return len(client_of(app, "uof").get("/subject-requests", limit=100).json["items"])


def rows(app: Flask, table: str) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)


def test_a_form_posted_twice_is_one_request_with_one_receipt(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("complaint")
    visitor.fill_in()
    clock.move(seconds=10)
    seen = visitor.seen()
    answers = [visitor.post(f"{visitor.place}/review", seen=seen) for _ in range(3)]
    receipt = visitor.receipt()

    assert {answer.headers["Location"].rpartition("/")[2] for answer in answers} == {"done"}
    assert requests_of(app) == 1
    assert visitor.receipt() == receipt


def test_a_form_posted_by_many_threads_at_once_is_one_request(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("withdrawal")
    visitor.fill_in()
    seen, answers = visitor.seen(), list[TestResponse]()
    secret = visitor.browser.get_cookie("kelisim-form-of")
    assert secret
    begin = threading.Barrier(6)

    def send() -> None:
        browser = app.test_client()
        browser.set_cookie("kelisim-form-of", secret.value)
        begin.wait()
        answers.append(browser.post(f"{visitor.place}/review", data={"seen": seen}))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {HTTPStatus.SEE_OTHER}
    assert requests_of(app) == 1


def test_back_after_sending_leads_to_the_receipt(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.fill_in()
    clock.move(seconds=10)
    visitor.send()

    for step in ("words", "files", "contact", "code", "review"):
        back = visitor.page(step)
        assert (back.status_code, back.headers["Location"]) == (302, f"{visitor.place}/done")
    again = visitor.post(f"{visitor.place}/contact", **CONTACT)
    assert again.headers["Location"] == f"{visitor.place}/done"
    assert requests_of(app) == 1


def test_two_windows_are_two_forms_and_one_form_in_two_windows_is_looked_at_again(
    app: Flask, clock: MovableClock
) -> None:
    first = Visitor(app).begin("complaint")
    second = Visitor(app)
    second.browser = first.browser
    second.begin("withdrawal")
    first.fill_in(words={"text": "First."})
    second.fill_in()
    clock.move(seconds=10)
    seen = first.seen()
    first.answer("words", text="Changed in another window.")

    refused = first.post(f"{first.place}/review", seen=seen)

    assert refused.status_code == 422
    assert "This was changed in another window." in words_of(refused)
    assert "Changed in another window." in words_of(refused)
    assert requests_of(app) == 0
    first.send()
    second.send()
    kinds = [one["type"] for one in client_of(app, "uof").get("/subject-requests").json["items"]]
    assert sorted(kinds) == ["complaint", "withdrawal"]


def test_a_form_is_of_its_browser_alone(app: Flask) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.answer("document", document="none")
    stranger = Visitor(app)
    stranger.place = visitor.place
    stranger.browser.set_cookie("kelisim-form-of", "x" * 43)

    for step in ("onward", "words", "files", "code", "review", "done"):
        page = stranger.page(step)
        assert (page.status_code, "This form is over" in page.text) == (404, True)
    typed = stranger.post(f"{stranger.place}/words", text="A long story.")
    assert (typed.status_code, "A long story." in typed.text) == (404, True)
    assert visitor.page("words").status_code == 200


def test_what_was_typed_too_late_is_given_back(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.answer("document", document="none")
    clock.move(hours=2)

    late = visitor.post(f"{visitor.place}/words", text="A long story.")

    assert late.status_code == 404
    assert "A long story." in late.text


def test_forms_that_are_over_leave_no_row(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.answer("document", document="none")
    clock.move(hours=1)
    visitor.answer("words", text="It goes on.")
    clock.move(hours=1, minutes=30)
    with app.app_context():
        run_now(services(), find_job("housekeeping"))
    assert (rows(app, "form_drafts"), visitor.page("who").status_code) == (1, 200)
    clock.move(hours=1)
    with app.app_context():
        run_now(services(), find_job("housekeeping"))

    assert (rows(app, "form_drafts"), rows(app, "rate_uses")) == (0, 0)


def test_a_message_posted_twice_is_kept_once_and_the_same_words_later_again(app: Flask, clock: MovableClock) -> None:
    visitor = Visitor(app).begin("claim")
    visitor.fill_in()
    clock.move(seconds=10)
    visitor.send()
    _, link = visitor.receipt()

    for _ in range(2):
        assert visitor.post(link, act="message", text="Any news?", seen="0").status_code == 303
    assert words_of(visitor.get(link)).count("Any news?") == 1
    visitor.post(link, act="message", text="Any news?", seen="1")

    assert words_of(visitor.get(link)).count("Any news?") == 2
