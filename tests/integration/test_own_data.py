"""One job forgets what is kept for a fixed time, and nothing a day too early."""

from datetime import UTC, datetime

from flask import Flask

from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.access import Role
from consent_service.operators.sessions import open_session
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.integration.test_dashboard import PASSWORD
from tests.integration.test_jobs import NEWSLETTER, rows
from tests.integration.test_withdrawals import work
from tests.mail import Inbox
from tests.office import bound


def test_a_session_is_forgotten_a_day_after_its_end(app: Flask, clock: MovableClock) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        open_session(uow, add_staff(uow, "left@uof.example", PASSWORD, Role.DPO))

    clock.move(hours=12 + 23)
    assert left(app, "staff_sessions") == 1
    clock.move(hours=2)
    assert left(app, "staff_sessions") == 0


def test_what_a_message_came_to_stays_as_long_as_claims_can_be_made(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    client_of(app, "acme").post("/consents", NEWSLETTER)
    clock.set(datetime(2027, 1, 24, 5, 0, tzinfo=UTC))
    work(app)
    assert len(inbox.received) == 1

    clock.set(datetime(2030, 1, 24, 5, 0, tzinfo=UTC))
    assert left(app, "outbox_messages") == 1
    clock.set(datetime(2030, 1, 28, 5, 0, tzinfo=UTC))
    assert left(app, "outbox_messages") == 0


def left(app: Flask, table: str) -> int:
    with app.app_context():
        run_now(services(), find_job("housekeeping"))
    return int(rows(app, f"SELECT count(*) FROM {table}")[0][0])
