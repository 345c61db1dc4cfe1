"""An operator with somebody in charge and an owner, duties by the day, and the jobs that remind of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import Message
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import ALMATY
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.colleagues import set_language
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import seed_policies
from tests.mail import Inbox

if TYPE_CHECKING:
    from tests.integration.conftest import MovableClock

DPO, OWNER, AUDITOR, PASSWORD = (
    "dpo@acme.example",
    "owner@acme.example",
    "auditor@acme.example",
    "correct horse battery",
)
SLUG = "uof"
PLANTED = ("canary", "Канарейкина", "person-1")
_ACTOR = Actor("command", "test")
_LANGUAGES = {DPO: "kk", OWNER: "ru", AUDITOR: "en"}
_ROLES = {DPO: Role.DPO, OWNER: Role.OWNER, AUDITOR: Role.AUDITOR}


@dataclass
class Office:
    """The application with its clock, and an inbox where there is one."""

    app: Flask
    clock: "MovableClock"
    inbox: Inbox

    def staff(self, *addresses: str, slug: str = SLUG) -> dict[str, UUID]:
        """Add people, each with the role and the language of the address."""
        made = {}
        for address in addresses:
            with self.app.app_context(), services().write(_ACTOR) as unbound:
                uow = unbound.for_operator(seed_policies.number(unbound, slug))
                made[address] = add_staff(uow, address, PASSWORD, _ROLES[address])
                set_language(uow, made[address], _LANGUAGES[address])
        return made

    def owe(
        self, period: str, code: str = "answer_access", *, since: str | None = None, slug: str = SLUG, count: int = 1
    ) -> list[UUID]:
        """Owe a duty of the law in each of some cases, counted from an Almaty time; returns the cases."""
        from_at = self.clock.now if since is None else almaty(since)
        cases = []
        with self.app.app_context(), services().write(_ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, slug))
            law = services().law
            rule = law.catalogue.rule(code, date(2026, 11, 23))
            spec = DutySpec(
                code, rule.action, "law", rule.source, None, Period.parse(period), settled=rule.settled, from_at=from_at
            )
            for _ in range(count):
                cases.append(new_id(uow.now))
                owe(uow, Case("request", cases[-1], None), [spec], law.calendar)
        return cases

    def at(self, when: str) -> list[Message]:
        """Let an Almaty time come, run the jobs that remind, and return what arrived."""
        self.clock.set(almaty(when))
        before = len(self.inbox.received)
        assert self.run() == 0
        return self.inbox.received[before:]

    def run(self) -> int:
        """Run the jobs that remind; returns how much failed."""
        with self.app.app_context():
            return sum(run_now(services(), find_job(name)).failed for name in ("reminders.send", "mail.deliver"))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what the database holds."""
        with self.app.app_context(), db.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


def bound(unbound: UnitOfWork) -> UnitOfWork:
    """Return a unit of work bound to the operator of the office."""
    return unbound.for_operator(seed_policies.number(unbound, SLUG))


def subjects(mails: list[Message]) -> list[str]:
    """Return subjects without the operator's name, in order."""
    return sorted(mail["Subject"].partition(" –")[0] for mail in mails)


def almaty(text: str) -> datetime:
    """Read a day and a time of Almaty's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY).astimezone(UTC)


def body(message: Message) -> str:
    """Return the text of a message."""
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def to(message: Message) -> str:
    """Return the address a message was sent to."""
    return str(message["X-To"])
