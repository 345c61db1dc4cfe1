"""Pages of lists on PostgreSQL: how long the server takes with a million consents and 100,000 cases of each kind.

Every page is asked for with a tenth of the rows and with all of them; the ratio says whether a list grows with its
table.  Rows lie as badly as they may: what is rare lies at the far end of every order.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402 - the project is put on the path first
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import text  # noqa: E402

from consent_service.database import db  # noqa: E402
from consent_service.kernel.cursors import write_cursor  # noqa: E402
from consent_service.kernel.uow import Actor  # noqa: E402
from consent_service.operators.access import Role  # noqa: E402
from consent_service.operators.staff import add_staff  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from consent_service.services import services  # noqa: E402
from scripts.bench_retention import opened_server  # noqa: E402
from tests.databases import SEEDED_AT, app_on  # noqa: E402
from tests.factories import seed_policies  # noqa: E402
from tests.integration.test_dashboard import sign_in  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ACTOR = Actor("command", "bench")
SLUG, DOCUMENT, PURPOSE = "uof", "personal-data-agreement", "targeted_advertising"
EMAIL, PASSWORD = "bench@acme.example", "correct horse battery"
CONSENTS = int(os.environ.get("BENCH_CONSENTS", "1000000"))
CASES = int(os.environ.get("BENCH_CASES", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TENTH = 10
PROMISED_MS = 150
PAGES = (
    "", "pictures", "calendar", "calendar/2026",
    "duties", "duties?state=soon", "duties?state=met&order=latest", "duties?case=incident",
    "duties?since=2026-11-25&until=2026-11-25",
    "requests", "requests?state=open", "requests?state=unidentified", "requests?type=complaint", "requests?order=due",
    "requests?assignee=mine", "requests?assignee=nobody&state=in_progress",
    "withdrawals", "withdrawals?state=not_executed", "withdrawals?refused=1", "withdrawals?order=due",
    "erasures", "erasures?state=late", "erasures?state=done", "erasures?order=due",
    "consents", "consents?state=active", "consents?state=withdrawn", "consents?state=blocked",
    f"consents?document={DOCUMENT}", f"consents?purpose={SLUG}/{DOCUMENT}%23{PURPOSE}&state=withdrawn",
    "consents?order=earliest", "consents?since=2026-10-01&until=2026-10-02", "jobs", "documents",
    "audit", "audit?group=seen", "audit?group=consents", "audit?kind=subject_searched",
    "audit?group=consents&since=2026-10-01&until=2026-10-02",
)  # fmt: skip
DEEP = {
    "consents": "SELECT given_at AS at, id FROM consents ORDER BY given_at, id OFFSET 60 LIMIT 1",
    "requests": "SELECT received_at AS at, id FROM subject_requests ORDER BY received_at, id OFFSET 60 LIMIT 1",
}

# The first of all rows are the rare ones; every later one is ordinary and newer.
FILL = """
CREATE TEMP TABLE people AS
  SELECT n, gen_random_uuid() AS subject, gen_random_uuid() AS id, n <= 60 AS rare,
    CAST(:now AS timestamptz) - (CAST(:consents AS int) - n) * interval '1 minute' AS given
  FROM generate_series(1, :consents) AS n;
INSERT INTO consents (operator_id, id, subject_id, document_id, version_id, language, text_sha256, text_kind, act,
    channel, evidence_grade, declarations, given_at, recorded_at, leaf_input)
  SELECT :operator, id, subject, :document, :version, 'kk', repeat('0', 64), 'restatement', 'pressed', 'web',
    'site_attested', '{}', given, given, NULL FROM people;
INSERT INTO consent_choices (operator_id, consent_id, purpose_id, subject_id, granted, state, state_since, answered_at,
    ruled_at, needs_consent, expires_on, ends_at, renewal_offered_at, blocked_at, withdrawn_parts, is_current, ended_by)
  SELECT :operator, id, :purpose, subject, true, CASE WHEN rare THEN 'withdrawn' ELSE 'active' END, given, given, given,
    true, NULL, NULL, NULL, CASE WHEN n = 61 THEN given END, '{}', true, NULL FROM people;
INSERT INTO subject_requests (operator_id, id, subject_id, is_known, type, channel, state, language, received_at,
    received_on, acting, rules, created_at, assignee_id)
  SELECT :operator, gen_random_uuid(), subject, true, CASE WHEN rare THEN 'complaint' ELSE 'access' END, 'form',
    CASE WHEN n <= 20 THEN 'received' WHEN rare THEN 'in_progress' ELSE 'closed' END, 'kk', given, CAST(given AS date),
    jsonb_build_object('by', 'person', 'age', 'adult'), '[]', given, CASE WHEN n % 2 = 1 THEN CAST(:staff AS uuid) END
    FROM people WHERE n <= :cases;
INSERT INTO withdrawals (operator_id, id, subject_id, document_id, version_id, matter, parts, channel, acting, state,
    received_at, received_on, effective_on, effective_at, rules, bar, bar_reference, created_at)
  SELECT :operator, gen_random_uuid(), subject, :document, :version, 'consent', '[]', 'email',
    jsonb_build_object('by', 'person', 'age', 'adult'), CASE WHEN rare THEN 'effective' ELSE 'closed' END, given,
    CAST(given AS date), CAST(given AS date), given, '[]', CASE WHEN rare THEN 'law' END,
    CASE WHEN rare THEN '94-V 8(2)' END, given
    FROM people WHERE n <= :cases;
