"""The page of connected systems: what is done there, whether it still fits, what an erasure would do, what came of it."""

import html
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.crm import CRM, PEOPLE, PLANTED, TABLES, Crm, connect
from tests.integration.conftest import MovableClock
from tests.integration.test_connectors_on_the_road import ordered
from tests.integration.test_dashboard import form_token, sign_in
from tests.mail import Inbox
from tests.office import AUDITOR, DPO, PASSWORD, Office
from tests.roads import erase

PAGE = "/dashboard/uof/connectors"


@pytest.fixture
def office(app: Flask, clock: MovableClock) -> Flask:
    Office(app, clock, Inbox()).staff(DPO, AUDITOR)
    return app


@pytest.fixture
def crm(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Crm]:
    """A database of the operator, on the same kind of server as ours."""
    with ExitStack() as stack:
        kind, url = "sqlite", f"sqlite:///{tmp_path / 'crm.db'}"
        if not database_url.startswith("sqlite"):
            kind, url = "postgresql", stack.enter_context(request.getfixturevalue("postgresql").empty())
        made = Crm(kind, url)
        made.run(*TABLES, *PEOPLE)
        yield made


def signed_in(app: Flask, email: str = DPO) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, PASSWORD, email) == 302
    client.get("/language/en")
    return client


def read(client: FlaskClient) -> str:
    return html.unescape(client.get(PAGE).get_data(as_text=True))


def send(client: FlaskClient, **form: str) -> tuple[int, str]:
    answer = client.post(PAGE, data={"csrf_token": form_token(client, PAGE)} | form)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def test_without_a_connector_the_page_says_so_and_asks_nothing(office: Flask) -> None:
    assert "No system is connected yet." in read(signed_in(office))


def test_the_page_says_what_to_write_once_the_schema_has_moved_on(office: Flask, crm: Crm) -> None:
    connect(office, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    dpo = signed_in(office)
    assert "customers: rows are deleted" in read(dpo).replace("</span>", "").replace('<span class="mono">', "")

    _, fits = send(dpo, act="check")
    crm.run("CREATE TABLE complaints (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id), said VARCHAR(90))")
    _, moved = send(dpo, act="check")

    assert "fits what is there now" in fits
    assert "does not fit: nothing is erased there" in moved
    assert "complaints" in moved
    assert "through: customers" in moved
    assert crm.url not in fits + moved


def test_an_erasure_is_tried_with_counts_and_changes_nothing(office: Flask, crm: Crm) -> None:
    connect(office, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    ordered(office)
    before = crm.rows()

    status, page = send(signed_in(office), act="try", subject="person-1")

    assert status == 200
    plain = page.replace("</span>", "")
    assert "orders: delete: 2" in plain
    assert "invoices, stays: 1 (Tax Code 26)" in plain
    assert crm.rows() == before
    assert [value for value in (*PLANTED, "anna@") if value in page] == []


def test_the_page_tells_what_came_of_the_latest_orders(office: Flask, crm: Crm, clock: MovableClock) -> None:
    connect(office, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    ordered(office)
    dpo = signed_in(office)
    assert "none yet" in read(dpo)
    assert erase(office) == 0
    assert "confirmed last on" in read(dpo)


@pytest.mark.parametrize("ref", ["", "anna@example.kz"])
def test_what_is_no_reference_is_refused_and_nothing_is_asked(office: Flask, crm: Crm, ref: str) -> None:
    connect(office, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    status, page = send(signed_in(office), act="try", subject=ref)
    assert (status, "What would happen" in page) == (422, False)


def test_an_auditor_reads_and_tries_nothing(office: Flask, crm: Crm) -> None:
    connect(office, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    auditor = signed_in(office, AUDITOR)
    page = read(auditor)
    assert ("crm" in page, "Check now" in page) == (True, False)
    assert (
        auditor.post(PAGE, data={"csrf_token": form_token(auditor, "/dashboard/uof/"), "act": "check"}).status_code
        == 403
    )
