"""An erasure order that goes through an operator's database, a receiver and a person, to the act of destruction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from consent_service.connectors.sql.target import SqlTarget
from consent_service.erasure.targets import Whom
from consent_service.services import services
from tests.crm import CRM, ERASED, PLANTED, Crm, connect
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_acts_of_destruction import pdf, words_of
from tests.integration.test_connectors_webhook import NEW, Receiver, erased
from tests.integration.test_erasure_targets import order_of, people, targets_of
from tests.integration.test_mail_tasks import ARCHIVE, CLERK, link_in
from tests.integration.test_withdrawals import withdraw
from tests.mail import Inbox
from tests.receivers import serving
from tests.roads import erase

SHOP = """
  - name: shop
    kind: webhook
    url: http://127.0.0.1:{port}/erasures
    categories:
      - {{code: profile, name: {{kk: Бейін, ru: Профиль, en: Profile}}}}
      - {{code: orders, name: {{kk: Тапсырыстар, ru: Заказы, en: Orders}}}}
"""
FORMER = {"ref": "person-1", "identifiers": {"email": "old@example.kz", "phone": "+77010000001"}}
PERSON = {"ref": "person-1", "identifiers": {"email": "anna@example.kz"}}


def ordered(app: Flask) -> tuple[Any, str]:  # Any: a client of the API
    """Let a person of two e-mail addresses withdraw long ago, so that the erasure is due."""
    uof = client_of(app, "uof")
    for subject in (FORMER, PERSON):
        assert uof.post("/consents", consent(given_at="2026-10-30T05:00:00Z", subject=subject)).status_code == 201
    made = withdraw(uof, received_at="2026-11-10T05:00:00Z", sent_at="2026-11-10T04:00:00Z")
    return uof, uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]


def test_an_order_is_done_when_database_receiver_and_person_have_confirmed(
    mailed: tuple[Inbox, Flask], crm: Crm, clock: MovableClock
) -> None:
    inbox, app = mailed
    receiver = Receiver()
    receiver.say = erased(profile=1, orders=0)
    with serving(receiver) as port, app.app_context():
        settings = services().settings
        url, folder = settings.database_url, settings.data_dir
        with app_on(url, folder, clock, SMTP_URL=settings.smtp_url, INSECURE_ALLOW_PRIVATE_ADDRESSES="1") as house:
            road(house, crm, inbox, clock, port)


def road(app: Flask, crm: Crm, inbox: Inbox, clock: MovableClock, port: int) -> None:
    crm.run("INSERT INTO newsletter VALUES (7, 'OLD@example.kz', NULL)")
    yaml = CRM.format(dialect=crm.dialect) + SHOP.format(port=port) + ARCHIVE.split("targets:\n")[1]
    connect(app, yaml, {"crm": crm.url, "shop": NEW, "archive": CLERK})
    uof, order = ordered(app)

    assert erase(app) == 0

    states = {name: one["state"] for name, one in targets_of(uof, order).items()}
    assert states == {"crm": "confirmed", "shop": "confirmed", "archive": "later"}
    assert people(app) == 1  # identifiers are kept until all have confirmed
    assert crm.holds(*PLANTED, "OLD@") == []
    mail = next(one for one in inbox.received if one["X-To"] == CLERK)
    form = {"step": "confirm", "count-folders": "1", "count-letters": "0"}
    assert app.test_client().post(link_in(mail), data=form).status_code == 200
    clock.move(hours=2)
    assert erase(app) == 0

    done = order_of(uof, order)
    assert (done["order"]["state"], people(app)) == ("done", 0)
    assert done["result"]["targets"]["crm"] == {**ERASED, "newsletter: delete": 3}
    assert done["result"]["targets"]["shop"] == {"profile": 1, "orders": 0}
    assert done["result"]["targets"]["archive"] == {"folders": 1, "letters": 0}
    assert [one["method"] for one in targets_of(uof, order).values()] == ["sql", "webhook", "mail_task"]
    written = json.dumps(done)
    assert [value for value in ("anna@", "old@", "person-1") if value in written] == []


def test_a_table_that_came_later_keeps_the_order_open_until_it_is_described(
    app: Flask, crm: Crm, clock: MovableClock
) -> None:
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    uof, order = ordered(app)
    crm.run(
        "CREATE TABLE complaints (id INTEGER PRIMARY KEY, c INTEGER REFERENCES customers (id), said VARCHAR(90))",
        "INSERT INTO complaints VALUES (1, 1, 'planted words'), (2, 2, 'b')",
    )
    before = crm.rows()

    assert erase(app) == 1

    assert (order_of(uof, order)["order"]["state"], people(app)) == ("failed", 1)
    assert targets_of(uof, order)["crm"]["last_error"] == "connector-description"
    assert crm.rows() == before
    described = CRM + "      - table: complaints\n        person: [{{through: customers}}]\n        rows: delete\n"
    connect(app, described.format(dialect=crm.dialect), {"crm": crm.url})
    clock.move(hours=1)
    assert erase(app) == 0
    assert order_of(uof, order)["result"]["targets"]["crm"] == {**ERASED, "complaints: delete": 1}
    assert crm.holds(*PLANTED) == []


KEPT = """
operator: uof
targets:
  - name: crm
    kind: sql
    dialect: {dialect}
    tables:
      - table: customers
        person: [{{column: ref, is: ref}}]
        rows: keep
        basis: Law on Payments 25
      - table: orders
        person: [{{through: customers}}]
        rows: pseudonymise
        columns:
          - {{column: phone, do: set_null}}
          - {{column: customer_id, do: keep, basis: Law on Payments 25}}
          - {{column: city, do: keep, basis: a city names nobody}}
          - {{column: ordered_on, do: keep, basis: Tax Code 26}}
          - {{column: note, do: keep, basis: Tax Code 26}}
          - {{column: amount, do: keep, basis: Tax Code 26}}
        row_numbers: [id]
      - table: invoices
        person: [{{column: customer_ref, is: ref}}]
        rows: keep
        basis: Tax Code 26
      - table: items
        person: [{{through: orders}}]
        rows: keep
        basis: Tax Code 26
      - table: messages
        person: [{{through: customers, columns: [sender], keys: [id]}}]
        rows: keep
        basis: Tax Code 26
        references: [{{column: recipient, do: stays}}]
