"""The pages of erasures: the register, one order with its places, decisions, holds, acts; nothing personal is shown."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.operators.access import Role
from tests.elsewhere import aim, elsewhere
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_dashboard import PASSWORD, sign_in
from tests.integration.test_erasure_approvals import rule
from tests.integration.test_erasure_targets import people
from tests.integration.test_register_pages import client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_withdrawals import withdraw
from tests.roads import COURT, PERSON, READER, SECOND, erase, staff

Client = Callable[[str], Api]
PAGES = (
    "erasures",
    "erasures?state=open",
    "erasures?state=late",
    "erasures?state=held",
    "erasures/new",
    "erasures/holds",
)
ORDER = {"subject": "person-1", "ground": "18(3)", "reference": COURT}
CASE = {"reference": "civil case 2-77/2026", "basis": "Civil Procedure Code 73"}


def signed(app: Flask, address: str, role: Role = Role.DPO) -> FlaskClient:
    """Return a browser of somebody else, who reads English."""
    staff(app, address, role)
    made = app.test_client()
    assert sign_in(made, PASSWORD, address) == 302
    made.get("/language/en")
    return made


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_opens_empty_in_every_language(client: FlaskClient, language: str) -> None:  # noqa: F811
    client.get(f"/language/{language}")

    for path in PAGES:
        assert f'lang="{language}"' in read(client, path)


def test_an_erasure_is_ordered_on_a_page_carried_out_and_its_act_taken_home(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    api("uof").post("/consents", consent(subject=PERSON))

    status, place = send(client, "erasures/new", **ORDER)

    assert status == 302
    page = read(client, place)
    assert COURT in page
    assert "Law 94-V, article 18(3)" in page
    assert "dpo@acme.example" in page
    assert erase(app) == 0
    page = read(client, place)
    assert "№ 2026/1" in page
    assert "person-1" not in page
    assert "aizhan" not in page
    for kind, media_type in (
        ("kk.pdf", "application/pdf"),
        ("ru.pdf", "application/pdf"),
        ("json", "application/json"),
    ):
        assert client.get(f"/dashboard/uof/{place}/act.{kind}").mimetype == media_type
    assert client.get(f"/dashboard/uof/{place}/act.en.pdf").status_code == 404
    assert client.get(f"/dashboard/uof/{place}/act.jwt").mimetype == "application/jose"


def test_what_a_form_gets_wrong_is_said_and_nothing_is_ordered(
    client: FlaskClient,  # noqa: F811
    api: Client,
) -> None:
    api("uof").post("/consents", consent(subject=PERSON))

    status, page = send(client, "erasures/new", **(ORDER | {"ground": "18(1)"}))
    assert status == 422
    assert "A consent of this person stands, and this ground does not end it" in page
    assert 'value="person-1"' in page  # what was written is kept
    assert send(client, "erasures/new", **(ORDER | {"subject": "nobody"}))[0] == 422
    assert send(client, "erasures/new", **(ORDER | {"reference": "see aizhan@example.kz"}))[0] == 422
    assert send(client, "erasures/new")[0] == 422

    assert "No erasure yet." in read(client, "erasures")


def test_a_second_person_approves_on_the_page_and_whoever_asked_cannot(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    rule(app, 0)
    api("uof").post("/consents", consent(subject=PERSON))
    _, place = send(client, "erasures/new", **ORDER)
    assert "somebody else must approve" in read(client, place)
    assert "Waits for a second person" in read(client, "erasures")
    assert send(client, place, act="approve")[0] == 403
    second = signed(app, SECOND)

    assert send(second, place, act="approve")[0] == 302

    assert "approved" in read(client, place)
    assert erase(app) == 0
    assert people(app) == 0
    status, page = send(second, place, page="erasures", act="reject", reason="too late")
    assert status == 422
    assert "This was decided before: approved." in page


def test_what_is_rejected_can_be_ordered_again(client: FlaskClient, api: Client, app: Flask) -> None:  # noqa: F811
    rule(app, 0)
    api("uof").post("/consents", consent(subject=PERSON))
    _, place = send(client, "erasures/new", **ORDER)
    second = signed(app, SECOND)

    assert send(second, place, act="reject", reason="")[0] == 422
    assert send(second, place, act="reject", reason="Not in force yet")[0] == 302

    assert "Not in force yet" in read(client, place)
    assert send(client, place, act="again")[0] == 302
    assert read(client, "erasures").count("awaits approval") >= 1


def test_a_hold_is_placed_on_the_page_of_an_order_shown_everywhere_and_lifted(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
    clock: MovableClock,
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject=PERSON))
    made = withdraw(uof)
    clock.move(days=11)
    sign_in(client)
    _, place = send(client, "erasures/holds", on="subject", subject="person-1", **CASE)
    assert place == "erasures/holds"
    clock.move(days=30)
    assert erase(app) == 0
    sign_in(client)

    for page in ("", f"withdrawals/{made['id']}", "erasures", "erasures?state=held", "erasures/holds"):
        assert CASE["reference"] in read(client, page), page
    order = uof.get("/erasure-orders").json["items"][0]["id"]
    assert "A legal hold bars this erasure." in read(client, f"erasures/{order}")
    hold = uof.get("/legal-holds").json["items"][0]["id"]
    assert send(client, f"erasures/holds/{hold}", page="erasures/holds", reference="")[0] == 422
    assert send(client, f"erasures/holds/{hold}", page="erasures/holds", reference="closed 1")[0] == 302
    status, page = send(client, f"erasures/holds/{hold}", page="erasures/holds", reference="again 1")
    assert (status, "This hold was lifted before." in page) == (422, True)
    assert erase(app) == 0
    assert people(app) == 0


@pytest.mark.parametrize(
    "on",
    [
        {"on": "subject", "subject": "nobody"},
        {"on": "subject"},
        {"on": "purpose", "purpose": "personal-data-agreement#nothing"},
        {},
    ],
)
def test_a_hold_that_covers_nothing_is_refused_with_its_field(
    client: FlaskClient,  # noqa: F811
    on: dict[str, str],
) -> None:
    status, page = send(client, "erasures/holds", **CASE, **on)

    assert status == 422
    assert 'role="alert"' in page
    assert "No hold yet." in page


def test_an_order_is_held_and_cancelled_on_its_page(client: FlaskClient, api: Client, app: Flask) -> None:  # noqa: F811
    api("uof").post("/consents", consent(subject=PERSON))
    _, place = send(client, "erasures/new", **ORDER)

    assert send(client, place, act="hold", **CASE)[0] == 302
    assert CASE["basis"] in read(client, place)
    assert send(client, place, act="cancel", reference="appeal 7/2026")[0] == 302

    assert "appeal 7/2026" in read(client, place)
    status, page = send(client, place, act="cancel", reference="once more 1")
    assert (status, "this step is not possible from there" in page) == (422, True)
    assert send(client, place, act="nonsense")[0] == 422


def test_a_failing_place_is_shown_and_answered_for_by_hand(client: FlaskClient, api: Client, app: Flask) -> None:  # noqa: F811
    api("uof").post("/consents", consent(subject=PERSON))
    with elsewhere() as systems:
        systems.keep("shop", "person-1", orders=3)
        aim(app, systems.targets("shop"))
        systems.moods["shop"] = "lies"
        _, place = send(client, "erasures/new", **ORDER)
        assert erase(app) == 1

        page = read(client, place)
        assert "nothing that it had found is gone" in page
        assert "orders: 3" in page
        assert send(client, place, act="settle", target="nothing", reference="act 1")[0] == 422
        assert send(client, place, act="settle", target="shop", reference="act 1 of its keeper")[0] == 302
        assert erase(app) == 0

    assert "act 1 of its keeper" in read(client, place)


def test_an_auditor_reads_and_decides_nothing_and_an_owner_sets_the_rule(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    api("uof").post("/consents", consent(subject=PERSON))
    _, place = send(client, "erasures/new", **ORDER)
    reader, owner = signed(app, READER, Role.AUDITOR), signed(app, "owner@example.kz", Role.OWNER)

    assert "What can be done" not in read(reader, place)
    assert send(reader, place, act="cancel", reference="x 1")[0] == 403
    assert send(reader, "erasures/holds", page="erasures", on="subject", subject="person-1", **CASE)[0] == 403
    assert send(client, "erasures/rule", page="erasures", over="7")[0] == 403
    assert send(owner, "erasures/rule", page="erasures", over="0")[0] == 422
    assert send(owner, "erasures/rule", page="erasures", over="7")[0] == 302
    assert "more than 7 people" in read(client, "erasures")
    assert send(owner, "erasures/rule", page="erasures", always="on")[0] == 302
    assert "Every erasure waits" in read(client, "erasures")


def test_the_orders_of_one_person_are_found_by_a_form_and_a_case_leads_to_its_order(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    for ref in ("person-1", "person-2"):
        api("uof").post("/consents", consent(subject={"ref": ref}))
        send(client, "erasures/new", **(ORDER | {"subject": ref}))
    status, place = send(client, "erasures", subject="person-1")

    assert (status, "person-1" in place) == (302, False)
    assert read(client, place).count('class="mono"') == 2  # the search and one line
    assert send(client, "erasures", subject="nobody")[0] == 422
    order = api("uof").get("/erasure-orders").json["items"][0]
    moved = client.get(f"/dashboard/uof/cases/demand/{order['cause_id']}")
    assert moved.location.endswith(f"/erasures/{order['id']}")
