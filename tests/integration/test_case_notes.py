"""Notes of colleagues and duties given to one of them: on the pages of cases, for those whose work it is."""

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent_service.database import db
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import consent
from tests.integration.conftest import ACTOR, Api, client_of
from tests.integration.test_dashboard import form_token
from tests.office import AUDITOR, DPO, PASSWORD, Office, bound
from tests.operator_end import entered
from tests.roads import COURT, erase

HELPER = "helper@acme.example"
SECRET = "Канарейкина called twice: +7 701 555 01 01"


@pytest.fixture
def helper(office: Office) -> UUID:
    """An assignee, who sees their own work alone."""
    with office.app.app_context(), services().write(ACTOR) as unbound:
        return add_staff(bound(unbound), HELPER, PASSWORD, Role.ASSIGNEE)


def withdrawal_at(uof: Api) -> str:
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": {"email": "canary@example.kz"}}))
    body = {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"}
    made: str = uof.post("/withdrawals", body).json["id"]
    return made


def send(client: FlaskClient, path: str, page: str, **form: str) -> int:
    return client.post(path, data={"csrf_token": form_token(client, page), **form}).status_code


def stored(app: Flask) -> bytes:
    """Return every value of every table as the database has it."""
    with app.app_context(), db.engine.connect() as connection:
        rows = [repr(row) for table in db.metadata.sorted_tables for row in connection.execute(table.select())]
    return "\n".join(rows).encode()


def test_a_note_is_sealed_read_with_a_reason_and_goes_with_the_person(office: Office) -> None:
    uof = client_of(office.app, "uof")
    case = withdrawal_at(uof)
    here, dpo = f"/dashboard/uof/withdrawals/{case}", entered(office.app, DPO)
    notes = f"/dashboard/uof/cases/withdrawal/{case}/notes"

    assert send(dpo, notes, here, text=SECRET) == 302
    assert send(dpo, notes, here, text="") == 422

    page = dpo.get(here).get_data(as_text=True)
    assert "Notes of colleagues <small>1</small>" in page
    assert SECRET not in page
    assert SECRET.encode() not in stored(office.app)
    assert send(dpo, f"{notes}/read", here) == 422  # a reason is missing
    read = dpo.post(f"{notes}/read", data={"csrf_token": form_token(dpo, here), "because": "answer"})
    assert SECRET in read.get_data(as_text=True)
    assert read.headers["Cache-Control"] == "no-store"
    assert len(office.rows("SELECT kind FROM ledger_events WHERE kind IN ('case_noted', 'subject_revealed')")) == 2
    auditor = entered(office.app, AUDITOR)
    assert "Notes of colleagues" not in auditor.get(here).get_data(as_text=True)
    assert send(auditor, notes, "/dashboard/uof/erasures", text="x") == 403

    order = {"subject": "person-1", "ground": "18(3)", "reference": COURT}
    staff = next(str(one) for (one,) in office.rows("SELECT staff_id FROM staff_roles WHERE role = 'dpo'"))
    assert uof.post("/erasure-orders", order | {"ordered_by": staff}).status_code == 201
    assert erase(office.app) == 0
    assert office.rows("SELECT kind FROM subject_notes") == []
    assert send(dpo, notes, here, text="too late") == 422


def test_a_duty_given_to_an_assignee_opens_that_case_to_them_and_no_other(office: Office, helper: UUID) -> None:
    uof = client_of(office.app, "uof")
    case, dpo, mate = withdrawal_at(uof), entered(office.app, DPO), entered(office.app, HELPER)
    here = f"/dashboard/uof/withdrawals/{case}"
    assert mate.get(here).status_code == 404
    page = dpo.get(here).get_data(as_text=True)
    duties = re.findall(r'action="(/dashboard/uof/duties/[0-9a-f-]+/owner)"', page)
    assert len(duties) > 1

    assert send(dpo, duties[0], here, staff=str(helper)) == 302

    assert mate.get(here).status_code == 200
    assert case in mate.get("/dashboard/uof/mine").get_data(as_text=True)
    page = dpo.get(here).get_data(as_text=True)
    assert page.count(f'<option value="{helper}" selected>') == 1
    assert send(mate, duties[1], here, staff=str(helper)) == 403
    assert send(mate, f"/dashboard/uof/cases/withdrawal/{case}/notes", here, text="done") == 302
    assert send(dpo, duties[0], here, staff="") == 302
    assert mate.get(here).status_code == 404
    assert len(office.rows("SELECT kind FROM ledger_events WHERE kind = 'duty_given'")) == 2
    (of_another,) = office.owe("1wd", slug="dar")
    ids = dict(office.rows("SELECT case_id, id FROM duties"))
    other = next(UUID(str(duty)) for of_case, duty in ids.items() if UUID(str(of_case)) == of_another)
    assert send(dpo, f"/dashboard/uof/duties/{other}/owner", here, staff=str(helper)) == 404


def test_the_duty_of_an_incident_goes_to_nobody_who_sees_cases_of_one_person_alone(
    office: Office, helper: UUID
) -> None:
    office.owe("1wd")
    (duty,) = office.rows("SELECT id FROM duties")[0]
    dpo = entered(office.app, DPO)

    assert (
        send(dpo, f"/dashboard/uof/duties/{UUID(str(duty))}/owner", "/dashboard/uof/duties", staff=str(helper)) == 422
    )
    assert office.rows("SELECT owner_id FROM duties") == [(None,)]
