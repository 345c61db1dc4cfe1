"""The calendar: what is due by day, a deadline counted as the command counts it, what an order would move."""

import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text

from consent_service.cli.deadline import deadline
from consent_service.deadlines.verifying import wrong_with_orders
from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.queries import operator_numbers
from consent_service.services import services
from tests.databases import app_on
from tests.integration.conftest import ACTOR
from tests.integration.test_dashboard import form_token, sign_in
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office

CALENDAR = "/dashboard/uof/calendar"


@pytest.fixture
def client(office: Office) -> FlaskClient:
    """Somebody in charge, signed in."""
    return entered(office, DPO)


def entered(office: Office, address: str) -> FlaskClient:
    made = office.app.test_client()
    assert sign_in(made, PASSWORD, address) == 302
    made.get("/language/en")
    return made


def page(client: FlaskClient, path: str = "", status: int = 200) -> str:
    answer = client.get(f"{CALENDAR}{path}")
    assert answer.status_code == status, answer.get_data(as_text=True)
    return html.unescape(answer.get_data(as_text=True))


def due(client: FlaskClient, month: str) -> dict[str, str]:
    """Return how many duties stand on which day of a month."""
    return dict(re.findall(r"Due on ([0-9.]+): ([0-9]+)", page(client, f"?month={month}")))


def preview(client: FlaskClient, status: int = 200, **form: str) -> str:
    token = form_token(client, f"{CALENDAR}/transfer")
    answer = client.post(f"{CALENDAR}/transfer", data={"csrf_token": token, **form})
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def test_a_day_of_the_month_leads_to_the_list_of_what_is_due_on_it(office: Office, client: FlaskClient) -> None:
    office.owe("3wd", count=2)  # 26 November
    office.owe("4wd")
    office.owe("3wd", slug="dar")
    office.owe("30d")  # 23 December

    assert due(client, "2026-11") == {"26.11.2026": "2", "27.11.2026": "1"}
    assert due(client, "2026-12") == {"23.12.2026": "1"}
    (address,) = re.findall(r'<a href="([^"]+)" aria-label="Due on 26', page(client, "?month=2026-11"))
    assert address == "/dashboard/uof/duties?since=2026-11-26&until=2026-11-26"
    assert client.get(address).get_data(as_text=True).count("Why this date") == 2


def test_duties_are_listed_by_the_days_on_which_they_are_due(office: Office, client: FlaskClient) -> None:
    office.owe("3wd")
    office.owe("4wd")

    def listed(query: str) -> int:
        return client.get(f"/dashboard/uof/duties?{query}").get_data(as_text=True).count("Why this date")

    assert [listed(query) for query in ("since=2026-11-27", "until=2026-11-26", "until=9999-12-31", "")] == [1, 1, 2, 2]
    assert listed("state=soon&until=2026-11-25") == 0


@pytest.mark.parametrize(
    ("from_", "at", "amount", "unit"),
    [
        ("2026-11-23", "", "15", "wd"),
        ("2026-12-31", "", "1", "m"),
        ("2026-11-23", "10:30", "24", "h"),
        ("2027-12-20", "", "10", "d"),
    ],
)
def test_a_deadline_is_counted_and_explained_as_the_command_does(
    client: FlaskClient, from_: str, at: str, amount: str, unit: str
) -> None:
    start = f"{from_}T{at}:00+05:00" if at else from_
    told = json.loads(CliRunner().invoke(deadline, [start, f"{amount}{unit}", "--json"]).output)
    told = told.get("data", told)

    shown = page(client, f"?from={from_}&at={at}&amount={amount}&unit={unit}")

    assert told["explanation"]["en"] in shown
    year, month, on = told["due_on"].split("-")
    assert f'<strong class="answer">{on}.{month}.{year}</strong>' in shown
    assert ('<span class="tag soon">provisional</span>' in shown) is told["provisional"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=tomorrow&amount=3&unit=wd", "Write a day, such as 2026-11-23."),
        ("from=2026-11-23&amount=-3&unit=wd", "Write a whole number."),
        ("from=2026-11-23&amount=3&unit=weeks", "Write a whole number."),
        ("from=2036-12-01&amount=90&unit=wd", "The calendar knows the days from 01.01.2022 to 31.12.2036"),
        ("from=9999-12-31&amount=9000&unit=y", "The calendar knows the days from 01.01.2022 to 31.12.2036"),
    ],
)
def test_what_cannot_be_counted_is_said(client: FlaskClient, query: str, words: str) -> None:
    assert words in page(client, f"?{query}", 422)


