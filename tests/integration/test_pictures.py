"""Pictures: numbers over time that agree with what happened, drawn, tabled and filed alike; nobody in them."""

import csv
import io
import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from consent_service.duties.queries import duties_of
from consent_service.duties.service import meet
from consent_service.policies.terms import AppliesTo
from consent_service.services import services
from tests.browsers import RESEARCH, enter
from tests.changes import NEXT, REFERRAL, agree, publish
from tests.factories import consent
from tests.integration.conftest import ACTOR, client_of
from tests.integration.test_dashboard import sign_in
from tests.integration.test_intents import BOXES
from tests.integration.test_statements import counted
from tests.integration.test_tokens import READ, confirm
from tests.integration.test_withdrawals import DAR, explicit_dar, withdraw, work
from tests.office import DPO, PASSWORD, PLANTED, Office, almaty, bound

CODES = ("answers", "forms", "duties", "expiring", "standings", "storage")


@pytest.fixture
def client(office: Office) -> FlaskClient:
    """Somebody in charge, signed in at every operator of the tests."""
    for slug in ("acme", "dar", "worksection"):
        office.staff(DPO, slug=slug)
    return entered(office)


def entered(office: Office) -> FlaskClient:
    made = office.app.test_client()
    assert sign_in(made, PASSWORD, DPO) == 302
    made.get("/language/en")
    return made


def numbers(client: FlaskClient, code: str, slug: str = "uof") -> list[dict[str, str]]:
    """Return the file of a picture, line by line."""
    answer = client.get(f"/dashboard/{slug}/pictures/{code}.csv")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def section(client: FlaskClient, code: str, slug: str = "uof") -> str:
    page = client.get(f"/dashboard/{slug}/pictures").get_data(as_text=True)
    start = page.index(f'<section id="{code}"')
    return page[start : page.index("</section>", start)]


def test_consents_and_withdrawals_are_counted_on_their_almaty_day(office: Office, client: FlaskClient) -> None:
    uof = client_of(office.app, "uof")
    office.clock.set(almaty("2026-11-22T23:59"))
    assert uof.post("/consents", consent(subject={"ref": "person-1"})).status_code == 201
    office.clock.set(almaty("2026-11-23T00:00"))
    for ref in ("person-2", "person-3"):
        assert uof.post("/consents", consent(subject={"ref": ref})).status_code == 201
    withdraw(uof)

    lines = {one["Day"]: one for one in numbers(client, "answers")}

    assert len(lines) == 30
    assert list(lines)[-1] == "23.11.2026"
    assert (lines["22.11.2026"]["Consents given"], lines["22.11.2026"]["Withdrawals received"]) == ("1", "0")
    assert (lines["23.11.2026"]["Consents given"], lines["23.11.2026"]["Withdrawals received"]) == ("2", "1")
    assert sum(int(one["Consents given"]) for one in lines.values()) == 3


def test_what_is_older_than_the_picture_is_not_in_it(office: Office, client: FlaskClient) -> None:
    assert client_of(office.app, "uof").post("/consents", consent()).status_code == 201
    office.clock.move(days=29)
    assert next(iter(numbers(entered(office), "answers")))["Consents given"] == "1"
    office.clock.move(days=1)
    again = entered(office)

    assert {one["Consents given"] for one in numbers(again, "answers")} == {"0"}
    assert "Nothing in this time." in section(again, "answers")


def test_a_form_is_shown_ticked_and_confirmed(office: Office, client: FlaskClient) -> None:
    page = enter(office.app, "sign-up", BOXES)
    assert page.ask().status_code == 200
    assert confirm(client_of(office.app, "uof"), page.token(READ, RESEARCH)).status_code == 201

    (line,) = (one for one in numbers(client, "forms") if one["Form"].endswith("· sign-up"))

    assert int(line["saw it"]) >= 1
    assert [line[name] for name in ("ticked", "confirmed by token", "without a token")] == ["1", "1", "0"]


def test_duties_count_in_the_month_in_which_they_were_due(office: Office, client: FlaskClient) -> None:
    on_time, late = office.owe("3wd", since="2026-11-02T10:00", count=2)
    office.owe("3wd", since="2026-10-05T10:00", count=3)  # nobody did these
    office.owe("15wd")  # not late yet
    with office.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        (duty,) = duties_of(uow, on_time)
        meet(uow, on_time, [duty.action], at=almaty("2026-11-04T10:00"))
        meet(uow, late, [duty.action])

    lines = {one.pop("Month"): list(one.values()) for one in numbers(client, "duties")}

    assert list(lines) == ["06.26", "07.26", "08.26", "09.26", "10.26", "11.26"]
    assert lines["10.26"] == ["0", "0", "3"]
    assert lines["11.26"] == ["1", "1", "0"]
    assert lines["09.26"] == ["0", "0", "0"]


