"""The statements of the hot paths, as PostgreSQL would carry them out on large tables: by indexes alone.

They are noted on their way to the server while the service does its work, so that none is forgotten or out of date.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, text

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.jobs.schedule import JOBS
from consent_service.kernel import ready_statements
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.services import services
from scripts.bench_lists import FILL
from tests.databases import PostgreSQL, app_on
from tests.factories import consent, seed_policies
from tests.importing import imported, line, written
from tests.integration.conftest import ACTOR, Api, MovableClock, client_of
from tests.integration.test_dashboard import sign_in

pytestmark = pytest.mark.postgresql
ROWS, CASES = 50_000, 10_000  # so many that a hundred rows by index cost a fraction of the whole table
LARGE = 4_000  # rows of a table from which on it is not read through
EMAIL, PASSWORD = "plans@acme.example", "correct horse battery"
DOCUMENT, PURPOSE = "personal-data-agreement", "targeted_advertising"
# Once an hour or less, by their nature about much, about everything, or about a small table.
SELDOM = {"housekeeping", "keys.turn", "figures.keep", "ledger.check"}
READ = re.compile(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
# People (save those whose erasure is due: they are gone), identifiers, events (which queue themselves) and messages
# beside the consents and cases of the benchmark.
MORE = """
INSERT INTO subjects (operator_id, id, ref_index, ref_sealed, key_wrapped, created_at)
  SELECT operator_id, subject_id, '\\x00000001'::bytea || uuid_send(gen_random_uuid()), '\\x01', '\\x00000001', given_at
    FROM consents WHERE subject_id NOT IN (SELECT subject_id FROM withdrawals WHERE state = 'effective');
INSERT INTO subject_identifiers (operator_id, subject_id, kind, value_index, value_sealed, created_at)
  SELECT operator_id, id, 'email', '\\x00000001'::bytea || uuid_send(gen_random_uuid()), '\\x01', created_at
    FROM subjects;
INSERT INTO ledger_events (operator_id, id, stream, stream_seq, kind, body, salt, leaf_input, recorded_at)
  SELECT operator_id, id, subject_id, 1, 'consent_recorded', '\\x7b7d', '\\x01', '\\x01'::bytea || sha256(uuid_send(id)),
    given_at FROM consents WHERE subject_id NOT IN (SELECT stream FROM ledger_events);
INSERT INTO outbox_messages (operator_id, id, template, case_id, language, facts, state, attempts, run_after,
    created_at, settled_at)
  SELECT operator_id, id, 'withdrawal_received', id, 'kk', '{}', 'sent', 1, given_at, given_at, given_at FROM consents;
INSERT INTO idempotent_answers (operator_id, route, key_hash, expires_at)
  SELECT operator_id, '/api/v1/consents', uuid_send(id), given_at + interval '3 years' FROM consents;
INSERT INTO retention_clocks (operator_id, subject_id, look_on)
  SELECT operator_id, subject_id, '2030-01-01' FROM consents;
