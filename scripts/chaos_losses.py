"""What was acknowledged and is not there, what is there twice, and what does not fit."""

import subprocess
import sys
import time
from collections.abc import Collection

from scripts.chaos_load import Acknowledged
from scripts.chaos_town import ROOT, WATCH_SECONDS, Town

SETTLED_WITHIN = 120


def losses(town: Town, said: Acknowledged) -> dict[str, list[str]]:
    """Return what was lost, doubled or wrong, by question."""
    until = time.monotonic() + SETTLED_WITHIN
    while town.listed("SELECT event_id FROM ledger_queue") and time.monotonic() < until:
        time.sleep(WATCH_SECONDS)
    verified = subprocess.run(
        [sys.executable, "-m", "consent_service", "ledger", "verify"],
        cwd=ROOT, env=town.environ, check=False, capture_output=True, text=True,
    )  # fmt: skip
    consents = town.listed("SELECT id FROM consents")
    acts = [*said.withdrawals.values(), *said.requests.values()]
    there = town.listed("SELECT id FROM withdrawals UNION ALL SELECT id FROM subject_requests")
    found: dict[str, Collection[str]] = {
        "acknowledged consents that are gone": set(said.consents.values()) - consents,
        "consents that nobody acknowledged": consents - set(said.consents.values()),
        "people with two consents": _twice(town, "consents", "subject_id"),
        "acknowledged withdrawals and requests, gone": {one["id"] for one in acts} - there,
        "withdrawals and requests, unacknowledged": there - {one["id"] for one in acts},
        "people with two withdrawals": _twice(town, "withdrawals", "subject_id"),
        "people with two requests": _twice(town, "subject_requests", "subject_id"),
        "acts without a date for each duty": [
            one["id"] for one in acts if not one["duties"] or not all(duty["due_on"] for duty in one["duties"])
        ],
        "duties without a date": town.listed("SELECT id FROM duties WHERE due_on IS NULL"),
        "jobs that ran twice for one slot": _twice(town, "chaos_claims", "job || ' ' || slot"),
        "events that were not sealed": town.listed("SELECT event_id FROM ledger_queue"),
        "what the ledger says": [] if verified.returncode == 0 else [(verified.stderr or verified.stdout)[-500:]],
        "answers that no client should get": said.refused,
    }
    return {question: sorted(one) for question, one in found.items()}


def _twice(town: Town, table: str, what: str) -> set[str]:
    return town.listed(f"SELECT {what} FROM {table} GROUP BY {what} HAVING count(*) > 1")  # noqa: S608 - our own words
