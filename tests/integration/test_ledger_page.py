"""The page of the ledger: the log, its key, who holds its heads, and checks that are ordered and shown."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import record_anchor
from consent_service.ledger.tree import last_head
from consent_service.operators.access import Role
from consent_service.operators.queries import operator_number
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.integration.conftest import ACTOR
from tests.integration.test_dashboard import form_token, sign_in
from tests.integration.test_ledger_checks import change, checks, give, order, publish, work
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office

PATH = "/dashboard/uof/ledger"


def entered(app: Flask, address: str) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def test_the_page_shows_log_key_and_checks_and_orders_one(office: Office) -> None:
    made = office.staff(OWNER, AUDITOR)
    owner, auditor = entered(office.app, OWNER), entered(office.app, AUDITOR)
    page = owner.get(PATH).text
    assert "Nothing is sealed yet." in page
    assert "No check yet." in page
    give(office.app)
    with office.app.app_context():
        publish()
    sent = {"csrf_token": form_token(owner, PATH)}

    page = owner.get(owner.post(PATH, data=sent).location).text

    assert "The check is ordered." in page
    assert "waits for the worker" in page
    assert "data-live" in page
    assert 'id="check-now"' not in page
    assert "is the one below" in owner.get(owner.post(PATH, data=sent).location).text
    assert checks(office.app)[0].ordered_by == f"staff:{made[OWNER]}"
    assert auditor.post(PATH, data={"csrf_token": form_token(auditor, PATH)}).status_code == 403
    assert work(office.app) == (1, 0)
    page = auditor.get(PATH).text
    assert "everything fits" in page
    assert OWNER in page
    assert 'id="check-now"' not in page
    assert "data-live" not in page
    assert office.app.test_client().get("/ledger/1/key").text.strip() in page


def test_the_page_says_how_many_places_do_not_fit_and_names_neither_them_nor_staff_of_others(office: Office) -> None:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        elsewhere = unbound.for_operator(operator_number(unbound.session, "dar"))
        stranger = add_staff(elsewhere, "stranger@dar.example", PASSWORD, Role.OWNER)
    dpo = entered(office.app, DPO)
    give(office.app)
    order(office.app, Actor("staff", str(stranger)))
    change(office.app, "UPDATE consents SET channel = 'paper'")
    assert work(office.app) == (1, 1)

    page = dpo.get(PATH).text

    assert "1 place does not fit." in page
    assert "ledger verify" in page
    assert str(office.rows("SELECT id FROM consents")[0][0]) not in page
    assert "stranger@dar.example" not in page
    assert "somebody who has no place at this operator" in page
    change(office.app, "UPDATE consents SET channel = 'web'")
    office.clock.move(minutes=1)
    order(office.app)
    work(office.app)
    assert "This stays until a later check fits." not in dpo.get(PATH).text


def test_older_heads_are_a_page_further_and_each_says_who_holds_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent_service.dashboard.ledger.PAGE", 2)
    for number in range(3):
        give(office.app, f"person-{number}")
        with office.app.app_context():
            publish()
            office.clock.move(minutes=1)
    with office.app.app_context(), services().write(ACTOR) as uow:
        signed = last_head(uow.session, 1)
        assert signed
        record_anchor(uow, 1, signed.tree_size, AnchorKind.WEBHOOK, "archive.example", b"head")
        record_anchor(uow, 1, signed.tree_size, AnchorKind.REFUSAL, "witness.example+00+key", b"seen another")
    dpo = entered(office.app, DPO)

    first = dpo.get(PATH).text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = dpo.get(following.replace("&amp;", "&")).text

    assert "archive.example" in first
    assert "witness.example" in first
    assert "+00+key" not in first
    assert first.count("…</summary>") == 2
    assert second.count("…</summary>") == 1
    assert "archive.example" not in second
    assert 'rel="next"' not in second
    assert dpo.get(f"{PATH}?after=1-1").status_code == 200
    assert dpo.get(f"{PATH}?after=nonsense").status_code == 422
