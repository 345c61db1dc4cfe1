"""Lists of the dashboard: what an address asks for, pages by place, files, saved views, work given to colleagues."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from consent_service.duties.ordering import CaseOrder
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.printing.cells import csv_lines
from consent_service.services import services
from consent_service.subject_requests.assigning import assign_requests
from consent_service.subject_requests.queries import list_requests
from tests.factories import consent
from tests.integration.conftest import ACTOR, Api, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.integration.test_withdrawals import withdraw
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office, bound

PAGES = ("duties", "requests", "withdrawals", "erasures")


@pytest.fixture
def uof(office: Office) -> Api:
    return client_of(office.app, "uof")


@pytest.fixture
def entered(office: Office) -> Callable[[str], FlaskClient]:
    def enter(address: str) -> FlaskClient:
        client = office.app.test_client()
        assert sign_in(client, PASSWORD, address) == 302
        client.get("/language/en")
        return client

    return enter


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/uof/{path}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: FlaskClient, path: str, **form: Any) -> Any:  # Any: fields; Werkzeug's test answer
    token = form_token(client, "/dashboard/uof/requests")
    return client.post(f"/dashboard/uof/{path}", data={"csrf_token": token, **form})


def file_of(client: FlaskClient, name: str, query: str = "") -> list[dict[str, str]]:
    answer = send(client, f"lists/{name}.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def ask(api: Api, count: int, kind: str = "access") -> list[str]:
    """Let somebody whom nobody knows ask some times."""
    made = []
    for _ in range(count):
        body = {"type": kind, "channel": "form", "identifiers": {"email": "canary@example.kz"}}
        answer = api.post("/subject-requests", body)
        assert answer.status_code == 201, answer.json
        made.append(answer.json["id"])
    return made


def events(office: Office, kind: str) -> list[dict[str, Any]]:  # Any: JSON values
    rows = office.rows(f"SELECT body FROM ledger_events WHERE kind = '{kind}'")
    return [json.loads(bytes(body))["facts"] for (body,) in rows]  # type: ignore[call-overload]  # bytes, by the column


@pytest.mark.parametrize("order", list(CaseOrder))
def test_pages_by_place_show_each_line_once_in_every_order(office: Office, uof: Api, order: CaseOrder) -> None:
    made = []
    for n in range(7):
        made += ask(uof, 1, "access" if n % 2 else "correction")
        office.clock.move(minutes=n % 3)

    with office.app.app_context(), services().read(ACTOR) as unbound:
        uow = bound(unbound)
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            lines, cursor = list_requests(uow, order=order, limit=2, cursor=cursor)
            seen += [str(line.id) for line in lines]
            pages += 1
        whole, _ = list_requests(uow, order=order, limit=100, cursor=None)

    assert pages == 4
    assert sorted(seen) == sorted(made)
    assert seen == [str(line.id) for line in whole]
    if order is not CaseOrder.DUE:
        assert (seen == sorted(made)) == (order is CaseOrder.EARLIEST)


def test_due_first_leaves_out_what_nothing_is_owed_to_and_takes_a_case_once(office: Office, uof: Api) -> None:
    uof.post("/consents", consent())
    withdraw(uof)
    (late, *_), (soon, *_) = ask(uof, 1, "access"), ask(uof, 1, "correction")
    with office.app.app_context(), services().read(ACTOR) as unbound:
        lines, _ = list_requests(bound(unbound), order=CaseOrder.DUE, limit=10, cursor=None)
    due = office.rows("SELECT case_id, min(due_on) FROM duties WHERE case_kind = 'request' GROUP BY case_id")

    found = [str(line.id) for line in lines]

    assert sorted(found) == sorted([late, soon])
    days = {str(UUID(str(case))): str(day) for case, day in due}
    assert [days[one] for one in found] == sorted(days.values())


@pytest.mark.parametrize("path", PAGES)
def test_what_an_address_asks_for_is_taken_as_far_as_it_can_be(
    office: Office, entered: Callable[[str], FlaskClient], path: str
) -> None:
    client = entered(DPO)

    for query in ("?state=nonsense&order=nonsense&type=x&assignee=x&case=x&person=x", "?state=late", "?order=due"):
        page(client, path + query)
    assert client.get(f"/dashboard/uof/{path}?after=nonsense").status_code == 422


def test_a_file_holds_every_line_that_is_asked_for_and_nobody_and_is_recorded(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient]
) -> None:
    ask(uof, 27)
    ask(uof, 2, "correction")
    client = entered(DPO)
    assert page(client, "requests").count("<tr>") == 26

    rows = file_of(client, "requests", "?type=access")

    assert len(rows) == len({row["№"] for row in rows}) == 27
    assert {row["Request"] for row in rows} == {"Access to one's data"}
    assert "canary" not in str(rows)
    assert events(office, "list_exported") == [{"list": "requests", "asked": {"type": "access"}}]


@pytest.mark.parametrize("name", PAGES)
def test_every_list_is_a_file_for_an_auditor_too(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient], name: str
) -> None:
    uof.post("/consents", consent())
    withdraw(uof)
    ask(uof, 1)
    office.clock.move(days=11)
    with office.app.app_context():
        run_now(services(), find_job("withdrawals.take_effect"))

    assert file_of(entered(AUDITOR), name)


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_not_asked_for(entered: Callable[[str], FlaskClient], query: str) -> None:
    page(entered(DPO), f"consents?{query}")


def test_what_somebody_puts_in_the_place_of_a_search_is_written_nowhere(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient]
) -> None:
    uof.post("/consents", consent())
    client = entered(DPO)

    file_of(client, "consents", "?search=canary@example.kz")

    assert [facts["asked"] for facts in events(office, "list_exported")] == [{"search": str(UUID(int=0))}]


def test_a_list_that_is_not_there_and_a_form_without_its_token_give_nothing(
    office: Office, entered: Callable[[str], FlaskClient]
) -> None:
    client = entered(DPO)

    assert send(client, "lists/nothing.csv").status_code == 404
    assert client.post("/dashboard/uof/lists/requests.csv").status_code == 403
    assert send(client, "lists/duties/assign", line=str(uuid4())).status_code == 404
    assert events(office, "list_exported") == []


def test_a_view_is_saved_for_oneself_alone_without_the_person_and_removed(
    office: Office, entered: Callable[[str], FlaskClient]
) -> None:
    client, other = entered(DPO), entered(OWNER)
    person = new_id(office.clock.now)

    send(client, f"lists/requests/views?state=open&order=due&person={person}", name="Open, due first")

    shown = page(client, "requests")
    assert 'href="/dashboard/uof/requests?state=open&amp;order=due">Open, due first' in shown
    assert "Open, due first" not in page(other, "requests")
    assert "Open, due first" not in page(client, "withdrawals")
    (view_id,) = re.findall(r"views/([0-9a-f-]{36})/remove", page(client, "requests?state=open&order=due"))
    send(other, f"lists/requests/views/{view_id}/remove")
    assert "Open, due first" in page(client, "requests")
    send(client, f"lists/requests/views/{view_id}/remove")
    assert "Open, due first" not in page(client, "requests")


@pytest.mark.parametrize("name", ["a@example.kz", "+7 701 234 56 78", "x" * 61, " "])
def test_a_view_is_not_named_after_a_person(office: Office, entered: Callable[[str], FlaskClient], name: str) -> None:
    answer = send(entered(DPO), "lists/requests/views?state=open", name=name)

    assert "said=name_refused" in answer.location
    assert office.rows("SELECT count(*) FROM saved_views") == [(0,)]


def test_the_same_name_takes_the_place_and_twenty_views_are_enough(
    office: Office, entered: Callable[[str], FlaskClient]
) -> None:
    client = entered(DPO)
    for n in range(21):
        send(client, "lists/requests/views?state=open", name=f"view {n % 20}")
    assert office.rows("SELECT count(*) FROM saved_views") == [(20,)]

    assert "said=name_refused" in send(client, "lists/requests/views?state=open", name="one more").location


def test_lines_are_given_to_a_colleague_and_each_change_is_recorded_once(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient]
) -> None:
    made = ask(uof, 3)
    client = entered(DPO)
    owner = re.findall(rf'<option value="([0-9a-f-]+)">{OWNER}', page(client, "requests"))[0]

    for _ in range(2):
        answer = send(client, "lists/requests/assign?state=open", line=made[:2], assignee=owner)
        assert answer.location.endswith("requests?state=open&said=given")

    assert page(client, f"requests?assignee={owner}").count("<tr>") == 3
    assert page(client, "requests?assignee=nobody").count("<tr>") == 2
    assert page(entered(OWNER), "requests?assignee=mine").count("<tr>") == 3
    assert sorted(one["case"] for one in events(office, "case_assigned")) == sorted(made[:2])
    send(client, "lists/requests/assign", line=made[0], assignee="")
    assert page(client, "requests?assignee=nobody").count("<tr>") == 3


def test_the_ledger_verifies_after_work_was_given_and_a_list_was_taken(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient]
) -> None:
    made = ask(uof, 2)
    client = entered(DPO)
    owner = re.findall(rf'<option value="([0-9a-f-]+)">{OWNER}', page(client, "requests"))[0]
    send(client, "lists/requests/assign", line=made, assignee=owner)
    file_of(client, "requests")

    with office.app.app_context():
        for job in ("ledger.seal", "ledger.publish"):
            assert run_now(services(), find_job(job)).failed == 0
        with services().snapshot(ACTOR) as uow:
            verdict = verify_evidence(uow, services().settings.ledger_dir, lambda _what, _count: None)

    assert verdict.problems == []
    assert verdict.records > 0


def test_an_auditor_gives_nothing_and_is_given_nothing(
    office: Office, uof: Api, entered: Callable[[str], FlaskClient]
) -> None:
    (made,) = ask(uof, 1)
    assert 'name="line"' not in page(entered(AUDITOR), "requests")
    assert send(entered(AUDITOR), "lists/requests/assign", line=made, assignee="").status_code == 403
    (auditor,) = (one for one in office.rows("SELECT staff_id FROM staff_roles WHERE role = 'auditor'"))
    with office.app.app_context(), services().write(ACTOR) as unbound, pytest.raises(InvalidInputError):
        assign_requests(bound(unbound), [UUID(made)], UUID(str(auditor[0])))


def test_lines_of_another_operator_are_not_given(office: Office, entered: Callable[[str], FlaskClient]) -> None:
    dar = client_of(office.app, "dar")
    (foreign,) = ask(dar, 1)
    client = entered(DPO)
    owner = re.findall(rf'<option value="([0-9a-f-]+)">{OWNER}', page(client, "requests"))

    send(client, "lists/requests/assign", line=foreign, assignee=owner[0] if owner else "")

    assert events(office, "case_assigned") == []
    assert office.rows("SELECT assignee_id FROM subject_requests") == [(None,)]


def test_a_cell_that_a_spreadsheet_would_compute_is_text(office: Office) -> None:

    cells = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain"]

    (row,) = csv.reader(io.StringIO(csv_lines([cells]), newline=""))

    assert row == [*(f"'{cell}" for cell in cells[:-1]), "plain"]