def test_a_year_has_its_days_off_with_their_reasons_and_other_years_are_missing(client: FlaskClient) -> None:
    shown = page(client, "/2026")

    assert "16.12.2026</span> <span>Independence Day" in shown
    assert "09.03.2026</span> <span>International Women's Day (carried over from a weekend)" in shown
    assert shown.count("<caption>") == 12
    assert "kz-2026-" in shown
    page(client, "/2021", 404)
    page(client, "/2037", 404)


def test_what_an_order_would_move_is_seen_and_nothing_is_changed(office: Office, client: FlaskClient) -> None:
    office.owe("3wd")
    before = office.rows("SELECT due_on FROM duties"), office.rows("SELECT count(*) FROM ledger_events")

    shown = preview(client, day_off="2026-11-26", act="order 12 of 20.11.2026")

    assert "1 of 1 open duties would be dated otherwise." in shown
    assert "<strong>27.11.2026</strong>" in shown
    assert "26.11.2026: Transferred day off (order 12 of 20.11.2026)" in shown
    assert "- date: 2026-11-26" in shown
    assert "act: order 12 of 20.11.2026" in shown
    assert (office.rows("SELECT due_on FROM duties"), office.rows("SELECT count(*) FROM ledger_events")) == before
    assert "0 of 1 open duties" in preview(client, worked="2026-12-26", act="order 12")
    both = preview(client, day_off="2026-11-26", worked="2026-11-28", act="order 12")
    assert "1 of 1 open duties" in both
    assert both.count("- date: ") == 2


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"day_off": "2026-11-28", "act": "order 12"}, "The calendar has this day so already"),
        ({"day_off": "2026-11-26", "worked": "2026-11-27", "act": "order 12"}, "The calendar has this day so already"),
        ({"day_off": "2025-11-26", "act": "order 12"}, "This year is over: choose a day of 2026 or later."),
        ({"day_off": "2026-11-26", "worked": "2026-11-26", "act": "order 12"}, "Choose another day than the one"),
        ({"worked": "2050-01-01", "act": "order 12"}, "The calendar knows the days from"),
        ({"day_off": "2026-11-26", "act": ""}, "Fill in this field."),
        ({"act": "order 12"}, "Name a day that the order moves."),
        ({"day_off": "2026-11-26", "act": "call a@example.kz 12"}, "Leave out e-mail addresses"),
    ],
)
def test_an_order_that_cannot_be_is_refused(client: FlaskClient, form: dict[str, str], words: str) -> None:
    shown = preview(client, 422, **form)
    assert f'help">{words}' in shown  # beside its field


def test_a_day_of_a_year_that_is_over_is_said_once(client: FlaskClient) -> None:
    shown = preview(client, 422, day_off="2020-11-26", act="order 12")
    assert "This year is over" in shown
    assert "The calendar knows the days" not in shown


def test_an_auditor_may_look_at_what_an_order_would_move(office: Office) -> None:
    office.owe("3wd")
    shown = preview(entered(office, AUDITOR), day_off="2026-11-26", act="order 12")
    assert "1 of 1 open duties" in shown


ORDER = {"day_off": "2026-11-26", "worked": "2026-11-28", "act": "order 12 of 20.11.2026"}


@pytest.fixture
def owner(office: Office) -> FlaskClient:
    """Somebody who owns every operator of the installation."""
    for _, slug in operators(office):
        office.staff(OWNER, slug=slug)
    return entered(office, OWNER)


def operators(office: Office) -> list[tuple[int, str]]:
    with office.app.app_context(), services().read(ACTOR) as uow:
        return operator_numbers(uow.session)