"""


def test_an_order_is_certified_where_a_database_holds_only_rows_that_are_kept_by_a_basis(app: Flask, crm: Crm) -> None:
    crm.run("UPDATE orders SET phone = NULL")
    connect(app, KEPT.format(dialect=crm.dialect), {"crm": crm.url})
    uof, order = ordered(app)
    before = crm.rows()

    assert erase(app) == 0

    assert (order_of(uof, order)["order"]["state"], people(app)) == ("done", 0)
    assert crm.rows() == before
    kept = {
        "customers": {"rows": 1, "basis": "Law on Payments 25"},
        "orders": {"rows": 2, "basis": "Law on Payments 25; Tax Code 26; a city names nobody"},
        "items": {"rows": 3, "basis": "Tax Code 26"},
        "invoices": {"rows": 1, "basis": "Tax Code 26"},
        "messages": {"rows": 1, "basis": "Tax Code 26"},
    }
    told = targets_of(uof, order)["crm"]
    assert (told["state"], told["last_error"], told["erased"], told["kept"]) == ("confirmed", None, {}, kept)
    (certified,) = uof.get(f"/erasure-orders/{order}/certificate.json").json["targets"]
    assert (certified["erased"], certified["kept"]) == ({}, kept)
    assert "customers, сохранены записи: 1 (Law on Payments 25)" in words_of(pdf(uof, order, "ru"))


def test_zero_rows_where_rows_that_had_to_go_were_found_is_a_failure_beside_rows_that_are_kept(
    app: Flask, crm: Crm, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(app, KEPT.format(dialect=crm.dialect), {"crm": crm.url})
    uof, order = ordered(app)
    look = SqlTarget.find_many

    def meanwhile(self: SqlTarget, whoms: Sequence[Whom]) -> Mapping[UUID, Mapping[str, int]]:
        found = look(self, whoms)
        crm.run("DELETE FROM items WHERE order_id < 3", "DELETE FROM orders WHERE id < 3")
        return found

    monkeypatch.setattr(SqlTarget, "find_many", meanwhile)
    assert erase(app) == 1

    assert (order_of(uof, order)["order"]["state"], people(app)) == ("failed", 1)
    assert targets_of(uof, order)["crm"]["last_error"] == "connector-failed"
