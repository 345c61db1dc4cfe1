"""Files beside a request: kept sealed, read on record, destroyed; hostile ones refused in words, large ones unread."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.database import db
from tests import sent_files
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_dashboard import form_token
from tests.integration.test_forms_hostile import reach
from tests.integration.test_forms_once import rows
from tests.integration.test_register_pages import client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_request_pages import revealed
from tests.visitors import CONTACT, Visitor, words_of


@pytest.fixture
def complaint(app: Flask) -> Visitor:
    visitor = Visitor(app)
    reach(visitor, "files")
    return visitor


def test_files_are_kept_sealed_and_read_on_record(complaint: Visitor, app: Flask, clock: MovableClock) -> None:
    content = sent_files.pdf()
    assert complaint.add("Канарейкина deed.pdf", content).status_code == 303
    assert complaint.add("photo.png", sent_files.picture("PNG")).status_code == 303
    assert "Канарейкина deed.pdf" in complaint.page("files").text
    found = re.findall(r'name="file_id" value="([0-9a-f-]+)"', complaint.page("files").text)
    complaint.post(f"{complaint.place}/files", act="remove", file_id=found[1])
    complaint.answer("files", act="onward")
    complaint.answer("contact", **CONTACT)
    clock.move(seconds=10)
    complaint.send()
    number, _ = complaint.receipt()

    uof = client_of(app, "uof")
    (file,) = uof.get(f"/subject-requests/{number}/files").json["items"]
    assert (file["media_type"], file["size"], "name" in file) == ("application/pdf", len(content), False)
    got = uof.post(f"/subject-requests/{number}/files/{file['id']}/read")
    assert got.data == content
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%9A%D0%B0")
    assert rows(app, "form_draft_files") == 0
    with app.app_context(), db.engine.connect() as connection:
        kinds = list(connection.exec_driver_sql("SELECT kind FROM ledger_events").scalars())
    assert kinds.count("request_files_kept") == kinds.count("subject_revealed") == 1
    uof.post(f"/subject-requests/{number}/verify", {"method": "by_hand"})
    (handed_out,) = uof.get(f"/subject-requests/{number}/package").json["files"]
    assert (handed_out["name"], handed_out["size"]) == ("Канарейкина deed.pdf", len(content))
    assert uof.post(f"/subject-requests/{number}/files/{file['id']}/destroy").status_code == 200
    assert uof.get(f"/subject-requests/{number}/files").json["items"] == []
    assert uof.post(f"/subject-requests/{number}/files/{file['id']}/read").status_code == 404


def test_hostile_files_are_refused_in_words(complaint: Visitor) -> None:
    hostile = [
        ("a.svg", b"<svg onload='x'/>", "Only PDF, PNG, JPEG and DOCX"),
        ("a.pdf", b"", "This file is empty."),
        ("a.png", sent_files.pdf(), "does not fit what is inside"),
        ("a.png", sent_files.picture("PNG") + sent_files.archive({"a": b"b"}), "Another file is hidden"),
        ("a.pdf", sent_files.pdf_with({"/OpenAction": sent_files.script()}), "scripts, macros"),
        ("a.docx", sent_files.document_with({"word/vbaProject.bin": b"x"}), "scripts, macros"),
        ("a.docx", sent_files.document_with({"word/a.xml": bytes(60 * 1024 * 1024)}), "far too large"),
    ]
    for name, content, words in hostile:
        refused = complaint.add(name, content)

        assert (refused.status_code, words in words_of(refused)) == (422, True), words
        assert 'href="#file"' in refused.text
    assert rows(complaint.app, "form_draft_files") == 0


def test_a_hundred_megabytes_are_refused_unread_and_the_form_goes_on(complaint: Visitor) -> None:
    class Unread(io.RawIOBase):
        """A body that must not be read."""

        def readinto(self, _buffer: object) -> int:
            raise AssertionError

    refused = complaint.browser.post(
        f"{complaint.place}/files",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(100 * 1024 * 1024)},
    )

    assert (refused.status_code, "larger than 5 MB" in words_of(refused)) == (422, True)
    assert complaint.page("files").status_code == 200
    big = complaint.browser.post("/r/uof", data={"kind": "x" * (2 * 1024 * 1024)})
    assert big.status_code == 413
    assert "This is too large" in big.text


def test_no_more_than_three_files_are_taken_and_one_that_was_chosen_comes_along(complaint: Visitor) -> None:
    for n in range(3):
        assert complaint.add(f"{n}.png", sent_files.picture("PNG")).status_code == 303
    fourth = complaint.add("4.png", sent_files.picture("PNG"))
    assert (fourth.status_code, rows(complaint.app, "form_draft_files")) == (422, 3)
    found = re.findall(r'name="file_id" value="([0-9a-f-]+)"', complaint.page("files").text)
    for one in (*found, "nothing", found[0]):
        assert complaint.post(f"{complaint.place}/files", act="remove", file_id=one).status_code == 303
    assert rows(complaint.app, "form_draft_files") == 0

    onward = complaint.post(
        f"{complaint.place}/files", act="onward", file=(io.BytesIO(sent_files.picture("JPEG")), "last.jpg")
    )
    assert onward.headers["Location"].endswith("/contact")
    assert rows(complaint.app, "form_draft_files") == 1


def test_what_came_through_a_form_is_shown_saved_on_record_and_destroyed_on_its_page(
    client: FlaskClient,  # noqa: F811
    app: Flask,
    clock: MovableClock,
) -> None:
    visitor = Visitor(app).begin("complaint")
    visitor.answer("document", document="none")
    visitor.answer("words", text="It hurts.")
    visitor.answer("who", who="other")
    visitor.answer("representative", name="Сапар Сапаров", role="attorney", basis="power of attorney")
    content = sent_files.pdf()
    visitor.add("Канарейкина.pdf", content)
    visitor.answer("files", act="onward")
    visitor.answer("contact", **CONTACT)
    clock.move(seconds=10)
    visitor.send()
    place = f"requests/{visitor.receipt()[0]}"

    page = read(client, place)
    assert ("File 1" in page, "a representative" in page) == (True, True)
    assert not any(word in page for word in ("Канарейкина", "Сапаров", "aizhan", "It hurts."))
    _, words = send(client, f"{place}/words", page=place, because="identity")
    assert all(word in words for word in ("It hurts.", "aizhan@example.kz", "Сапар Сапаров", "power of attorney"))
    file = re.search(r'name="file_id" value="([0-9a-f-]+)"', page)
    assert file
    token = form_token(client, f"/dashboard/uof/{place}")
    saved = client.post(f"/dashboard/uof/{place}/files/{file[1]}", data={"csrf_token": token, "because": "answer"})
    assert (saved.data, saved.mimetype) == (content, "application/pdf")
    assert any('"file"' in body for body in revealed(app))
    send(client, place, act="destroy_file", file_id=file[1])
    assert "File 1" not in read(client, place)
    assert send(client, place, act="destroy_file", file_id="nothing")[0] == 422
