"""The audit log: what was recorded, by kind, by who did it, between days; nobody is named in it."""

import csv
import html
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from flask.testing import FlaskClient
from sqlalchemy import text

from consent_service.accounts.recording import record
from consent_service.database import db
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.ledger.audit import AuditFilter, list_recorded
from consent_service.ledger.events import EventType
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff, disable_staff, staff_at
from consent_service.schema import alembic_config
from consent_service.services import services
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office, bound

COMING = {EventType.SIGNED_IN, EventType.SIGNED_OUT, EventType.SIGN_INS_FAILED, EventType.SESSIONS_ENDED}


@pytest.fixture
def uof(office: Office) -> Api:
    return client_of(office.app, "uof")


@pytest.fixture
def people(office: Office) -> dict[str, UUID]:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        return {one: staff_at(bound(unbound), one) for one in (DPO, OWNER, AUDITOR)}


def entered(office: Office, address: str) -> FlaskClient:
    client = office.app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def page(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/dashboard/uof/audit{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def look_for(client: FlaskClient, email: str) -> None:
    token = form_token(client, "/dashboard/uof/consents")
    sent = {"csrf_token": token, "by": "email", "value": email}
    assert client.post("/dashboard/uof/consents", data=sent).status_code == 302


def lines(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    token = form_token(client, "/dashboard/uof/audit")
    answer = client.post(f"/dashboard/uof/lists/audit.csv{query}", data={"csrf_token": token})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def read(office: Office, wanted: AuditFilter, limit: int) -> Iterator[list[UUID]]:
    """Read page after page."""
    cursor: str | None = None
    while True:
        with office.app.app_context(), services().read(ACTOR) as unbound:
            found, cursor = list_recorded(bound(unbound), wanted, limit=limit, cursor=cursor)
        yield [one.id for one in found]
        if cursor is None:
            return


def test_what_the_site_the_staff_and_the_service_did_is_told_and_nobody_is_named(
    office: Office, uof: Api, people: dict[str, UUID]
) -> None:
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": {"email": "canary@example.kz"}}))
    dpo, auditor = entered(office, DPO), entered(office, AUDITOR)
    look_for(dpo, "canary@example.kz")

    shown = page(auditor)

    for words in ("The person was looked for", "The answer was recorded", "Somebody joined the staff", DPO):
        assert words in shown
    assert "people found: 1" in shown
    assert "the operator’s system" in shown or "the operator&#39;s system" in shown
    assert "canary" not in shown
    assert "person-1" not in shown


def test_an_address_asks_by_kind_group_and_who_and_a_group_and_a_kind_outside_it_fit_nothing(
    office: Office, uof: Api, people: dict[str, UUID]
) -> None:
    uof.post("/consents", consent())
    dpo = entered(office, DPO)
    look_for(dpo, "canary@example.kz")

    assert {one["What happened"] for one in lines(dpo, "?kind=subject_searched")} == {"The person was looked for"}
    assert {one["Group"] for one in lines(dpo, "?group=seen")} == {"Searches, revealing, exports"}
    by_dpo = lines(dpo, f"?who={people[DPO]}")
    assert {one["Who"] for one in by_dpo} == {DPO}
    assert {"The person was looked for", "A list was taken away as a file"} <= {one["What happened"] for one in by_dpo}
    assert lines(dpo, f"?who={people[AUDITOR]}") == []
    assert "Nothing fits" in page(dpo, "?group=seen&kind=consent_recorded")
    assert lines(dpo, "?group=consents&kind=consent_recorded")[0]["What it is about"].startswith("Person …")


def test_days_are_those_of_almaty(office: Office, uof: Api, people: dict[str, UUID]) -> None:
    office.clock.set(datetime(2026, 11, 30, 18, 30, tzinfo=UTC))  # 23:30 of the 30th in Almaty
    uof.post("/consents", consent())
    office.clock.move(hours=1)
    uof.post("/consents", consent(subject={"ref": "person-2"}))
    dpo = entered(office, DPO)
    kind = "kind=consent_recorded"

    assert len(lines(dpo, f"?{kind}&since=2026-11-30&until=2026-12-01")) == 2
    assert [one["When"] for one in lines(dpo, f"?{kind}&until=2026-11-30")] == ["30.11.2026 23:30"]
    assert [one["When"] for one in lines(dpo, f"?{kind}&since=2026-12-01")] == ["01.12.2026 00:30"]
    assert lines(dpo, f"?{kind}&since=0002-01-01&until=0003-01-01") == []
    assert len(lines(dpo, f"?{kind}&since=0002-01-01&until=9999-12-30")) == 2


@pytest.mark.parametrize(
    "kinds", [(), (EventType.CONSENT_RECORDED, EventType.DUTIES_OWED, EventType.WITHDRAWAL_RECEIVED)]
)
def test_pages_by_place_show_each_event_once_the_latest_first(
    office: Office, uof: Api, people: dict[str, UUID], kinds: tuple[EventType, ...]
) -> None:
    for n in range(5):
        uof.post("/consents", consent(subject={"ref": f"person-{n}"}))
        office.clock.move(seconds=1)
    body = {"document": "personal-data-agreement", "subject": "person-1", "channel": "platform"}
    assert uof.post("/withdrawals", body).status_code == 201
    wanted = AuditFilter(kinds=kinds, accounts=list(people.values()))

    pages = list(read(office, wanted, 2))
    (whole,) = read(office, wanted, 1000)

    assert [one for part in pages for one in part] == whole == sorted(set(whole), reverse=True)
    chosen = f"AND kind IN ({', '.join(repr(str(kind)) for kind in kinds)})" if kinds else ""
    (number,) = office.rows("SELECT id FROM operators WHERE slug = 'uof'")[0]
    assert len(whole) == len(office.rows(f"SELECT id FROM ledger_events WHERE operator_id = {number} {chosen}"))


def test_what_happens_to_accounts_is_told_of_colleagues_alone(office: Office, people: dict[str, UUID]) -> None:
    with office.app.app_context(), services().write(Actor("staff", str(people[DPO]))) as uow:
        record(uow, EventType.PASSKEY_ADDED, people[DPO])
    with office.app.app_context(), services().write(ACTOR) as unbound:
        other = unbound.for_operator(seed_policies.number(unbound, "dar"))
        stranger = add_staff(other, "stranger@elsewhere.example", PASSWORD, Role.DPO)
    with office.app.app_context(), services().write(Actor("staff", str(stranger))) as uow:
        record(uow, EventType.PASSKEY_ADDED, stranger)
    owner = entered(office, OWNER)

    found = lines(owner, "?kind=passkey_added")

    assert [one["Who"] for one in found] == [DPO]
    assert len(lines(owner, f"?who={people[DPO]}&kind=passkey_added")) == 1


def test_whoever_has_left_is_still_asked_for(office: Office, people: dict[str, UUID]) -> None:
    look_for(entered(office, DPO), "canary@example.kz")
    with office.app.app_context(), services().write(ACTOR) as unbound:
        disable_staff(bound(unbound), people[DPO])
    owner = entered(office, OWNER)

    found = lines(owner, f"?who={people[DPO]}&kind=subject_searched")

    assert [one["Who"] for one in found] == ["a closed account"]


def test_who_did_it_is_filled_for_what_was_recorded_before_and_is_verified(
    office: Office, people: dict[str, UUID]
) -> None:
    look_for(entered(office, DPO), "canary@example.kz")
    by = "SELECT staff_id FROM ledger_events WHERE kind = 'subject_searched'"
    before = office.rows(by)
    with office.app.app_context(), db.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0033")
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()

    assert office.rows(by) == before
    assert UUID(str(before[0][0])) == people[DPO]
    with office.app.app_context(), services().write(ACTOR) as uow:
        assert verify_evidence(uow, services().settings.ledger_dir, lambda *_: None).problems == []
    with office.app.app_context(), db.engine.begin() as connection:
        for statement in _without_keeping(connection.dialect.name):
            connection.execute(text(statement))
        connection.execute(
            text("UPDATE ledger_events SET staff_id = :other WHERE kind = 'subject_searched'"),
            {"other": people[OWNER] if connection.dialect.name == "postgresql" else people[OWNER].hex},
        )
    with office.app.app_context(), services().write(ACTOR) as uow:
        problems = verify_evidence(uow, services().settings.ledger_dir, lambda *_: None).problems
    assert [one.what for one in problems] == ["its staff_id was altered"]


def _without_keeping(dialect: str) -> list[str]:
    if dialect == "postgresql":
        return ["ALTER TABLE ledger_events DISABLE TRIGGER ledger_events_kept"]
    return ["DROP TRIGGER ledger_events_update"]


def told(office: Office, account: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Return what is recorded at an account of coming and going, the first first, as its operator sees it."""
    with office.app.app_context(), services().read(ACTOR) as unbound:
        found, _ = list_recorded(bound(unbound), AuditFilter(accounts=[account]), limit=200, cursor=None)
    mine = [one for one in reversed(found) if one.stream == account and one.kind in COMING]
    return [(str(one.kind), {name: value for name, value in one.facts.items() if name != "staff"}) for one in mine]


def tell(office: Office) -> None:
    with office.app.app_context():
        assert run_now(services(), find_job("sign_ins.tell")).failed == 0


def test_who_comes_and_goes_is_told_and_ended_sessions_are_counted(office: Office, people: dict[str, UUID]) -> None:
    first, second = entered(office, DPO), entered(office, DPO)
    office.clock.move(seconds=1)
    token = form_token(first, "/account/")
    assert first.post("/account/sessions", data={"csrf_token": token, "session": "others"}).status_code == 302
    assert first.post("/account/sessions", data={"csrf_token": token, "session": "others"}).status_code == 302  # none
    assert second.get("/dashboard/uof/").status_code == 302
    office.clock.move(seconds=1)
    third = entered(office, DPO)
    office.clock.move(seconds=1)
    shown = html.unescape(page(third, "?group=staff"))
    everywhere = {"csrf_token": form_token(third, "/account/"), "everywhere": "1"}
    assert third.post("/dashboard/sign-out", data=everywhere).status_code == 302

    assert told(office, people[DPO]) == [
        ("signed_in", {}),
        ("signed_in", {}),
        ("sessions_ended", {"sessions": 1}),
        ("signed_in", {}),
        ("signed_out", {"sessions": 2}),
    ]
    assert told(office, people[OWNER]) == []
    for words in ("Somebody signed in", "Sessions were ended", "sessions: 1", DPO):
        assert words in shown


def test_failed_sign_ins_are_counted_at_the_account_once_and_what_was_typed_is_kept_nowhere(
    office: Office, people: dict[str, UUID]
) -> None:
    for _ in range(3):
        assert sign_in(office.app.test_client(), "a wrong password", DPO) == 403
    assert sign_in(office.app.test_client(), PASSWORD, "canary@nowhere.example") == 403
    assert told(office, people[DPO]) == []  # the answer takes as long as for nobody's address
    tell(office)
    tell(office)
    assert told(office, people[DPO]) == [("sign_ins_failed", {"failures": 3})]

    office.clock.move(seconds=1)
    assert sign_in(office.app.test_client(), "a wrong password", DPO) == 403
    dpo = entered(office, DPO)  # takes the failures before it away, and tells of them first
    tell(office)

    assert sorted(told(office, people[DPO])[1:]) == [("sign_ins_failed", {"failures": 1}), ("signed_in", {})]
    with office.app.app_context(), services().read(ACTOR) as unbound:
        found, _ = list_recorded(bound(unbound), AuditFilter(accounts=list(people.values())), limit=200, cursor=None)
    assert {one.actor for one in found if one.kind == EventType.SIGN_INS_FAILED} == {"system:sign-ins"}
    shown = html.unescape(page(dpo, "?group=staff"))
    for words in ("Sign-ins failed", "failed tries: 3", "failed tries: 1", "the service itself"):
        assert words in shown
    assert "canary" not in str(office.rows("SELECT body FROM ledger_events"))


def test_failures_at_an_address_that_was_tried_before_it_had_an_account_are_told_too(office: Office) -> None:
    late = "new@acme.example"
    assert sign_in(office.app.test_client(), "a wrong password", late) == 403
    with office.app.app_context(), services().write(ACTOR) as unbound:
        account = add_staff(unbound.for_operator(seed_policies.number(unbound, "uof")), late, PASSWORD, Role.DPO)
    assert sign_in(office.app.test_client(), "a wrong password", late) == 403
    tell(office)

    assert told(office, account) == [("sign_ins_failed", {"failures": 2})]
