"""Reminders at their minute, once each; digests; a calendar feed under an address that can be revoked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar as ICalendar

from consent_service.deadlines.service import load_law
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff, in_charge
from consent_service.reminders.rules import horizon, kind_on
from consent_service.reminders.service import Wish, wish
from consent_service.reminders.states import ReminderKind
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_register_pages import client, read, send  # noqa: F401 - client is a fixture
from tests.integration.test_withdrawals import withdraw, work
from tests.mail import Inbox

DPO = "dpo@acme.example"
CANARY = {"ref": "canary-ref", "identifiers": {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}}


@pytest.fixture
def watched(mailed: tuple[Inbox, Flask]) -> tuple[Inbox, Flask]:
    """Somebody in charge at an operator who reads Kazakh, and a withdrawal that owes three duties."""
    inbox, app = mailed
    with app.app_context(), services().write(ACTOR) as unbound:
        add_staff(unbound.for_operator(seed_policies.number(unbound, "uof")), DPO, "correct horse battery", Role.DPO)
    uof = client_of(app, "uof")
    uof.post("/consents", consent(subject=CANARY))
    withdraw(uof, subject="canary-ref")  # effect by 3 December, destruction by the 4th
    return inbox, app


def subjects(inbox: Inbox) -> list[str]:
    return [str(mail["Subject"]) for mail in inbox.received if mail["X-To"] == DPO]


def reminders_only(inbox: Inbox) -> list[str]:
    return [subject for subject in subjects(inbox) if not subject.startswith("Бүгінгі жағдай")]


def test_somebody_is_reminded_three_working_days_before_on_the_day_and_while_late(
    watched: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = watched
    clock.set(datetime(2026, 11, 30, 3, 59, tzinfo=UTC))  # Monday, 08:59 in Almaty
    work(app)
    assert reminders_only(inbox) == []
    clock.set(datetime(2026, 11, 30, 4, 0, tzinfo=UTC))
    work(app)
    work(app)
    assert reminders_only(inbox) == ["Мерзімі жақындаған міндеттер: 1"]

    clock.set(datetime(2026, 12, 3, 4, 0, tzinfo=UTC))
    work(app)
    assert any(subject.startswith("Бүгін мерзімі келетін") for subject in reminders_only(inbox))


def test_nothing_personal_is_in_any_of_them(watched: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = watched
    for day in range(24, 30):
        clock.set(datetime(2026, 11, day, 5, 0, tzinfo=UTC))
        work(app)

    assert subjects(inbox)
    for mail in inbox.received:
        words = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text part
        for planted in ("canary", "Канарей", "person"):
            assert planted not in words.lower()
            assert planted not in str(mail["Subject"]).lower()


def test_a_digest_comes_once_each_working_day(watched: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = watched
    for day, hour, minute in ((27, 3, 29), (27, 3, 30), (27, 9, 0), (28, 5, 0), (29, 5, 0), (30, 3, 30)):
        clock.set(datetime(2026, 11, day, hour, minute, tzinfo=UTC))
        work(app)

    digests = [subject for subject in subjects(inbox) if subject.startswith("Бүгінгі жағдай")]
    assert len(digests) == 2  # Friday and Monday


@pytest.mark.parametrize(
    ("on", "due_on", "kind"),
    [
        ("2026-11-27", "2026-12-02", ReminderKind.BEFORE),  # a weekend between
        ("2026-11-26", "2026-12-02", None),
        ("2026-12-02", "2026-12-02", ReminderKind.TODAY),
        ("2026-12-03", "2026-12-02", ReminderKind.LATE),
        ("2026-12-05", "2026-12-02", None),  # Saturday
        ("2026-12-11", "2026-12-17", ReminderKind.BEFORE),  # the 16th is a holiday
    ],
)
def test_which_day_says_what_of_a_duty(on: str, due_on: str, kind: ReminderKind | None) -> None:
    calendar = load_law(None, None).calendar

    assert kind_on(date.fromisoformat(due_on), date.fromisoformat(on), calendar) is kind
    assert horizon(date.fromisoformat(on), calendar) > date.fromisoformat(on)


def test_the_feed_is_read_by_its_address_alone_until_it_is_revoked(
    client: FlaskClient,  # noqa: F811
    app: Flask,
    api: Callable[[str], Api],
    clock: MovableClock,
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject=CANARY))
    withdraw(uof, subject="canary-ref")
    status, page = send(client, "reminders", act="make")
    assert status == 200
    path = page.split('id="feed">')[1].split("</p>")[0].split("/calendar/")[1]
    anybody = app.test_client()

    answer = anybody.get(f"/calendar/{path}")

    calendar = ICalendar.from_ical(answer.data)
    events = {event.decoded("dtstart"): event for event in calendar.walk("VEVENT")}
    assert {date(2026, 12, 3), date(2026, 12, 4)} <= set(events)
    assert events[date(2026, 12, 4)].decoded("dtend") == date(2026, 12, 5)
    assert b"canary" not in answer.data.lower()
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    again = anybody.get(f"/calendar/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert path.removesuffix(".ics") not in read(client, "reminders")  # shown once
    assert send(client, "reminders", act="revoke")[0] == 302
    assert anybody.get(f"/calendar/{path}").status_code == 404
    assert anybody.get("/calendar/unknown.ics").status_code == 404


def test_a_new_address_ends_the_old_one(client: FlaskClient, app: Flask) -> None:  # noqa: F811
    first, second = (send(client, "reminders", act="make")[1].split("/calendar/")[1].split("</p>")[0] for _ in range(2))

    assert app.test_client().get(f"/calendar/{first}").status_code == 404
    assert app.test_client().get(f"/calendar/{second}").status_code == 200


def test_who_wants_no_reminders_gets_none_but_what_is_late(watched: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = watched
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        ((staff_id, _),) = in_charge(uow)
        wish(uow, staff_id, Wish(reminders=False, digest=False))
    client_of(app, "uof").post("/subject-requests", {"type": "correction", "channel": "form", "subject": "canary-ref"})
    for moved in range(1, 4):
        clock.set(datetime(2026, 11, 23, 5, 0, tzinfo=UTC) + timedelta(days=moved))
        work(app)

    assert len(subjects(inbox)) == 2
    assert all(subject.startswith("МЕРЗІМІ ӨТТІ") for subject in subjects(inbox))
