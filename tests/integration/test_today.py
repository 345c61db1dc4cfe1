"""Today: figures that are lists, what each was seven days ago, and counts that end."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import late
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.counting import up_to
from consent_service.overview.figures import Figure
from consent_service.overview.keeping import figures_before, forget_figures, keep_figures
from consent_service.overview.measuring import measure
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_dashboard import sign_in
from tests.integration.test_statements import counted
from tests.integration.test_withdrawals import withdraw, work
from tests.office import DPO, PASSWORD, Office, bound


@pytest.fixture
def client(office: Office) -> FlaskClient:
    """Somebody in charge, signed in."""
    made = office.app.test_client()
    assert sign_in(made, PASSWORD, DPO) == 302
    made.get("/language/en")
    return made


def tiles(client: FlaskClient) -> dict[str, tuple[str, str, str]]:
    """Return the tiles by name: the number, what it was, where it leads."""
    page = client.get("/dashboard/uof/").get_data(as_text=True)
    part = page[page.index('<ul class="tiles"') : page.index("</ul>", page.index('<ul class="tiles"'))]
    found = re.findall(
        r"<strong>([^<]+)</strong> <(?:a href=\"([^\"]+)\"|span)>([^<]+)</.*?7 days ago: ([^<]+)</span>", part
    )
    return {name: (number, before, address.replace("&amp;", "&")) for number, address, name, before in found}


def keep(app: Flask) -> int:
    with app.app_context():
        count = run_now(services(), find_job("figures.keep"))
    assert count.failed == 0
    return count.done


def test_every_tile_leads_to_a_page(office: Office, client: FlaskClient) -> None:
    office.owe("3wd", since="2026-11-02T10:00")

    found = tiles(client)

    assert len(found) == len(Figure)
    for name, (_, _, address) in found.items():
        assert not address or client.get(address).status_code == 200, name
    assert [name for name, (_, _, address) in found.items() if not address] == ["People to be told by hand"]


def test_a_tile_counts_what_its_list_shows(office: Office, client: FlaskClient) -> None:
    office.owe("3wd", since="2026-11-02T10:00", count=2)
    office.owe("2wd", count=3)
    office.owe("15wd", count=4)

    found = tiles(client)

    for name, number in (("Late", 2), ("Due within 3 working days", 3)):
        assert found[name][0] == str(number)
        assert client.get(found[name][2]).get_data(as_text=True).count("Why this date") == number


def test_a_figure_is_compared_with_that_of_seven_days_ago_and_nothing_is_said_where_none_was_kept(
    office: Office, client: FlaskClient
) -> None:
    office.owe("3wd", since="2026-11-02T10:00", count=2)
    assert tiles(client)["Late"][:2] == ("2", "not known")
    assert keep(office.app) > 0
    office.owe("3wd", since="2026-11-03T10:00", count=3)
    assert keep(office.app) == 0  # the day has its figures

    office.clock.move(days=7)
    sign_in(client, PASSWORD, DPO)

    assert tiles(client)["Late"][:2] == ("5", "2")
    assert '<b aria-hidden="true">▲</b>' in client.get("/dashboard/uof/").get_data(as_text=True)
    office.clock.move(days=1)
    sign_in(client, PASSWORD, DPO)
    assert tiles(client)["Late"][1] == "not known"


def test_figures_of_one_operator_are_not_those_of_another(office: Office) -> None:
    office.owe("3wd", since="2026-11-02T10:00", count=2)
    office.owe("3wd", since="2026-11-02T10:00", slug="dar")

    keep(office.app)

    rows = office.rows("SELECT number FROM daily_figures WHERE figure = 'late' ORDER BY number")
    assert [number for (number,) in rows if number] == [1, 2]


def test_a_count_of_a_big_table_ends(office: Office) -> None:
    office.owe("3wd", since="2026-11-02T10:00", count=7)
    with office.app.app_context(), services().read(ACTOR) as unbound:
        uow = bound(unbound)
        assert [uow.session.scalar(select(up_to(late(uow), most))) for most in (5, 7, 100)] == [5, 7, 7]


def test_figures_that_nobody_compares_with_are_forgotten(office: Office, clock: MovableClock) -> None:
    keep(office.app)
    clock.move(days=401)
    with office.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        keep_figures(uow, services().law.calendar)
        later = replace(uow, now=uow.now)
        assert forget_figures(later, 200) > 0
        assert not figures_before(later)
        days = uow.session.execute(text("SELECT DISTINCT day FROM daily_figures WHERE operator_id = :n"),
                                   {"n": uow.operator_id}).scalars()  # fmt: skip
        assert [str(day) for day in days] == [str(almaty_day(uow.now))]


def test_a_withdrawal_is_counted_from_its_day_until_the_data_are_gone_everywhere(
    app: Flask, clock: MovableClock
) -> None:
    uof = client_of(app, "uof")
    assert uof.post("/consents", consent()).status_code == 201
    withdraw(uof)

    def counts() -> tuple[int, int]:
        with app.app_context(), services().read(ACTOR) as unbound:
            found = measure(bound(unbound), services().law.calendar)
        return found[Figure.NOT_EXECUTED], found[Figure.PAST_RETENTION]

    assert counts() == (0, 0)
    clock.move(days=11)
    with app.app_context():
        run_now(services(), find_job("withdrawals.take_effect"))
    assert counts() == (1, 0)
    clock.move(days=30)
    assert counts() == (1, 1)  # nobody has carried the order out
    assert work(app) == 0
    assert counts() == (0, 0)


def test_the_figures_take_as_many_statements_for_ten_duties_as_for_one(office: Office, api: Api) -> None:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        measure(bound(unbound), services().law.calendar)
    office.owe("3wd", since="2026-11-02T10:00")
    numbers = []
    for _ in range(2):
        with counted(office.app) as sent, office.app.app_context(), services().read(ACTOR) as unbound:
            uow = bound(unbound)
            before = len(sent)
            measure(uow, services().law.calendar)
            numbers.append(len(sent) - before)
        office.owe("3wd", since="2026-11-02T10:00", count=9)

    assert numbers[0] == numbers[1] <= 6