"""


@dataclass
class Noted:
    """What was sent to the server, by its words: whose it was, and with which values."""

    statements: dict[str, tuple[str, Any]] = field(default_factory=dict)  # Any: values of the driver
    doing: str = ""

    def note(self, query: object, values: object) -> None:
        if self.doing and isinstance(query, str) and READ.match(query):
            self.statements.setdefault(query, (self.doing, values))


@dataclass
class House:
    """A service on large tables, whose statements are noted."""

    app: Flask
    noted: Noted
    clock: MovableClock


def fill(app: Flask, now: MovableClock) -> None:
    with app.app_context():
        with services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            staff, operator = add_staff(uow, EMAIL, PASSWORD, Role.DPO), uow.operator_id
        with db.engine.begin() as connection:
            names = connection.execute(
                text(
                    "SELECT d.id AS document, v.id AS version, p.id AS purpose FROM documents d "
                    "JOIN document_versions v ON v.document_id = d.id JOIN purposes p ON p.document_id = d.id "
                    "WHERE d.operator_id = :operator AND d.slug = :slug AND p.code = :code"
                ),
                {"operator": operator, "slug": DOCUMENT, "code": PURPOSE},
            ).one()
            values = dict(names._mapping) | {
                "operator": operator, "now": now(), "consents": ROWS, "cases": CASES, "staff": str(staff),
            }  # fmt: skip
            for statement in filter(str.strip, (FILL + MORE).split(";")):
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement.replace("::", "\\:\\:")), used)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def house(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> Iterator[House]:
    noted, clock = Noted(), MovableClock()

    class Noting(psycopg.Cursor[Any]):  # Any: rows
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:  # Any: as psycopg has them
            noted.note(query, params)
            return super().execute(query, params, **more)

    def watch(connection: Any, _record: object) -> None:  # Any: a connection of the driver
        connection.cursor_factory = Noting

    own = ready_statements._Compiled._run_in_one_call

    def note_and_run(ready: Any, connection: Any, values: Any) -> Any:  # Any: as the statement has them
        named = {f"p{place}": value for place, value in enumerate(values, 1)}
        noted.note(re.sub(r"\$(\d+)", r"%(p\1)s", ready._sql), named)
        return own(ready, connection, values)

    monkeypatch_module.setattr(ready_statements._Compiled, "_run_in_one_call", note_and_run)
    with postgresql.copied() as url, app_on(url, tmp_path_factory.mktemp("plans"), clock) as app:
        fill(app, clock)
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
                event.listen(engine, "connect", watch)
        yield House(app, noted, clock)


def scans(plan: dict[str, Any], large: set[str], above: dict[str, Any] | None = None) -> Iterator[str]:  # Any: JSON
    """Yield the large tables that a plan reads through; the first rows of one in no order are no such thing."""
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in large:
        is_first_rows = above is not None and above["Node Type"] == "Limit" and "Filter" not in plan
        if not is_first_rows:
            yield f"{plan['Relation Name']} where {plan.get('Filter', 'nothing is asked')}"
    for below in plan.get("Plans", ()):
        yield from scans(below, large, plan)


def read_through(house: House) -> str:
    """Return the statements that read through a large table, each with which one."""
    found = []
    with house.app.app_context(), db.engine.connect() as connection:
        large = set(
            connection.execute(
                text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= :large"), {"large": LARGE}
            ).scalars()
        )
        driver: Any = connection.connection.driver_connection  # Any: psycopg's own
        for statement, (doing, values) in house.noted.statements.items():
            with driver.cursor() as cursor:
                ((answer,),) = cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values).fetchall()
            plan = answer if isinstance(answer, list) else json.loads(answer)
            tables = list(scans(plan[0]["Plan"], large))
            if tables:
                found.append(f"{doing}: {statement} reads through {'; '.join(tables)}")
        connection.rollback()
    assert {"consents", "consent_choices", "subjects", "ledger_events", "duties", "outbox_messages"} <= large
    return "\n\n".join(found)


def during(house: House, doing: str, act: Callable[..., Any], *given: Any, **more: Any) -> Any:  # Any: of each act
    """Do something, with its statements noted."""
    house.noted.doing = doing
    try:
        return act(*given, **more)
    finally:
        house.noted.doing = ""


def test_no_request_reads_through_a_large_table(house: House, tmp_path: Path) -> None:
    house.noted.statements.clear()
    uof: Api = client_of(house.app, "uof")
    asked = f"uof/{DOCUMENT}#{PURPOSE}"
    person = {"ref": "person-1", "identifiers": {"email": "p1@example.kz"}}
    during(house, "recording", uof.post, "/consents", consent(subject=person), Idempotency_Key="first-time")
    house.clock.move(minutes=1)
    during(house, "recording again", uof.post, "/consents", consent(subject=person))
    during(house, "check", uof.get, "/permissions", subject="person-1", purpose=asked)
    during(house, "search", uof.post, "/subjects/search", {"email": "p1@example.kz"})
    during(house, "import", imported, house.app, written(tmp_path / "a.ndjson", line("p-1"), line("p-2")))
    for query in ({}, {"subject": "person-1"}, {"document": DOCUMENT}, {"purpose": asked}, {"state": "withdrawn"}):
        page = during(house, f"list {query}", uof.get, "/consents", limit=20, **query).json
        if page["next_cursor"]:
            during(house, f"list {query}, next", uof.get, "/consents", limit=20, cursor=page["next_cursor"], **query)
    said = {"subject": "person-1", "document": DOCUMENT, "channel": "platform"}
    assert during(house, "withdrawal", uof.post, "/withdrawals", said).status_code == 201

    assert len(house.noted.statements) > 30
    found = read_through(house)
    assert not found, found


def test_no_page_of_a_list_reads_through_a_large_table(house: House) -> None:
    house.noted.statements.clear()
    staff = house.app.test_client()
    assert sign_in(staff, PASSWORD, EMAIL) == 302
    for name in ("", "duties", "requests", "withdrawals", "erasures", "consents", "consents?state=withdrawn"):
        answer = during(house, f"page {name}", staff.get, f"/dashboard/uof/{name}")
        assert answer.status_code == 200
        following = re.search(r'href="(/dashboard/uof/[^"]*after=[^"]*)"', answer.get_data(as_text=True))
        if following:
            place = following[1].replace("&amp;", "&")
            assert during(house, f"page {name}, next", staff.get, place).status_code == 200

    assert any(", next" in doing for doing, _ in house.noted.statements.values())
    found = read_through(house)
    assert not found, found


def test_no_job_reads_through_a_large_table_to_find_what_is_due(house: House) -> None:
    house.noted.statements.clear()
    with house.app.app_context():
        for job in JOBS:
            if job.name not in SELDOM:
                during(house, job.name, run_now, services(), find_job(job.name))

    assert len(house.noted.statements) > 50
    found = read_through(house)
    assert not found, found
