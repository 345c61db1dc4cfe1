"""Computing a million open dates again: how fast, and whether memory grows with them.

The duties are made by the database itself, in a SQLite file of their own; everything else is the service's own code.
"""

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402 - the project is put on the path first

from consent_service.database import db  # noqa: E402
from consent_service.kernel.uow import Actor  # noqa: E402
from consent_service.recalculation.service import pages  # noqa: E402
from consent_service.services import services  # noqa: E402
from tests.databases import app_on, migrated_sqlite  # noqa: E402
from tests.factories import seed_policies  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
MOMENT = "strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-01-05', '+' || (n % 300) || ' days')"
DUTIES = f"""{NUMBERS} INSERT INTO duties
  (operator_id, id, case_kind, case_id, subject_id, code, action, origin, source, clause, period, rolls, settled,
   moment, from_at, due_on, safe_on, due_at, skipped, calendar_edition, catalogue_edition, provisional, is_binding,
   state, met_at, created_at)
  SELECT :operator, printf('%032x', n), 'withdrawal', printf('%032x', n / 2 + 1), NULL, 'answer_withdrawal',
   'stop_or_refuse', 'law', '{{}}', NULL, CASE n % 2 WHEN 0 THEN '15wd' ELSE '30wd' END, 1, 1, 'received', {MOMENT},
   '2026-12-31', '2026-12-31', '2026-12-31T19:00:00.000000Z', '[]', 'bench', NULL, 0, 1, 'open', NULL,
   '2026-01-05T00:00:00.000000Z' FROM numbers"""  # noqa: S608 - our own words
CLOCK = f"""{NUMBERS} INSERT INTO clock_entries
  (operator_id, case_id, seq, case_kind, kind, moment, at, author, reason_sealed, facts, recorded_at)
  SELECT :operator, printf('%032x', n), 1, 'withdrawal', 'started', 'received', {MOMENT}, 'bench', NULL, '{{}}',
   '2026-01-05T00:00:00.000000Z' FROM numbers"""  # noqa: S608 - our own words


def measure(count: int = 1_000_000) -> dict[str, object]:
    """Compute ``count`` open duties again; returns the rate and the growth of memory after the first tenth."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with app_on(f"sqlite:///{migrated_sqlite(place)}", place, lambda: NOW) as app, app.app_context():
            with services().read(Actor("command", "bench")) as unbound:
                operator = seed_policies.number(unbound, "uof")
            with db.engine.begin() as connection:
                connection.execute(text(DUTIES), {"count": count, "operator": operator})
                connection.execute(text(CLOCK), {"count": count // 2 + 1, "operator": operator})
            begin, seen, differ, after_a_tenth = time.perf_counter(), 0, 0, 0
            with services().read(Actor("command", "bench"), operator) as uow:
                for page in pages(uow, services().law.calendar):
                    seen += page.seen
                    differ += len(page.differences)
                    if not after_a_tenth and seen >= count // 10:
                        after_a_tenth = _peak_mib()
            took = time.perf_counter() - begin
    return {
        "duties": seen,
        "differ": differ,
        "seconds": round(took, 1),
        "duties_per_second": round(seen / took),
        "peak_mib_after_a_tenth": after_a_tenth,
        "peak_mib_at_the_end": _peak_mib(),
    }


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
