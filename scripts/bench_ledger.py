"""Sealing, proving and checking a log of a million leaves: how fast, on SQLite or the database of ``DATABASE_URL``.

The queue is filled by the database itself with random leaf inputs; sealing, proofs and signing are the service's own
code, and the check is the offline verifier's, on files that were exported as always.
"""

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402 - the project is put on the path first

from consent_service.database import db  # noqa: E402
from consent_service.kernel.uow import Actor  # noqa: E402
from consent_service.ledger.merkle import inclusion_proof  # noqa: E402
from consent_service.ledger.publisher import publish  # noqa: E402
from consent_service.ledger.sealer import BATCH, seal  # noqa: E402
from consent_service.ledger.static_files import export_head  # noqa: E402
from consent_service.ledger.tree import current_epoch, last_head, tiles_of  # noqa: E402
from consent_service.receipts.signing import sign_receipt  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from consent_service.services import Services, services  # noqa: E402
from tests.databases import app_on  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ACTOR = Actor("command", "bench")
QUEUE = "INSERT INTO ledger_queue (operator_id, event_id, leaf_input, recorded_at) "
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
LEAF = "CAST(x'01' || randomblob(32) AS BLOB)"
SQLITE = f"{NUMBERS} {QUEUE} SELECT 1, printf('%032x', n), {LEAF}, '2026-11-23T05:00:00.000000Z' FROM numbers"  # noqa: S608 - our own words
POSTGRESQL = f"""{QUEUE} SELECT 1, lpad(to_hex(n), 32, '0')::uuid, '\\x01'::bytea || sha256(n::text::bytea), now()
  FROM generate_series(1, :count) n"""  # noqa: S608 - our own words
PROOFS = 300


def measure(count: int = 1_000_000, url: str | None = None) -> dict[str, object]:
    """Seal, prove, sign and check ``count`` leaves."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with app_on(url or f"sqlite:///{place / 'bench.db'}", place, lambda: NOW) as app:
            migrate(app)
            with app.app_context():
                fill = SQLITE if db.engine.dialect.name == "sqlite" else POSTGRESQL
                with db.engine.begin() as connection:
                    connection.execute(text(fill), {"count": count})
                return _measure(services(), place, count)


def _measure(house: Services, place: Path, count: int) -> dict[str, object]:
    begin, done = time.perf_counter(), BATCH
    while done == BATCH:
        with house.write(ACTOR) as uow:
            done = seal(uow, "bench/ledger", BATCH)
    sealing = time.perf_counter() - begin
    with house.write(ACTOR) as uow:
        publish(uow, place / "none")
    took = []
    with house.snapshot(ACTOR) as uow:
        epoch, head = current_epoch(uow.session), last_head(uow.session, 1)
        assert epoch  # noqa: S101 - it was just opened
        assert head  # noqa: S101 - it was just signed
        for n in range(PROOFS):
            begin = time.perf_counter()
            inclusion_proof((n * 7919 * 131) % count, count, tiles_of(uow.session, 1))
            took.append(time.perf_counter() - begin)
        export_head(uow.session, place / "export", epoch, head)
        key = uow.keys.signer.receipts
    begin = time.perf_counter()
    for _ in range(PROOFS):
        sign_receipt({"id": "x" * 600}, key)
    signing = (time.perf_counter() - begin) / PROOFS
    return {
        "leaves": count,
        "sealed_per_second": round(count / sealing),
        "proof_ms_median": round(statistics.median(took) * 1000, 3),
        "receipt_signing_us": round(signing * 1_000_000, 1),
        "offline_check_seconds": round(_check_offline(place / "export", count), 2),
    }


def _check_offline(export: Path, count: int) -> float:
    """Return how long the verifier takes to build the tree again from the entries, and to compare all tiles."""
    spec = spec_from_file_location("kelisim_verifier", ROOT / "clients" / "verifier" / "kelisim_verifier.py")
    assert spec  # noqa: S101 - the file is beside
    assert spec.loader  # noqa: S101 - as above
    verifier = module_from_spec(spec)
    spec.loader.exec_module(verifier)
    begin = time.perf_counter()
    report = verifier.Report()
    tree = verifier.Roots()
    entries = list(verifier.read_entries(verifier.Source(export), 1, count, report))
    for entry in entries:
        tree.add(verifier.leaf(entry))
    verifier.check_tiles(verifier.Source(export), 1, entries, report)
    took = time.perf_counter() - begin
    assert not report.failed  # noqa: S101 - a wrong answer has no rate
    return took


if __name__ == "__main__":
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, os.environ.get("DATABASE_URL")))
