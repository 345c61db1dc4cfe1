"""Open dates under another edition of the calendar: seen first, moved by a decision, defended years later."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.deadlines.editions import kept_edition
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import last_day
from consent_service.kernel.errors import ConflictError
from consent_service.recalculation.service import decide, pages
from consent_service.services import services
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_withdrawals import DAR, duties, explicit_dar, withdraw, work

# An order that nobody knew of when the withdrawals came: the 10th and the 11th of December become days off.
ORDER = """
confirmed_through: 2026-12-31
corrections:
  - {date: 2026-12-10, kind: day_off, act: "order 1", reason: {kk: "Ауыстырылған күн", ru: "Перенос", en: "Moved day"}}
  - {date: 2026-12-11, kind: day_off, act: "order 1", reason: {kk: "Ауыстырылған күн", ru: "Перенос", en: "Moved day"}}
"""


@pytest.fixture
def reordered(app: Flask, database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The same database under a calendar with one more order."""
    file = tmp_path / "calendar.yaml"
    file.write_text(ORDER)
    with app_on(database_url, tmp_path, clock, CALENDAR_OVERRIDES=str(file)) as made:
        yield made


def differing(app: Flask, slug: str) -> list[tuple[str, date, date]]:
    with app.app_context(), services().read(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, slug))
        return [
            (one.code, one.before, one.after)
            for page in pages(uow, services().law.calendar)
            for one in page.differences
        ]


def approve(app: Flask, slug: str, reason: str = "order 1 of 1 December") -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        decide(unbound.for_operator(seed_policies.number(unbound, slug)), services().law.calendar, reason=reason)


def test_every_open_date_can_be_computed_again_from_its_log(app: Flask) -> None:
    uof = client_of(app, "uof")
    for number in range(3):
        uof.post("/consents", consent(subject={"ref": f"person-{number}"}))
        withdraw(uof, subject=f"person-{number}")

    assert differing(app, "uof") == []


def test_a_new_calendar_moves_nothing_until_somebody_decides(app: Flask, reordered: Flask, clock: MovableClock) -> None:
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    made = withdraw(uof)

    assert differing(reordered, "uof") == [("answer_withdrawal", date(2026, 12, 14), date(2026, 12, 17))]
    assert work(reordered) == 0
    assert (
        duties(client_of(reordered, "uof").get(f"/withdrawals/{made['id']}").json)["answer_withdrawal"]["due_on"]
        == "2026-12-14"
    )


def test_a_decision_moves_open_dates_with_what_follows_them_and_the_log_says_why(
    app: Flask, reordered: Flask, clock: MovableClock
) -> None:
    dar = client_of(app, "dar")
    explicit_dar(dar)
    clock.move(minutes=1)
    made = withdraw(dar, DAR)
    old = duties(made)["policy_erase_after_withdrawal"]
    approve(reordered, "dar")

    assert work(reordered) == 0

    moved = client_of(reordered, "dar").get(f"/withdrawals/{made['id']}").json
    due = duties(moved)["policy_erase_after_withdrawal"]
    assert (old["due_on"], due["due_on"]) == ("2027-01-08", "2027-01-12")
    assert (moved["cancellable_until"], moved["erasure"]["due_on"]) == ("2027-01-12", "2027-01-12")
    assert (
        duties(moved)["answer_withdrawal"]["due_on"] == duties(made)["answer_withdrawal"]["due_on"]
    )  # met: not touched
    entry = next(entry for entry in moved["clock_log"] if entry["kind"] == "recalculated")
    assert entry["reason"] == "order 1 of 1 December"
    assert entry["facts"]["moved"] == [
        {"duty": "policy_erase_after_withdrawal", "before": "2027-01-08", "after": "2027-01-12"}
    ]
    assert differing(reordered, "dar") == []


def test_deciding_twice_is_refused_while_one_is_being_carried_out_and_repeating_it_changes_nothing(
    app: Flask, reordered: Flask
) -> None:
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    made = withdraw(uof)
    approve(reordered, "uof")
    with pytest.raises(ConflictError):
        approve(reordered, "uof")
    work(reordered)
    once = client_of(reordered, "uof").get(f"/withdrawals/{made['id']}").json
    approve(reordered, "uof")
    work(reordered)

    assert client_of(reordered, "uof").get(f"/withdrawals/{made['id']}").json == once


def test_a_decision_for_another_edition_than_the_one_at_hand_is_not_carried_out(app: Flask, reordered: Flask) -> None:
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    withdraw(uof)
    approve(reordered, "uof")

    assert work(app) == 1  # a worker that still has the old calendar

    assert differing(reordered, "uof") != []


def test_a_date_can_be_computed_with_the_calendar_of_its_time(app: Flask, reordered: Flask) -> None:
    uof = client_of(app, "uof")
    uof.post("/consents", consent())
    owed = duties(withdraw(uof))["answer_withdrawal"]

    with reordered.app_context(), services().read(ACTOR) as uow:
        calendar = kept_edition(uow, owed["calendar_edition"])

    assert calendar.edition == owed["calendar_edition"]
    assert last_day(Period.parse("15wd"), date(2026, 11, 23), calendar).due_on.isoformat() == owed["due_on"]


def test_two_nodes_that_meet_a_new_edition_at_once_both_go_on(app: Flask) -> None:
    uof = client_of(app, "uof")
    for number in range(4):
        uof.post("/consents", consent(subject={"ref": f"person-{number}"}))
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(withdraw(uof, subject=f"person-{n}"))) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM calendar_editions")).scalar() == 1


def test_an_altered_date_is_found_by_computing_it_again(api: Callable[[str], Api], app: Flask) -> None:
    uof = api("uof")
    uof.post("/consents", consent())
    withdraw(uof)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE duties SET due_on = '2027-06-01' WHERE code = 'answer_withdrawal'"))

    assert differing(app, "uof") == [("answer_withdrawal", date(2027, 6, 1), date(2026, 12, 14))]


def test_an_edition_survives_being_kept(app: Flask) -> None:
    from consent_service.deadlines.editions import as_data, from_data  # noqa: PLC0415 - only here

    with app.app_context():
        calendar = services().law.calendar

    assert from_data(as_data(calendar)) == replace(calendar)
