"""What tests of the end of an operator do: order it, run its job, look where it stands and whether all is proven."""

from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from consent_service.database import db
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_number
from consent_service.services import services
from consent_service.termination.carrying import SETTLED
from consent_service.termination.queries import EndingView, last_ending
from consent_service.termination.service import order_end
from consent_service.termination.states import EndingReason, WithoutExport
from tests.integration.conftest import ACTOR
from tests.integration.test_dashboard import form_token, sign_in
from tests.office import PASSWORD, Office, bound

PATH = "/dashboard/uof/operator/end"
HELD_ELSEWHERE = WithoutExport.HELD_ELSEWHERE


def act(office: Office, do: Any, by: Actor = ACTOR) -> Any:  # Any: whatever the use case takes and gives
    with office.app.app_context(), services().write(by) as unbound:
        return do(bound(unbound))


def last(office: Office) -> EndingView:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        return last_ending(unbound.for_operator(operator_number(unbound.session, "uof", closed_too=True)))


def order(office: Office, by: UUID, without: WithoutExport | None = HELD_ELSEWHERE, slug: str = "uof") -> UUID:
    def do(uow: Any) -> UUID:  # Any: a unit of work
        return order_end(uow, slug=slug, because=EndingReason.CONTRACT_END, without_export=without, by=by)

    made: UUID = act(office, do, Actor("staff", str(by)))
    return made


def act_on_closed(office: Office, do: Any) -> Any:  # Any: as above
    with office.app.app_context(), services().write(ACTOR) as unbound:
        return do(unbound.for_operator(operator_number(unbound.session, "uof", closed_too=True)))


def db_name(app: Flask) -> str:
    with app.app_context():
        return db.engine.dialect.name


def run(office: Office, job: str = "operators.end") -> tuple[int, int]:
    with office.app.app_context():
        count = run_now(services(), find_job(job))
    return count.done, count.failed


def settle(office: Office) -> None:
    office.clock.move(seconds=SETTLED.total_seconds())


def entered(app: Flask, address: str) -> FlaskClient:
    """Return the browser of somebody who is signed in."""
    client = app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def send(client: FlaskClient, path: str, **form: str) -> int:
    """Send a form of the page, and return the status."""
    return client.post(path, data={"csrf_token": form_token(client, PATH), **form}).status_code


def verified(office: Office) -> list[str]:
    with office.app.app_context():
        run_now(services(), find_job("ledger.seal"))
        run_now(services(), find_job("ledger.publish"))
        with services().snapshot(ACTOR) as uow:
            verdict = verify_evidence(uow, services().settings.ledger_dir, lambda _what, _count: None)
    return [str(one) for one in verdict.problems]
