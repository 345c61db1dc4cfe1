"""Every route of the url map, walked by each role and by a visitor: what the table of routes does not admit is refused."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from consent_service.admission.kinds import Open, Staff
from consent_service.admission.table import ROUTES, admission_to
from consent_service.operators.access import ALL_SCOPES, Role, Scope
from consent_service.operators.service import create_credential
from consent_service.operators.staff import add_staff, staff_at
from consent_service.services import services
from consent_service.withdrawals.assigning import assign_withdrawals
from tests.factories import consent
from tests.integration.conftest import ACTOR, client_of
from tests.integration.test_dashboard import PASSWORD, form_token, sign_in
from tests.office import bound

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# What a role gets where it is admitted: anything but these.  A page of which there is none answers 404 after the door.
REFUSED, UNKNOWN = 403, 404
FILLED = {
    "slug": "uof", "kind": "withdrawal", "lang": "kk", "document": "personal-data-agreement", "version": "1",
    "code": "kk", "name": "withdrawals", "site_key": "site_0000000000000000", "form": "x", "token": "x",
    "operator": "uof", "old": "1", "draft": "x", "step": "who", "path": "0/000", "epoch": 1, "ref": "person-1",
}  # fmt: skip


@dataclass
class Walk:
    """Clients that are signed in, one for each role."""

    app: Flask
    clients: dict[Role, FlaskClient] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)

    def rules(self, kind: type) -> Iterator[tuple[Rule, str]]:
        """Yield each route of one kind of admission with each of its methods."""
        for rule in self.app.url_map.iter_rules():
            if isinstance(admission_to(rule.endpoint), kind):
                for method in sorted((rule.methods or set()) & METHODS):
                    yield rule, method

    def address(self, rule: Rule, **given: object) -> str:
        """Return an address of a route; cases and the like are those given, or unknown ones."""
        values = {name: given.get(name, FILLED.get(name, uuid.uuid4())) for name in rule.arguments}
        with self.app.test_request_context():
            return self.app.url_map.bind("localhost").build(rule.endpoint, values, rule_method(rule))

    def status(self, role: Role, rule: Rule, method: str, **given: object) -> int:
        """Return what a role is answered, with the right token in what it sends."""
        data = {"csrf_token": self.tokens[role]} if method == "POST" else None
        return self.clients[role].open(self.address(rule, **given), method=method, data=data).status_code


def rule_method(rule: Rule) -> str:
    return next(iter((rule.methods or set()) & METHODS))


def email_of(role: Role) -> str:
    return f"{role}@acme.example"


@pytest.fixture
def walk(house: Flask) -> Walk:
    made = Walk(house)
    for role in Role:
        with house.app_context(), services().write(ACTOR) as unbound:
            add_staff(bound(unbound), email_of(role), PASSWORD, role)
        made.clients[role] = house.test_client()
        assert sign_in(made.clients[role], email=email_of(role)) == 302
        made.tokens[role] = form_token(made.clients[role], "/account/")
    return made


def a_withdrawal(app: Flask) -> uuid.UUID:
    api = client_of(app, "uof")
    assert api.post("/consents", consent(subject={"ref": "person-1"})).status_code == 201
    given = {"subject": "person-1", "document": "personal-data-agreement", "channel": "email"}
    return uuid.UUID(api.post("/withdrawals", given).json["id"])


def test_every_route_stands_in_the_table_and_the_table_names_no_other(house: Flask) -> None:
    assert {rule.endpoint for rule in house.url_map.iter_rules()} == set(ROUTES)


def test_a_route_that_stands_nowhere_is_refused_to_everybody(house: Flask) -> None:
    house.add_url_rule("/dashboard/forgotten", "dashboard.forgotten", lambda: "personal data")
    house.add_url_rule("/forgotten", "forgotten", lambda: "personal data")
    client = house.test_client()

    for address in ("/dashboard/forgotten", "/forgotten"):
        answer = client.get(address)
        assert answer.status_code == REFUSED
        assert b"personal data" not in answer.data


def test_a_visitor_is_sent_to_sign_in_by_every_page_of_staff_and_of_accounts(walk: Walk) -> None:
    visitor = walk.app.test_client()
    walked = [*walk.rules(Staff), *((r, m) for r, m in walk.rules(Open) if "account" in str(ROUTES[r.endpoint]))]

    for rule, method in walked:
        answer = visitor.open(walk.address(rule), method=method)
        assert answer.status_code == 302, (rule.endpoint, method)
        assert answer.location.startswith("/dashboard/sign-in?next="), (rule.endpoint, method)
    assert len(walked) > 100


@pytest.mark.parametrize("role", Role)
def test_each_role_comes_where_the_table_says_and_nowhere_else(walk: Walk, role: Role) -> None:
    admitted = refused = 0
    for rule, method in walk.rules(Staff):
        row = ROUTES[rule.endpoint]
        assert isinstance(row, Staff)
        status = walk.status(role, rule, method)
        if role in row.roles:
            assert status != REFUSED, (rule.endpoint, method, status)
            admitted += 1
        elif role is Role.ASSIGNEE and row.own_case:
            assert status == UNKNOWN, (rule.endpoint, method, status)  # it is nobody's case, so not theirs
        else:
            assert status == REFUSED, (rule.endpoint, method, status)
            refused += 1
    assert admitted > 0
    assert (refused > 0) == (role is not Role.OWNER)


@pytest.mark.parametrize("role", Role)
def test_the_way_to_another_operator_looks_like_a_missing_one_to_each_role(walk: Walk, role: Role) -> None:
    for rule, method in walk.rules(Staff):
        for slug in ("dar", "nowhere"):
            assert walk.status(role, rule, method, slug=slug) == UNKNOWN, (rule.endpoint, method)


def test_every_address_that_an_assignee_may_come_to_names_a_case_or_is_their_own_list() -> None:
    for endpoint, row in ROUTES.items():
        if isinstance(row, Staff) and Role.ASSIGNEE in row.roles:
            assert endpoint == "dashboard.my_cases"


def test_an_assignee_meets_their_own_case_and_no_other(walk: Walk) -> None:
    case_id, other = a_withdrawal(walk.app), uuid.uuid4()
    client = walk.clients[Role.ASSIGNEE]
    page = f"/dashboard/uof/withdrawals/{case_id}"
    assert client.get(page).status_code == UNKNOWN

    with walk.app.app_context(), services().write(ACTOR) as unbound:
        uow = bound(unbound)
        assign_withdrawals(uow, [case_id], staff_at(uow, email_of(Role.ASSIGNEE)))

    assert client.get(page).status_code == 200
    assert client.get(f"/dashboard/uof/withdrawals/{other}").status_code == UNKNOWN
    assert str(case_id) in client.get("/dashboard/uof/mine").get_data(as_text=True)
    assert client.get("/dashboard/").location == "/dashboard/uof/mine"
    assert client.get("/dashboard/uof/withdrawals").status_code == REFUSED


def test_a_case_is_given_on_its_page_to_somebody_who_works_on_cases(walk: Walk) -> None:
    case_id = a_withdrawal(walk.app)
    dpo = walk.clients[Role.DPO]
    with walk.app.app_context(), services().read(ACTOR) as unbound:
        people = {role: staff_at(bound(unbound), email_of(role)) for role in Role}

    def give(to: object) -> int:
        form = {"csrf_token": walk.tokens[Role.DPO], "staff": str(to)}
        return dpo.post(f"/dashboard/uof/cases/withdrawal/{case_id}/assignee", data=form).status_code

    assert give(people[Role.AUDITOR]) == 422
    assert give("nobody") == 422
    assert give(people[Role.ASSIGNEE]) == 302
    assert walk.clients[Role.ASSIGNEE].get(f"/dashboard/uof/withdrawals/{case_id}").status_code == 200
    assert give("") == 302
    assert walk.clients[Role.ASSIGNEE].get(f"/dashboard/uof/withdrawals/{case_id}").status_code == UNKNOWN


def test_no_page_leads_a_role_to_where_it_is_not_let_in(walk: Walk) -> None:
    for role in Role:
        client = walk.clients[role]
        first = client.get("/dashboard/", follow_redirects=True).get_data(as_text=True)
        for address in links(first):
            assert client.get(address).status_code in {200, 302}, (role, address)


@pytest.mark.parametrize("scope", Scope)
def test_a_secret_key_reaches_what_its_scope_names_and_nothing_else(house: Flask, scope: Scope) -> None:
    with house.app_context(), services().write(ACTOR) as unbound:
        _, secret = create_credential(bound(unbound), "one", [scope])
    client, walked = house.test_client(), Walk(house)

    for rule, method in walked.rules(Scope):
        headers = {"Authorization": f"Bearer {secret}"}
        status = client.open(walked.address(rule), method=method, headers=headers).status_code
        assert (status == REFUSED) == (ROUTES[rule.endpoint] is not scope), (rule.endpoint, method, status)


def test_without_a_secret_key_every_route_of_the_api_asks_for_one_before_it_reads_anything(house: Flask) -> None:
    walked = Walk(house)
    for rule, method in walked.rules(Scope):
        answer = house.test_client().open(walked.address(rule) + "?nonsense=1", method=method, data="nonsense")
        assert answer.status_code == 401, (rule.endpoint, method)
    assert {ROUTES[rule.endpoint] for rule, _ in walked.rules(Scope)} == set(ALL_SCOPES)


def links(page: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/dashboard/[^"#]*)"', page)))
