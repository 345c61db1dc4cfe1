"""The digest of a working day, and what no message says."""

import re

import pytest

from consent_service.reminders.choices import choose
from consent_service.reminders.rules import Choice
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import ACTOR, client_of
from tests.integration.test_withdrawals import withdraw
from tests.office import DPO, PLANTED, SLUG, Office, almaty, body, bound, subjects, to


@pytest.fixture
def digested(office: Office) -> Office:
    """An office where the one in charge gets the digest, too."""
    people = office.staff(DPO)
    with office.app.app_context(), services().write(ACTOR) as unbound:
        choose(bound(unbound), people[DPO], Choice(reminders=True, digest=True))
    return office


def test_the_digest_comes_at_half_past_eight_on_working_days_and_once(digested: Office) -> None:
    digested.owe("15wd", "answer_withdrawal")

    assert digested.at("2026-11-27 08:29") == []
    (friday,) = digested.at("2026-11-27 08:30")
    assert digested.at("2026-11-27 08:31") == digested.at("2026-11-27 16:00") == []
    assert digested.at("2026-11-28 10:00") == digested.at("2026-11-29 10:00") == []
    (monday,) = digested.at("2026-11-30 08:30")
    assert digested.at("2026-12-16 08:30") == []  # a holiday

    assert {to(mail) for mail in (friday, monday)} == {DPO}


def test_the_digest_counts_what_is_late_today_this_week_and_new(digested: Office) -> None:
    digested.owe("1wd", since="2026-11-19 10:00")  # Friday the 20th: late
    digested.owe("1wd", since="2026-11-20 10:00", count=2)  # today
    digested.owe("4wd", since="2026-11-20 10:00")  # Thursday
    digested.owe("10wd", since="2026-11-20 10:00", count=3)  # next week
    digested.clock.set(almaty("2026-11-20 08:29"))
    digested.owe("30wd")  # before the digest of Friday

    (mail,) = digested.at("2026-11-23 08:30")

    assert subjects([mail]) == ["23.11.2026 шолуы: кешіккені 1, бүгін 2, осы аптада 3"]
    assert "Кешіккені: 1\nМерзімі бүгін: 2\nОсы аптаның соңына дейін: 3\n20.11.2026 шолуынан бері қосылғаны: 7" in body(
        mail
    )
    days = re.findall(r"^(\d\d\.\d\d\.\d{4})(?: \(|$)", body(mail), re.MULTILINE)
    assert days == ["20.11.2026", "23.11.2026", "23.11.2026", "26.11.2026", *["04.12.2026"] * 3, "06.01.2027"]
    assert "20.11.2026 (кешікті: 3 күнтізбелік күн; нақтыланбаған)" in body(mail)
    assert "06.01.2027 (нақтыланбаған; алдын ала: күнтізбе әлі жарияланған жоқ)" in body(mail)


def test_the_digest_names_the_soonest_twenty(digested: Office) -> None:
    digested.owe("15wd", count=25)
    (soonest,) = digested.owe("14wd")

    (mail,) = digested.at("2026-11-27 08:30")

    assert body(mail).count("/cases/request/") == 20
    assert body(mail).index(str(soonest)) < body(mail).index("14.12.2026")
    assert "Тағы 6: http://127.0.0.1:8000/dashboard/uof/" in body(mail)


def test_on_a_day_with_nothing_owed_there_is_no_digest(digested: Office) -> None:
    assert digested.at("2026-11-27 08:30") == []


def test_nothing_in_a_message_or_its_row_is_about_a_person(digested: Office) -> None:
    uof = client_of(digested.app, SLUG)
    identifiers = {"email": "canary@example.kz", "full_name": "Канарейкина Айжан"}
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": identifiers}))
    withdraw(uof)
    people = digested.staff(DPO)
    with digested.app.app_context(), services().write(ACTOR) as unbound:
        choose(bound(unbound), people[DPO], Choice(reminders=True, digest=True))
    ((subject_id,),) = digested.rows("SELECT id FROM subjects")

    for day in ("2026-11-24", "2026-11-30", "2026-12-03", "2026-12-14", "2026-12-15"):
        digested.at(f"{day} 09:00")

    assert len(digested.inbox.received) > 5
    kept = str(digested.rows("SELECT * FROM outbox_messages") + digested.rows("SELECT * FROM reminders_sent"))
    said = [mail["Subject"] + body(mail) for mail in digested.inbox.received]
    for planted in (*PLANTED, str(subject_id), str(subject_id).replace("-", "")):
        assert not any(planted in one for one in [*said, kept])
    assert DPO not in kept
