"""On which databases a test runs: on each in ``make test-all``; else on one of them by turns.

Where the database is the point (locks, kills, migrations, plans, what stays on the disk), it is each in every run.
"""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import pytest

DATABASE = "database_url"
ON_EACH = {
    "test_attacks",
    "test_audit_log",
    "test_backups",
    "test_consent_imports",
    "test_erasure_batches",
    "test_erasure_killed",
    "test_erasure_log",
    "test_erasure_together",
    "test_forms_once",
    "test_jobs",
    "test_key_epochs",
    "test_ledger",
    "test_ledger_killed",
    "test_lists",
    "test_migrations",
    "test_operator_end",
    "test_orders_once",
    "test_own_data",
    "test_planted_values",
    "test_reminders_once",
    "test_replay",
    "test_replay_killed",
    "test_retention_races",
    "test_short_way",
    "test_statements",
    "test_tracing",
    "test_webhooks_killed",
}


def by_turns(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests of a short run, and those that it leaves to the full one.

    Of a test of two databases one goes, always the same one, so that all workers agree.
    """
    pairs = Counter(_pair(item) for item in items if _database(item))
    left = [item for item in items if _database(item) and pairs[_pair(item)] > 1 and not _is_its_turn(item)]
    gone = set(left)
    return [item for item in items if item not in gone], left


def _database(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.path.stem in ON_EACH:
        return ""
    return str(callspec.params.get(DATABASE, ""))


def _pair(item: pytest.Item) -> str:
    return item.nodeid.replace(_database(item), "")


def _is_its_turn(item: pytest.Item) -> bool:
    return _database(item) == ("sqlite", "postgresql")[crc32(_pair(item).encode()) % 2]