def enter(client: FlaskClient, status: int, edition: str | None = None) -> str:
    """Look what the order would move, and enter it as it was seen, or as another edition that was seen before."""
    shown = preview(client, 200, **ORDER)
    seen = edition or re.findall(r'name="edition" value="([^"]+)"', shown)[0]
    token = form_token(client, f"{CALENDAR}/transfer")
    answer = client.post(f"{CALENDAR}/transfer/enter", data={"csrf_token": token, "edition": seen, **ORDER})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return seen


def kinds(office: Office) -> Counter[object]:
    return Counter(kind for (kind,) in office.rows("SELECT kind FROM ledger_events"))


def test_an_order_that_an_owner_of_all_enters_moves_open_dates_at_every_operator(
    office: Office, owner: FlaskClient
) -> None:
    office.owe("3wd")
    office.owe("3wd", slug="dar")
    everywhere = len(operators(office))
    seen = preview(owner, 200, **ORDER)
    assert seen.count("1 of 1 open duties would be dated otherwise.") == 2  # of both operators with an open duty
    assert "<h3>dar</h3>" in seen

    edition = enter(owner, 302)
    with office.app.app_context():
        assert run_now(services(), find_job("duties.recalculate")).failed == 0

    assert [(str(on), by) for on, by in office.rows("SELECT due_on, calendar_edition FROM duties")] == [
        ("2026-11-27", edition)
    ] * 2
    told = kinds(office)
    assert (told["calendar_order_entered"], told["recalculation_approved"]) == (everywhere, everywhere)
    assert told["recalculation_done"] == everywhere
    assert "26.11.2026</span> <span>Transferred day off (order 12 of 20.11.2026)" in page(owner, "/2026")
    assert "28.11.2026 is worked" in page(owner, "/transfer")
    assert "The calendar has this day so already" in preview(owner, 422, **ORDER)
    office.owe("3wd")  # counted with the new edition from the start
    assert [str(on) for (on,) in office.rows("SELECT due_on FROM duties")] == ["2026-11-27"] * 3
    back = preview(owner, day_off="2026-11-28", worked="2026-11-26", act="order 13")  # how a mistake is undone
    assert "2 of 2 open duties would be dated otherwise." in back
    assert "<strong>26.11.2026</strong>" in back


def test_a_process_that_starts_later_has_the_orders_and_the_ledger_fits(
    office: Office, owner: FlaskClient, database_url: str, tmp_path: Path
) -> None:
    edition = enter(owner, 302)

    with app_on(database_url, tmp_path, office.clock) as later, later.app_context():
        with services().read(ACTOR) as uow:
            assert services().law.calendar.edition == edition
            assert list(wrong_with_orders(uow.session)) == []
        with services().write(ACTOR) as uow:
            uow.session.execute(text("UPDATE calendar_orders SET day_off = '2026-11-25'"))
            assert [what for _, what in wrong_with_orders(uow.session)] == ["no event tells of it as it stands"]
            uow.session.execute(text("DELETE FROM calendar_orders"))
            assert [what for _, what in wrong_with_orders(uow.session)] == ["it was entered, and it is gone"]


def test_nothing_is_entered_by_an_owner_of_one_operator_or_unseen_or_twice(office: Office) -> None:
    office.staff(OWNER)
    one = entered(office, OWNER)
    before = kinds(office)
    assert "an owner of every one of them can enter the order" in preview(one, 200, **ORDER)
    enter(one, 403, edition="any")
    for _, slug in operators(office):
        if slug != "uof":
            office.staff(OWNER, slug=slug)
    enter(one, 409, edition="another")
    assert "calendar_order_entered" not in kinds(office) - before
    assert office.rows("SELECT count(*) FROM calendar_orders") == [(0,)]

    enter(one, 302)
    waiting = preview(one, day_off="2026-11-27", act="order 13")
    token = form_token(one, f"{CALENDAR}/transfer")
    seen = re.findall(r'name="edition" value="([^"]+)"', waiting)[0]
    data = {"csrf_token": token, "edition": seen, "day_off": "2026-11-27", "act": "order 13"}
    answer = one.post(f"{CALENDAR}/transfer/enter", data=data)

    assert answer.status_code == 409  # the dates of the first are not moved yet
    assert office.rows("SELECT count(*) FROM calendar_orders") == [(1,)]
