"""The plan to a hundred million people: what follows from what was measured, for ``docs/scale.md``.

Everything that is assumed stands here as a name and on the page; everything else is counted from the measurements.
"""

from math import ceil
from typing import Any

PEOPLE = 100_000_000
CONSENTS = 2  # of a person, of each of whom three events follow in the years they are kept
EVENTS = 3
CHECKS_A_DAY = 2  # of a person
GROWN_IN_DAYS = 3 * 365
BUSIEST = 5  # times the average of a day, in its busiest hour
LEAVING = 0.05  # of all people, in a year
BUSY_SHARE = 0.5  # of a core, so that a node that dies leaves room
COPIES = 3  # of the database: one that writes, one that follows at once, one of backups
CORE_A_MONTH, GIB_A_MONTH = 15, 0.10  # what is paid, in dollars, where it is rented by the month
MACHINE_CORES = 2  # of the machine that was measured: service, database and load generator together
DAY = 86_400
NEEDED = ("speed", "ledger", "retention")


def plan(known: dict[str, Any]) -> list[str]:  # Any: JSON values
    """Return the table of the plan, by the parts that were measured last."""
    if not set(NEEDED) <= known.keys() or "postgresql" not in known["speed"]["found"]:
        return ["Not measured yet."]
    speed, ledger, retention = (known[name]["found"] for name in NEEDED)
    loads, bytes_of_one = speed["postgresql"]["loads"], speed["postgresql"]["bytes_of_a_consent"]
    checked, recorded = (loads[name]["requests_per_second"][0] for name in ("permission check", "recording"))
    consents = PEOPLE * CONSENTS
    checks = PEOPLE * CHECKS_A_DAY / DAY * BUSIEST
    records = consents / (GROWN_IN_DAYS * DAY) * BUSIEST
    busy = checks / checked + records / recorded  # machines like the one that was measured, fully busy
    cores = ceil(busy * MACHINE_CORES / BUSY_SHARE)
    stored = consents * bytes_of_one
    leaves = consents * (1 + EVENTS)
    leaving = PEOPLE * LEAVING / 365
    gib = stored * COPIES / 2**30
    rows = [
        ("people", f"{PEOPLE:,}", "assumed"),
        ("consents", f"{consents:,}", f"{CONSENTS} of each, assumed"),
        ("bytes of a consent, with person, event, answer and their indexes", f"{bytes_of_one:,}", "measured"),
        ("the database", f"{stored / 2**40:.1f} TiB", "consents times bytes"),
        ("checks in a second of the busiest hour", f"{checks:,.0f}", f"{CHECKS_A_DAY} a day of each, {BUSIEST} times"),
        ("recordings in a second of the busiest hour", f"{records:,.0f}", f"grown in three years, {BUSIEST} times"),
        ("cores for both, service and database", f"{cores:,}", "from the rates of two cores, half busy"),
        ("leaves of the ledger", f"{leaves:,}", f"a consent and {EVENTS} events after it"),
        ("sealing them", f"{leaves / ledger['sealed_per_second'] / 3600:.1f} hours in all", "measured rate"),
        ("their tiles", f"{leaves * 66 / 2**30:,.0f} GiB", "33 bytes a leaf and as much for the hashes"),
        ("people who leave in a day", f"{leaving:,.0f}", f"{LEAVING:.0%} in a year, assumed"),
        ("erasing them", f"{leaving / retention['people_per_second'] / 60:.1f} minutes a day", "measured rate"),
        (
            "rent a month",
            f"${cores * CORE_A_MONTH + gib * GIB_A_MONTH:,.0f}",
            f"${CORE_A_MONTH} a core, ${GIB_A_MONTH:.2f} a GiB, {COPIES} copies",
        ),
    ]
    return ["| what | figure | from |", "|---|---|---|", *(f"| {' | '.join(row)} |".replace(",", " ") for row in rows)]
