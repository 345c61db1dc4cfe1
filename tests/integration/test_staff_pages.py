"""Who works for an operator: invited by mail, given a role, taken away; and the keys that they make."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert

from consent_service.accounts.tables import Passkey
from consent_service.dashboard.confirming import is_proven
from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.access import ALL_SCOPES, INTEGRATOR_SCOPES, Role
from consent_service.operators.sessions import SignedIn
from consent_service.operators.staff import disable_staff, set_role, staff_at, staff_of
from consent_service.services import services
from tests.accounts import ACCOUNT, TOKEN, Browser, add
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_accounts import events
from tests.integration.test_jobs import rows
from tests.mail import Inbox
from tests.office import PASSWORD, body, bound

STAFF, KEYS, SITES = "/dashboard/uof/staff", "/dashboard/uof/keys", "/dashboard/uof/forms"
NEWCOMER = "newcomer@acme.example"


@pytest.fixture
def owner(mailed: tuple[Inbox, Flask], clock: MovableClock) -> Browser:
    """An owner, signed in, where there is real mail."""
    _, app = mailed
    add(app, Role.OWNER)
    made = Browser(app, clock)
    made.sign_in()
    return made


def link(inbox: Inbox, app: Flask) -> str:
    """Let the mail go out, and return the way that the last one shows."""
    with app.app_context():
        assert run_now(services(), find_job("mail.deliver")).failed == 0
    found = re.search(r"(/account/invitations/\S+)", body(inbox.received[-1]))
    assert found
    return found[1]


def staff_ids(app: Flask) -> list[str]:
    return [str(UUID(str(one))) for (one,) in rows(app, "SELECT staff_id FROM staff_roles")]


def invited(owner: Browser, inbox: Inbox, email: str = NEWCOMER, role: str = "editor") -> str:
    assert owner.post(STAFF, email=email, role=role, language="ru").status_code == 302
    return link(inbox, owner.app)


def test_whoever_opens_the_link_of_the_mail_takes_the_place_once(
    owner: Browser, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    way = invited(owner, inbox)
    assert inbox.received[-1]["X-To"] == NEWCOMER
    assert "редактор документов" in body(inbox.received[-1])
    newcomer = Browser(app, clock, network="192.0.2.1", email=NEWCOMER)

    assert newcomer.post(way, page=way, password="short").status_code == 422
    assert newcomer.post(way, page=way, password=PASSWORD).status_code == 302
    assert newcomer.sign_in().status_code == 302
    assert newcomer.get("/dashboard/").location == "/dashboard/uof/documents"

    assert newcomer.get(way).status_code == 404
    assert newcomer.post(way, page="/dashboard/sign-in", password=PASSWORD).status_code in {403, 404, 422}
    assert [len(events(app, kind)) for kind in ("staff_invited", "invitation_accepted")] == [1, 1]
    assert rows(app, "SELECT language FROM staff_members ORDER BY language") == [("kk",), ("ru",)]


def test_the_audit_log_tells_who_took_a_place_and_that_nobody_was_signed_in_then(
    owner: Browser, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    way = invited(owner, inbox)
    assert Browser(app, clock, network="192.0.2.1").post(way, page=way, password=PASSWORD).status_code == 302
    owner.get("/language/en")

    shown = {kind: owner.get(f"/dashboard/uof/audit?kind={kind}") for kind in ("staff_added", "invitation_accepted")}

    assert [one.status_code for one in shown.values()] == [200, 200]
    assert "a visitor" in shown["staff_added"].get_data(as_text=True)
    (accepted,) = re.findall(r"<tbody.*</tbody>", shown["invitation_accepted"].get_data(as_text=True), re.DOTALL)
    assert NEWCOMER in accepted


def test_the_link_of_an_invitation_ends_after_a_week_or_when_it_is_taken_back(
    owner: Browser, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    visitor = Browser(app, clock)
    taken_back = invited(owner, inbox)
    (number,) = re.findall(r"staff/invitations/([0-9a-f-]+)/revoke", owner.get(STAFF).get_data(as_text=True))
    assert owner.post(f"{STAFF}/invitations/{number}/revoke").status_code == 302
    assert visitor.get(taken_back).status_code == 404
    assert len(events(app, "invitation_revoked")) == 1

    late = invited(owner, inbox)
    clock.move(days=6, hours=23)
    assert visitor.get(late).status_code == 200
    clock.move(hours=2)
    assert visitor.get(late).status_code == 404
    clock.move(days=8)
    with app.app_context():
        run_now(services(), find_job("housekeeping"))
    assert rows(app, "SELECT * FROM staff_invitations") == []


def test_whoever_has_an_account_takes_another_place_with_its_own_password(
    owner: Browser, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    add(app, Role.AUDITOR, NEWCOMER)
    way = invited(owner, inbox, role="dpo")
    newcomer = Browser(app, clock, network="192.0.2.1", email=NEWCOMER)

    assert newcomer.post(way, page=way, password="another password").status_code == 422
    assert newcomer.sign_in("another password").status_code == 403
    assert newcomer.post(way, page=way, password=PASSWORD).status_code == 302

    newcomer.sign_in()
    assert newcomer.get("/dashboard/").location == "/dashboard/uof/"
    assert newcomer.get("/dashboard/uof/withdrawals/new").status_code == 200


def test_whoever_takes_a_closed_account_begins_without_what_its_holder_signed_in_by(
    owner: Browser, mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    add(app, Role.DPO, NEWCOMER)
    former = Browser(app, clock, email=NEWCOMER)
    former.sign_in()
    former.set_up_app()
    with app.app_context(), services().write(ACTOR) as unbound:
        holder = staff_at(bound(unbound), NEWCOMER)
        key = {"credential_id": b"former", "public_key": b"former", "sign_count": 0, "name": "telephone"}
        unbound.session.execute(insert(Passkey).values(staff_id=holder, created_at=unbound.now, used_at=None, **key))
        disable_staff(bound(unbound), holder)

    way = invited(owner, inbox)
    newcomer = Browser(app, clock, network="192.0.2.1", email=NEWCOMER)
    assert newcomer.post(way, page=way, password="another good password").status_code == 302

    assert newcomer.sign_in("another good password").status_code == 302
    assert newcomer.is_in
    tables = ("staff_passkeys", "staff_authenticators", "staff_recovery_codes")
    assert [rows(app, f"SELECT * FROM {table}") for table in tables] == [[], [], []]
    assert len(events(app, "staff_proofs_reset")) == 1


def test_the_address_of_somebody_invited_stands_nowhere_in_clear(owner: Browser, mailed: tuple[Inbox, Flask]) -> None:
    _, app = mailed
    owner.post(STAFF, email=NEWCOMER, role="editor", language="ru")

    for table in ("staff_invitations", "outbox_messages", "ledger_events"):
        assert NEWCOMER not in str(rows(app, f"SELECT * FROM {table}"))


def test_an_owner_changes_roles_and_removes_people_and_never_their_own(owner: Browser, clock: MovableClock) -> None:
    add(owner.app, Role.DPO, NEWCOMER)
    other = Browser(owner.app, clock, email=NEWCOMER)
    other.sign_in()
    page = owner.get(STAFF).get_data(as_text=True)
    (number,) = set(re.findall(r"/staff/([0-9a-f-]{36})", page))  # nothing to send stands beside oneself
    own = next(one for one in staff_ids(owner.app) if one != number)

    assert owner.post(f"{STAFF}/{number}", role="auditor").status_code == 302
    assert other.get("/dashboard/uof/withdrawals/new").status_code == 403  # from that moment
    assert owner.post(f"{STAFF}/{own}", role="auditor").status_code == 409
    assert owner.post(f"{STAFF}/{own}/remove").status_code == 409
    assert owner.post(f"{STAFF}/{number}/remove").status_code == 302

    assert not other.is_in
    assert [len(events(owner.app, kind)) for kind in ("staff_role_set", "staff_removed")] == [1, 1]


@pytest.mark.parametrize("act", ["", "/remove"])
def test_of_two_owners_who_take_each_others_role_one_is_left(
    owner: Browser, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    add(owner.app, Role.OWNER, NEWCOMER)
    with owner.app.app_context(), services().read(ACTOR) as unbound:
        me, other = (staff_at(bound(unbound), email) for email in (owner.email, NEWCOMER))

    def come_between(session: SignedIn) -> bool:
        """Let the other owner be the first, when this one is at the door already."""
        with services().write(ACTOR) as unbound:
            set_role(bound(unbound), me, Role.AUDITOR)
        return is_proven(session)

    monkeypatch.setattr("consent_service.dashboard.guard.is_proven", come_between)
    token = TOKEN.search(owner.get(ACCOUNT).get_data(as_text=True))
    assert token
    form = {"csrf_token": token[1], "role": "auditor"}
    assert owner.client.post(f"{STAFF}/{other}{act}", data=form).status_code == 403

    with owner.app.app_context(), services().read(ACTOR) as unbound:
        assert dict(staff_of(bound(unbound))) == {owner.email: Role.AUDITOR, NEWCOMER: Role.OWNER}


def test_a_key_is_shown_once_works_and_is_ended(owner: Browser) -> None:
    page = owner.post(KEYS, name="shop", scopes="documents:read").get_data(as_text=True)
    secret = re.search(r'id="secret">(kls_\S+)<', page)
    assert secret
    api = Api(owner.app.test_client(), secret[1])
    assert api.get("/operator").status_code == 200
    assert secret[1] not in owner.get(KEYS).get_data(as_text=True)

    number = re.findall(r"/keys/([0-9a-f-]{36})/revoke", owner.get(KEYS).get_data(as_text=True))
    assert owner.post(f"{KEYS}/{number[0]}/revoke").status_code == 302
    assert api.get("/operator").status_code == 401


def test_an_integrator_makes_no_key_that_reads_personal_data(owner: Browser, clock: MovableClock) -> None:
    add(owner.app, Role.INTEGRATOR, NEWCOMER)
    integrator = Browser(owner.app, clock, email=NEWCOMER)
    integrator.sign_in()

    for scope in ALL_SCOPES:
        status = integrator.post(KEYS, name="shop", scopes=scope).status_code
        assert status == (200 if scope in INTEGRATOR_SCOPES else 422), scope
    assert not any(str(scope).endswith((":search", "consents:read", "requests:read")) for scope in INTEGRATOR_SCOPES)


def test_an_integrator_adds_a_site_and_its_further_origins(owner: Browser, clock: MovableClock) -> None:
    add(owner.app, Role.INTEGRATOR, NEWCOMER)
    integrator = Browser(owner.app, clock, email=NEWCOMER)
    integrator.sign_in()

    assert integrator.post(SITES, page=SITES, origin="https://Shop.example").status_code == 422
    assert (
        integrator.post(SITES, page=SITES, origin="https://new.example", further_origins="nonsense").status_code == 422
    )
    assert "https://new.example" not in integrator.get(SITES).get_data(as_text=True)
    form = {"origin": "https://new.example", "further_origins": "https://a.example\r\nhttps://b.example"}
    assert integrator.post(SITES, page=SITES, **form).status_code == 302

    page = integrator.get(SITES).get_data(as_text=True)
    assert "https://new.example" in page
    assert "https://a.example, https://b.example" in page


def test_making_a_key_asks_once_more_who_it_is(owner: Browser, clock: MovableClock) -> None:
    clock.move(minutes=11)
    assert owner.post(KEYS, name="shop", scopes="documents:read").status_code == 403
    assert rows(owner.app, "SELECT count(*) FROM credentials WHERE name = 'shop'") == [(0,)]

    made = owner.post(KEYS, name="shop", scopes="documents:read", confirm_proof=PASSWORD)

    assert "kls_" in made.get_data(as_text=True)
    assert owner.get(ACCOUNT).status_code == 200


def test_without_a_mail_server_nobody_is_invited(app: Flask, clock: MovableClock) -> None:
    add(app, Role.OWNER)
    owner = Browser(app, clock)
    owner.sign_in()

    answer = owner.post(STAFF, email=NEWCOMER, role="editor", language="ru")

    assert (answer.status_code, "No mail server is set" in answer.get_data(as_text=True)) == (422, True)
    assert rows(app, "SELECT * FROM staff_invitations") == []