def test_terms_that_end_are_seen_ahead(office: Office, client: FlaskClient) -> None:
    body = consent(
        "newsletter-consent", choices=[{"purpose": "newsletter", "granted": True}], declarations={"adult": True}
    )
    acme = client_of(office.app, "acme")
    assert acme.post("/consents", body).status_code == 201
    (ends,) = {one["expires_on"] for one in acme.get("/consents").json["items"][0]["choices"] if one["granted"]}
    ends_on = date.fromisoformat(ends)
    office.clock.set(almaty(f"{date(ends_on.year, ends_on.month, 1)}T10:00"))

    first, *rest = numbers(entered(office), "expiring", "acme")

    assert first == {"Month": f"{ends_on:%m.%y}", "Answers whose term ends": "1"}
    assert {one["Answers whose term ends"] for one in rest} == {"0"}
    office.clock.set(almaty(f"{ends_on}T10:00"))
    office.clock.move(days=1)
    assert work(office.app) == 0
    assert {one["Answers whose term ends"] for one in numbers(entered(office), "expiring", "acme")} == {"0"}


def test_people_whose_data_may_go_are_seen_ahead(office: Office, client: FlaskClient) -> None:
    dar = client_of(office.app, "dar")
    explicit_dar(dar)
    withdraw(dar, DAR, channel="written_application")
    told = dar.post("/subjects/person-1/ended", {"what": "agreement", "document": DAR}).json["decisions"][0]
    assert (told["verdict"], told["due_on"]) == ("keep", "2027-01-08")

    lines = {one["Month"]: one["People to be decided about"] for one in numbers(client, "storage", "dar")}

    assert list(lines) == ["11.26", "12.26", "01.27", "02.27", "03.27", "04.27"]
    assert sorted(lines.values()) == ["0"] * 5 + ["1"]


def test_people_stand_towards_the_latest_version(office: Office, client: FlaskClient) -> None:
    worksection = client_of(office.app, "worksection")
    for ref in ("person-1", "person-2"):
        agree(worksection, "worksection", REFERRAL, ref)
    office.clock.move(days=1)
    publish(office.app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MATERIAL)
    work(office.app)

    (line,) = numbers(entered(office), "standings", "worksection")

    assert line.pop("Version") == f"worksection/{REFERRAL} · {NEXT}"
    assert sum(map(int, line.values())) == 2


def test_every_picture_is_drawn_tabled_and_filed_with_the_same_numbers(office: Office, client: FlaskClient) -> None:
    uof = client_of(office.app, "uof")
    for n in range(7):
        uof.post(
            "/consents", consent(subject={"ref": f"person-{n}", "identifiers": {"email": f"canary{n}@example.kz"}})
        )

    for code in CODES:
        shown, lines = section(client, code), numbers(client, code)
        table = re.findall(r"<td>(\d+)</td>", shown)
        assert table == [value for line in lines for value in list(line.values())[1:]], code
        assert "style=" not in shown
    drawn = section(client, "answers")
    assert '<rect x="97.20%" y="42" width="2.27%" height="56" class="bar-full"/>' in drawn
    assert 'aria-label="Consents given: 7"' in drawn


def test_nobody_is_in_a_picture_and_another_operator_s_numbers_are_not(office: Office, client: FlaskClient) -> None:
    person = {"ref": "person-1", "identifiers": {"email": "canary@example.kz", "full_name": "Канарейкина"}}
    assert client_of(office.app, "uof").post("/consents", consent(subject=person)).status_code == 201

    page = client.get("/dashboard/uof/pictures").get_data(as_text=True)
    assert not any(planted in page for planted in PLANTED)
    assert {one["Consents given"] for one in numbers(client, "answers", "dar")} == {"0"}
    assert client.get("/dashboard/uof/pictures/people.csv").status_code == 404


def test_the_page_takes_as_many_statements_for_many_as_for_few(office: Office, client: FlaskClient) -> None:
    uof = client_of(office.app, "uof")
    taken = []
    client.get("/dashboard/uof/pictures")
    for n in range(2):
        with counted(office.app) as sent:
            client.get("/dashboard/uof/pictures")
        taken.append(len(sent))
        office.owe("3wd", since="2026-11-02T10:00", count=9)
        uof.post("/consents", consent(subject={"ref": f"person-{n}"}))

    assert taken[0] == taken[1]