INSERT INTO duties (operator_id, id, case_kind, case_id, subject_id, code, action, origin, source, period, rolls,
    settled, moment, from_at, due_on, safe_on, due_at, skipped, calendar_edition, provisional, is_binding, state,
    created_at)
  SELECT :operator, gen_random_uuid(), 'request', id, subject_id, 'answer_access', 'answer', 'law',
    jsonb_build_object('kk', '1', 'ru', '1', 'en', '1'),
    '3wd', true, true, 'received', received_at, received_on + 3, received_on + 3,
    received_at + interval '3 days', '[]', 'kz', false, true, CASE WHEN state = 'closed' THEN 'met' ELSE 'open' END,
    received_at FROM subject_requests WHERE operator_id = :operator;
INSERT INTO erasure_orders (operator_id, id, subject_id, cause_kind, cause_id, ground, demanded, purposes, state,
    run_after, due_on, attempts, created_at)
  SELECT :operator, gen_random_uuid(), subject_id, 'withdrawal', id, '18(2)', false, '[]',
    CASE WHEN state = 'closed' THEN 'done' ELSE 'scheduled' END, received_at, received_on, 0, received_at
    FROM withdrawals WHERE operator_id = :operator;
ALTER TABLE ledger_events DISABLE TRIGGER ledger_events_queued;
INSERT INTO ledger_events (operator_id, id, stream, stream_seq, kind, leaf_input, recorded_at, expired_at, staff_id)
  SELECT :operator, CAST(lpad(to_hex(CAST(extract(epoch FROM given) * 1000 AS bigint)), 12, '0') || '7000a000'
      || lpad(to_hex(n), 12, '0') AS uuid), subject, 1,
    CASE WHEN rare THEN 'subject_searched' ELSE 'consent_recorded' END, decode(repeat('00', 33), 'hex'), given, given,
    CASE WHEN rare THEN CAST(:staff AS uuid) END FROM people;
DROP TABLE people;
"""


def measure(consents: int = CONSENTS, cases: int = CASES, rounds: int = ROUNDS) -> dict[str, Any]:  # Any: JSON values
    """Ask for every page with a tenth of the rows and with all of them."""
    with tempfile.TemporaryDirectory() as scratch, opened_server(Path(scratch)) as server:
        few = _ask_all(server, "few", consents // TENTH, cases // TENTH, rounds)
        many = _ask_all(server, "many", consents, cases, rounds)
    pages = {
        page: {"ms": many[page], "ms_with_a_tenth": few[page], "ratio": round(many[page] / few[page], 2)}
        for page in many
    }
    slowest = max(many, key=lambda page: many[page])
    return {
        "consents": consents,
        "cases": cases,
        "promised_ms": PROMISED_MS,
        "slowest": slowest,
        "slowest_ms": many[slowest],
        "worst_ratio": max(one["ratio"] for one in pages.values()),
        "pages": pages,
    }


def _ask_all(server: Any, name: str, consents: int, cases: int, rounds: int) -> dict[str, float]:  # Any: a server
    with _filled(server, name, consents, cases) as app:
        client = app.test_client()
        if sign_in(client, PASSWORD, EMAIL) != 302:
            raise RuntimeError("nobody could sign in")
        pages = [*PAGES, *(_last_page(client, page) for page in DEEP)]
        took = {page: statistics.median(_ask(client, page) for _ in range(rounds + 1)) for page in pages}
    return {_name(page): round(1000 * seconds, 1) for page, seconds in took.items()}


def _name(page: str) -> str:
    return page.partition("after=")[0] + "the last page" if "after=" in page else page or "today"


def _ask(client: FlaskClient, page: str) -> float:
    begun = time.perf_counter()
    answer = client.get(f"/dashboard/{SLUG}/{page}")
    if answer.status_code != 200:
        raise RuntimeError(f"{page} answered {answer.status_code}")
    return time.perf_counter() - begun


def _last_page(client: FlaskClient, page: str) -> str:
    """Return the address of the last but one page: the place of a line that only some dozens lie behind."""
    with client.application.app_context(), db.engine.connect() as connection:
        row = connection.execute(text(DEEP[page])).one()
    return f"{page}?after={write_cursor(row.at, UUID(str(row.id)))}"


@contextmanager
def _filled(server: Any, name: str, consents: int, cases: int) -> Any:  # Any: a server; an application
    server.run(f'DROP DATABASE IF EXISTS "bench_{name}" WITH (FORCE)')
    server.run(f'CREATE DATABASE "bench_{name}"')
    url = server.address(f"bench_{name}")
    with app_on(url, server.keys, lambda: SEEDED_AT) as app:
        migrate(app)
        seed_policies(app)
    with app_on(url, server.keys, lambda: NOW) as app:
        _fill(app, consents, cases)
        yield app
    server.run(f'DROP DATABASE "bench_{name}" WITH (FORCE)')


def _fill(app: Flask, consents: int, cases: int) -> None:
    with app.app_context():
        with services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, SLUG))
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
            values = {
                "operator": operator, "now": NOW, "consents": consents, "cases": cases, "staff": str(staff),
                "document": names.document, "version": names.version, "purpose": names.purpose,
            }  # fmt: skip
            for statement in filter(str.strip, FILL.split(";")):
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement), used)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
