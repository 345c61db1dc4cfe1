"""An access request is answered with what the operator's own systems hold; one that fails is seen and told."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from tests.crm import CRM, Crm, connect
from tests.integration.test_mail_tasks import ARCHIVE
from tests.integration.test_subject_requests import act, ask, known
from tests.integration.test_withdrawals import duties, work
from tests.mail import Inbox

pytestmark = pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # rows are read the same way everywhere


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def package(api: Any, request: Any) -> Any:  # Any: JSON
    return api.get(f"/subject-requests/{request['id']}/package").json


def test_the_answer_holds_the_rows_of_every_system(mailed: tuple[Inbox, Flask], crm: Crm) -> None:
    inbox, app = mailed
    uof = known(app)
    connect(
        app, CRM.format(dialect=crm.dialect) + ARCHIVE.split("targets:\n")[1], {"crm": crm.url, "archive": "c@x.kz"}
    )
    request = ask(uof, "access")

    held = package(uof, request)
    database, archive = held["systems"]
    assert (database["target"], database["state"], database["why"]) == ("crm", "collected", None)
    tables = {table["table"]: table for table in database["tables"]}
    assert tables["customers"]["rows"] == [{"id": 1, "ref": "person-1", "email": "Anna@Example.KZ"}]
    assert (tables["items"]["held"], len(tables["items"]["rows"])) == (3, 3)
    assert {row["ordered_on"] for row in tables["orders"]["rows"]} == {"2024-03-05", "2024-07-09"}
    assert (archive["state"], archive["tables"]) == ("by_hand", [])

    assert act(uof, request, "answer")["state"] == "answered"
    assert work(app) == work(app) == 0
    (mail,) = inbox.received
    kk, ru = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert isinstance(kk, bytes)
    assert isinstance(ru, bytes)
    for words, pages in (("Операторжүйесі:crm", kk), ("Системаоператора:crm", ru), ("предоставляютсяотдельно", ru)):
        assert words in words_of(pages)
    assert "Anna@Example.KZ" in words_of(ru)
    assert "Anna-Planted" not in words_of(ru)  # what is withheld
    assert "Bolat" not in json.dumps(held)
    closed = uof.get(f"/subject-requests/{request['id']}").json
    assert (closed["state"], duties(closed)["answer_access"]["state"]) == ("closed", "met")


def test_a_portable_copy_holds_them_as_data(mailed: tuple[Inbox, Flask], crm: Crm) -> None:
    inbox, app = mailed
    uof = known(app)
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})

    act(uof, ask(uof, "portability"), "answer")
    work(app)

    file = next(part for part in inbox.received[0].walk() if part.get_filename() == "data.json")
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert json.loads(content)["systems"][0]["tables"]


def test_a_system_that_fails_is_seen_and_keeps_the_request_open(mailed: tuple[Inbox, Flask], crm: Crm) -> None:
    _, app = mailed
    uof = known(app)
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    crm.run("CREATE TABLE complaints (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id))")
    request = ask(uof, "access")

    (system,) = package(uof, request)["systems"]
    assert (system["state"], system["tables"]) == ("failed", [])
    assert "complaints (c) refers to customers and is not described" in system["why"]
    refused = act(uof, request, "answer", status=409)
    assert "would not be complete, these systems could not be read: crm." in refused["detail"]
    open_ = uof.get(f"/subject-requests/{request['id']}").json
    assert (open_["state"], duties(open_)["answer_access"]["state"]) == ("in_progress", "open")

    crm.run("DROP TABLE complaints")
    assert act(uof, request, "answer")["state"] == "answered"


def test_what_is_handed_out_is_bounded_and_says_how_much_there_is(mailed: tuple[Inbox, Flask], crm: Crm) -> None:
    _, app = mailed
    uof = known(app)
    values = ", ".join(f"({n}, 'person-1', 'm')" for n in range(100, 700))
    crm.run(f"INSERT INTO invoices VALUES {values}")
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})

    (system,) = package(uof, ask(uof, "access"))["systems"]

    invoices = next(table for table in system["tables"] if table["table"] == "invoices")
    assert (invoices["held"], len(invoices["rows"])) == (601, 500)
