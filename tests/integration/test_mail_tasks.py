"""A named person at the operator erases by hand: asked by mail, again each working day, confirming once by a link."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import Message
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from consent_service.connectors.refusals import AskThereError, TargetFailedError
from consent_service.database import db
from consent_service.erasure.service import OrderErasure, cancel_order, order_erasure
from consent_service.erasure.states import Ground
from consent_service.erasure.targets import Erased, Outcome, Target, Whom
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.ids import new_id
from consent_service.services import services
from consent_service.subjects.queries import find_id
from tests.crm import ACTOR, connect, targets
from tests.factories import consent
from tests.integration.conftest import START, MovableClock, client_of
from tests.mail import Inbox
from tests.office import almaty, body, bound

ARCHIVE = """
operator: uof
targets:
  - name: archive
    kind: mail_task
    language: ru
    what: {kk: Қағаз мұрағат, ru: Бумажный архив, en: Paper archive}
    categories:
      - {code: folders, name: {kk: Папкалар, ru: Папки, en: Folders}}
      - {code: letters, name: {kk: Хаттар, ru: Письма, en: Letters}}
"""
CLERK = "clerk@example.kz"
REF = "planted-person-1"
LATER = Erased(Outcome.LATER, {}, "mail_task", {})


@dataclass
class Archive:
    """An operator with a paper archive, an erasure that is ordered, and whoever answers for the archive."""

    app: Flask
    clock: MovableClock
    inbox: Inbox
    order: UUID
    cause: UUID

    @property
    def target(self) -> Target:
        return targets(self.app)["archive"]

    def erase(self) -> Erased:
        with self.app.app_context():
            return self.target.erase(Whom(self.order, REF, {}), {})

    def run(self, *jobs: str) -> list[Message]:
        before = len(self.inbox.received)
        with self.app.app_context():
            for job in (*jobs, "mail.deliver"):
                assert run_now(services(), find_job(job)).failed == 0
        return self.inbox.received[before:]

    def at(self, when: str) -> list[Message]:
        self.clock.set(almaty(when))
        return self.run("connectors.remind")

    def get(self, link: str, language: str = "ru") -> tuple[int, str]:
        answer = self.app.test_client().get(link, headers={"Accept-Language": language})
        return answer.status_code, answer.get_data(as_text=True)

    def post(self, link: str, **form: str) -> tuple[int, str]:
        answer = self.app.test_client().post(link, data=form, headers={"Accept-Language": "ru"})
        return answer.status_code, answer.get_data(as_text=True)

    def kinds(self) -> list[str]:
        with self.app.app_context(), db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT kind FROM ledger_events WHERE kind LIKE 'mail_task%' ORDER BY stream_seq")
            )
            return [str(row.kind) for row in rows]


@pytest.fixture
def archive(mailed: tuple[Inbox, Flask], clock: MovableClock) -> Archive:
    inbox, app = mailed
    client_of(app, "uof").post("/consents", consent(subject={"ref": REF}))
    connect(app, ARCHIVE, {"archive": CLERK})
    cause = new_id(START)
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        subject = find_id(uow, REF)
        assert subject is not None
        command = OrderErasure(
            subject, "request", cause, Ground.OTHER_LAW, START + timedelta(days=300), date(2027, 12, 1)
        )
        order = order_erasure(uow, command)
    return Archive(app, clock, inbox, order, cause)


def link_in(message: Message) -> str:
    found = re.search(r"/task/\S+", body(message))
    assert found
    return found[0]


def test_the_person_named_is_asked_by_mail_that_names_nobody(archive: Archive) -> None:
    assert archive.erase() == LATER
    assert archive.erase() == LATER  # asked once, however often the order comes by

    (mail,) = archive.run()
    assert mail["X-To"] == CLERK
    assert mail["Subject"].startswith("Нужно уничтожить персональные данные")
    assert REF not in body(mail)
    assert archive.run() == []


def test_opening_the_link_shows_and_records_nothing_of_whom(archive: Archive) -> None:
    archive.erase()
    link = link_in(*archive.run())

    for language, words in (("kk", "Қағаз мұрағат"), ("ru", "Бумажный архив"), ("en", "Paper archive")):
        status, page = archive.get(link, language)
        assert (status, words in page, REF in page) == (200, True, False)
    assert archive.kinds() == ["mail_task_asked"]

    status, page = archive.post(link, step="open")
    assert (status, REF in page) == (200, True)
    assert archive.kinds() == ["mail_task_asked", "mail_task_opened"]
    answer = archive.app.test_client().post(link, data={"step": "open"})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "<script" not in page  # it works without


def test_it_is_confirmed_once_with_counts_and_whom_it_was_about_is_forgotten(archive: Archive) -> None:
    archive.erase()
    link = link_in(*archive.run())
    for wrong in (
        {"count-folders": "2"},
        {"count-folders": "-1", "count-letters": "0"},
        {"count-folders": "٢", "count-letters": "9" * 8},
    ):
        status, page = archive.post(link, step="confirm", **wrong)
        assert (status, "Ничего не принято" in page) == (422, True)
    assert archive.erase() == LATER

    status, page = archive.post(link, step="confirm", **{"count-folders": "2", "count-letters": "0"})

    assert (status, "Подтверждено" in page, REF in page) == (200, True, False)
    assert archive.erase() == Erased(
        Outcome.CONFIRMED, {"folders": 2, "letters": 0}, "mail_task", {"folders": 0, "letters": 0}
    )
    for step in ("confirm", "open", "lacking"):
        status, page = archive.post(link, step=step, words="x", **{"count-folders": "5", "count-letters": "5"})
        assert (status, REF in page) == (409, False)
    assert archive.erase().counts == {"folders": 2, "letters": 0}
    with archive.app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT sealed, answer_sealed FROM mail_tasks")).all() == [(None, None)]
    assert archive.kinds().count("mail_task_confirmed") == 1


def test_what_is_lacking_keeps_the_order_open_and_is_told_to_whoever_is_in_charge(archive: Archive) -> None:
    archive.erase()
    link = link_in(*archive.run())
    assert archive.post(link, step="lacking", words="  ")[0] == 422

    status, page = archive.post(link, step="lacking", words="The planted cabinet is locked")

    assert (status, "Чего-то не хватает" in page) == (200, True)
    with pytest.raises(TargetFailedError) as failed:
        archive.erase()
    assert "planted" not in failed.value.detail
    with archive.app.app_context(), db.engine.connect() as connection:
        assert b"planted" not in connection.execute(text("SELECT answer_sealed FROM mail_tasks")).scalar_one()
    assert archive.post(link, step="confirm", **{"count-folders": "1", "count-letters": "0"})[0] == 200
    assert archive.erase().outcome is Outcome.CONFIRMED


def test_it_is_mailed_again_on_each_working_day_with_a_link_of_its_own(archive: Archive) -> None:
    archive.erase()
    (first,) = archive.run()

    assert archive.at("2026-11-23 18:00") == []  # Monday, the day it was asked
    assert archive.at("2026-11-24 08:59") == []
    (tuesday,) = archive.at("2026-11-24 09:00")
    assert archive.at("2026-11-24 17:00") == []
    assert len(archive.at("2026-11-25 09:00")) == 1
    assert archive.at("2026-11-28 12:00") == []  # a Saturday
    links = {link_in(first), link_in(tuesday)}
    assert len(links) == 2
    assert {archive.get(link)[0] for link in links} == {200}

    archive.clock.set(almaty("2026-12-07 10:01"))  # two weeks after the first
    assert archive.get(link_in(first))[0] == 404
    assert archive.get(link_in(tuesday))[0] == 200
    archive.post(link_in(tuesday), step="confirm", **{"count-folders": "1", "count-letters": "0"})
    assert archive.at("2026-12-08 10:00") == []


def test_a_mail_that_does_not_arrive_fails_until_the_address_is_right(archive: Archive) -> None:
    archive.inbox.unknown.add(CLERK)
    archive.erase()
    archive.run()

    with pytest.raises(TargetFailedError, match="does not arrive"):
        archive.erase()
    connect(archive.app, ARCHIVE, {"archive": "other@example.kz"})
    (again,) = archive.at("2026-11-24 09:00")
    assert again["X-To"] == "other@example.kz"
    assert archive.erase() == LATER


def test_a_task_of_an_order_that_ended_another_way_is_forgotten_with_whom_it_was_about(archive: Archive) -> None:
    archive.erase()
    link = link_in(*archive.run())
    with archive.app.app_context(), services().write(ACTOR) as unbound:
        cancel_order(bound(unbound), archive.cause)

    assert archive.at("2026-11-24 09:00") == []
    archive.run("connectors.forget")

    assert archive.get(link)[0] == 404
    with archive.app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mail_tasks")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM mail_task_links")).scalar() == 0


@pytest.mark.parametrize("token", ["not-a-token", "1_" + "a" * 43, "fffffff_" + "b" * 43])
def test_a_link_that_is_none_says_nothing(archive: Archive, token: str) -> None:
    for status, page in (archive.get(f"/task/{token}"), archive.post(f"/task/{token}", step="open")):
        assert status == 404
        assert token not in page


def test_the_archive_hands_nothing_out_by_itself(archive: Archive) -> None:
    with pytest.raises(AskThereError, match="Ask there"):
        archive.target.collect(Whom(archive.order, REF, {}))
