"""The pages of withdrawals: searched, looked into, recorded and decided by whoever is in charge."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.changes import REFERRAL, agree
from tests.factories import consent, seed_policies
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_dashboard import PASSWORD, form_token, sign_in
from tests.integration.test_register_pages import AUDITOR, client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_withdrawals import DAR, explicit_dar, withdraw, work
from tests.integration.test_withdrawals_decided import everything_at

Client = Callable[[str], Api]
CANARY = {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}
UOF = "personal-data-agreement"
BAR = {"act": "refuse", "bar": "obligation", "reference": "contract 17", "reason": "The course is not paid."}
WHO = {"document": UOF, "subject": "person-1", "matter": "consent"}


def signed_in_at(app: Flask, slug: str, email: str = "dpo@acme.example") -> FlaskClient:
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        add_staff(unbound.for_operator(seed_policies.number(unbound, slug)), email, PASSWORD, Role.DPO)
    signed = app.test_client()
    sign_in(signed, email=email)
    signed.get("/language/en")
    return signed


def act(signed: FlaskClient, path: str, **form: Any) -> tuple[int, str]:  # Any: values of a form
    token = form_token(signed, path)
    answer = signed.post(path, data={"csrf_token": token} | form)
    return answer.status_code, answer.location if answer.status_code == 302 else answer.get_data(as_text=True)


def recorded(api: Api) -> list[Any]:  # Any: JSON
    found: list[Any] = api.get("/withdrawals").json["items"]
    return found


def test_a_withdrawal_is_recorded_only_after_its_purposes_and_dates_were_seen(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
) -> None:
    codes = everything_at(api("uof"))
    clock.move(minutes=1)

    status, page = send(client, "withdrawals/new", **WHO)
    assert status == 200
    assert page.count('name="purposes"') == len(codes)
    assert page.count(" checked") == len(codes)
    form: dict[str, Any] = {  # Any: values of a form
        **WHO, "channel": "registered_mail", "some": "1", "purposes": codes[:1], "text": "Hand-written words",
    }  # fmt: skip
    status, page = send(client, "withdrawals/new", **form, look="1")
    assert status == 200
    for part in ("What this would change", "03.12.2026", "14.12.2026", "Hand-written words", "Record it so"):
        assert part in page
    assert recorded(api("uof")) == []

    status, place = send(client, "withdrawals/new", **form)

    assert status == 302
    (line,) = recorded(api("uof"))
    assert place == f"withdrawals/{line['id']}"
    assert api("uof").get(f"/withdrawals/{line['id']}").json["purposes"] == codes[:1]
    page = read(client, place)
    assert "Hand-written" not in page
    assert "allowed until the withdrawal takes effect" in page


def test_a_part_is_withdrawn_and_an_agreement_ended_on_the_same_road(app: Flask, api: Client) -> None:
    worksection = api("worksection")
    agree(worksection, "worksection", REFERRAL)
    signed = signed_in_at(app, "worksection")
    new = "/dashboard/worksection/withdrawals/new"
    who = {"document": REFERRAL, "subject": "person-1"}

    status, page = act(signed, new, **who, matter="parts", channel="phone")
    assert (status, "Tick at least one." in page) == (422, True)
    status, place = act(signed, new, **who, matter="parts", channel="phone", parts="third_parties")
    assert status == 302
    assert "transfer to third parties" in signed.get(place).get_data(as_text=True)
    status, page = act(signed, new, **who, matter="agreement")
    assert (status, "7.1" in page) == (200, True)
    status, page = act(signed, new, **who, matter="agreement", channel="email", by="operator", ground="any")
    assert (status, "The document has no rule by which the operator ends it" in page) == (422, True)
    status, place = act(signed, new, **who, matter="agreement", channel="email", by="person", ground="any")
    assert status == 302
    assert "End of the agreement" in signed.get(place).get_data(as_text=True)


def test_94_v_8_1_who_acted_for_a_minor_is_asked_and_kept_sealed(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
) -> None:
    api("uof").post("/consents", consent())
    clock.move(minutes=1)
    form = WHO | {"channel": "written_application", "acting_by": "person", "age": "under_14"}

    status, page = send(client, "withdrawals/new", **form)
    assert (status, "Under 14 the legal representative acts alone." in page) == (422, True)
    named = {"representative_name": "Канарейкин Сапар", "representative_role": "parent", "representative_basis": "17"}
    status, place = send(client, "withdrawals/new", **form | {"acting_by": "representative"} | named)

    assert status == 302
    page = read(client, place)
    assert "a representative, under 14" in page
    assert "Канарейкин" not in page


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("nobody", "Nobody is known under this reference."),
        ("canary@example.kz", "This looks like an e-mail address."),
        ("person-1", "The person has no consent to this document that could be withdrawn."),
    ],
)
def test_who_cannot_withdraw_is_said_before_anything_is_asked(
    client: FlaskClient,  # noqa: F811
    api: Client,
    subject: str,
    said: str,
) -> None:
    api("uof").post("/consents", consent(choices=[{"purpose": ADVERTISING, "granted": False}]))

    status, page = send(client, "withdrawals/new", **WHO | {"subject": subject})

    assert status == 422
    assert said in page
    assert f'value="{subject}"' in page


def test_refusing_for_some_purposes_is_looked_at_first_and_changes_nothing_until_it_is_done(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
) -> None:
    uof = api("uof")
    codes = everything_at(uof)
    clock.move(minutes=1)
    made = withdraw(uof)
    place = f"withdrawals/{made['id']}"
    form = BAR | {"some": "1", "purposes": codes[0], "channel": "by_hand"}

    status, page = send(client, place, **form, look="1")
    assert status == 200
    for part in ("What this would change", "Letter in Kazakh and Russian", "№ 2026/1, by hand", "contract 17"):
        assert part in page
    before = uof.get(f"/withdrawals/{made['id']}").json
    assert (before["barred"], before["letters"]) == ([], [])

    assert send(client, place, **form)[0] == 302
    assert uof.get(f"/withdrawals/{made['id']}").json["barred"] == [codes[0]]
    refusals = read(client, "withdrawals?refused=1")
    assert "the letter has not been sent yet" in refusals
    letter = uof.get(f"/withdrawals/{made['id']}").json["letters"][0]["id"]
    uof.post(f"/letters/{letter}/dispatch", {"receipt": "RK123456785KZ"})
    assert "letter sent on 23.11.2026" in read(client, "withdrawals?refused=1")
    page = read(client, place)
    for part in ("Refused for some purposes", "A letter was sent", "RK123456785KZ", "dpo@acme.example", "barred"):
        assert part in page


def test_a_bar_that_falls_away_and_a_receipt_put_right_stand_in_what_happened_with_author_and_reason(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-11-02T05:00:00Z"))
    made = withdraw(uof)
    place = f"withdrawals/{made['id']}"
    wrong = {"act": "correct", "received_at": "2026-12-23T09:00", "reason": "x"}
    status, page = send(client, place, **wrong)
    assert (status, "This instant is in the future" in page) == (422, True)
    right = {"act": "correct", "received_at": "2026-11-20T18:00", "reason": "Stamp of the post office"}
    status, page = send(client, place, **right, look="1")
    assert (status, "14.12.2026, open" in page, "11.12.2026, open" in page) == (200, True, True)

    assert send(client, place, **right)[0] == 302
    assert send(client, place, **BAR)[0] == 302
    assert allowed(uof, ADVERTISING) == (True, "active")
    clock.move(days=1)
    sign_in(client)
    assert send(client, place, act="resume", why="It was paid.", at="2026-11-23T12:00")[0] == 302

    page = read(client, place)
    for part in ("Stamp of the post office", "It was paid.", "before: 23.11.2026",
                 "Through: dpo@acme.example", "Through: the operator&#39;s system", "The bar fell away"):  # fmt: skip
        assert part in page, part


def test_dar_2_10_an_application_takes_a_withdrawal_back_where_the_document_gives_that_right(
    app: Flask, api: Client, clock: MovableClock
) -> None:
    dar = api("dar")
    explicit_dar(dar)
    clock.move(minutes=1)
    made = withdraw(dar, DAR)
    signed = signed_in_at(app, "dar")
    place = f"/dashboard/dar/withdrawals/{made['id']}"

    status, page = act(signed, place, act="cancel", look="1")
    assert (status, "taken back" in page, "cancelled" in page) == (200, True, True)
    assert act(signed, place, act="cancel")[0] == 302

    assert dar.get(f"/withdrawals/{made['id']}").json["state"] == "cancelled"
    assert "by application" in signed.get(place).get_data(as_text=True)


def test_uof_gives_no_right_to_take_back_and_the_page_says_by_which_clause(
    client: FlaskClient,  # noqa: F811
    api: Client,
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    place = f"withdrawals/{made['id']}"

    assert 'value="cancel"' not in read(client, place)
    status, page = send(client, place, act="cancel")

    assert status == 422
    assert "The document gives no right to take this back (clause 2.2" in page


def test_94_v_8_7_after_its_time_a_refusal_is_not_offered_any_more(
    client: FlaskClient,  # noqa: F811
    api: Client,
    clock: MovableClock,
    app: Flask,
) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    clock.move(days=22)
    sign_in(client)

    page = read(client, f"withdrawals/{made['id']}")

    assert "The time for a reasoned refusal ended on 14.12.2026" in page
    assert 'value="refuse"' not in page
    assert "late by" in page
    assert work(app) == 0
    closed = read(client, f"withdrawals/{made['id']}")
    for part in ("It took effect: processing stopped", "reading back found nothing", "Nothing more can be decided"):
        assert part in closed


def test_the_register_is_searched_by_reference_without_the_reference_in_the_address(
    client: FlaskClient,  # noqa: F811
    api: Client,
    app: Flask,
) -> None:
    uof = api("uof")
    for ref in ("person-1", "person-2"):
        uof.post("/consents", consent(subject={"ref": ref}))
        withdraw(uof, subject=ref)

    status, place = send(client, "withdrawals", subject="person-2")
    assert status == 302
    assert "person-2" not in place
    assert read(client, place).count("<tr>") == 2  # the head and one line
    status, page = send(client, "withdrawals", subject="person-3")
    assert (status, "Nobody is known under this reference." in page, 'value="person-3"' in page) == (422, True, True)
    assert "This looks like an e-mail address." in send(client, "withdrawals", subject="canary@example.kz")[1]

    auditor = app.test_client()
    sign_in(auditor, email=AUDITOR)
    assert send(auditor, "withdrawals", subject="person-1")[0] == 302
    assert "withdrawals/new" not in read(auditor, "withdrawals")
    one = f"withdrawals/{recorded(uof)[0]['id']}"
    assert 'name="act"' not in read(auditor, one)
    assert send(auditor, one, page="withdrawals", **BAR)[0] == 403


def test_the_register_is_filtered_by_state_and_turned_page_by_page(
    client: FlaskClient,  # noqa: F811
    api: Client,
) -> None:
    uof = api("uof")
    for n in range(26):
        uof.post("/consents", consent(subject={"ref": f"person-{n}"}))
        withdraw(uof, subject=f"person-{n}")
    send(client, f"withdrawals/{recorded(uof)[0]['id']}", **BAR)

    first = read(client, "withdrawals?state=in_course")
    assert first.count("<tr>") == 26
    assert "8 working days left" in first  # until it takes effect
    assert read(client, "withdrawals?state=refused").count("<tr>") == 2
    assert "Nothing fits what you asked for." in read(client, "withdrawals?state=closed")
    whole = read(client, "withdrawals")
    after = whole.partition("withdrawals?after=")[2].partition('"')[0]
    assert read(client, f"withdrawals?after={after}").count("<tr>") == 2
    assert client.get("/dashboard/uof/withdrawals?after=nonsense").status_code == 422


def test_what_cannot_be_done_is_said_in_kazakh(client: FlaskClient, api: Client) -> None:  # noqa: F811
    uof = api("uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    client.get("/language/kk")

    status, page = send(client, f"withdrawals/{made['id']}", act="cancel")

    assert status == 422
    assert "Құжат мұны кері алу құқығын бермейді" in page
    assert "gives no right" not in page
