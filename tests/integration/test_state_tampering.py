"""Where things stand cannot be turned back behind the service's back: not an answer, a case, an order or a day."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from uuid import UUID, uuid4

import pytest

from consent_service.deadlines.transfers import Transfer, TransferKind, with_transfers
from consent_service.erasure.approvals import approve
from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.access import Role
from consent_service.operators.service import create_credential, revoke_credential, set_rules
from consent_service.recalculation.orders import enter_order
from consent_service.services import services
from tests.changes import NEXT, PRIVACY, agree, publish
from tests.conftest import FULL
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_ledger_tampering import one_of, opened
from tests.integration.test_records_tampering import verified
from tests.integration.test_subject_requests import act, ask
from tests.integration.test_withdrawals import withdraw, work
from tests.roads import COURT, FIRST, SECOND, deciding, run_of, staff
from tests.sealed_ledger import ACTOR

MOVED = Transfer(date(2027, 6, 15), TransferKind.DAY_OFF, "order 12")
EACH = 40 if FULL else 4
Tampering = Callable[[sqlite3.Connection, Random], str]


@pytest.fixture(scope="module")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which everything that the ledger covers has happened, sealed and exported."""
    folder = tmp_path_factory.mktemp("lived")
    place, clock = folder / "kelisim.db", MovableClock()
    shutil.copy(sqlite_template, place)
    with app_on(f"sqlite:///{place}", folder, clock) as app:
        api, dar = client_of(app, "uof"), client_of(app, "dar")
        for n in range(8):
            subject = {"ref": f"p-{n}", "identifiers": {"email": f"p-{n}@example.kz"}}
            assert api.post("/consents", consent(subject=subject)).status_code == 201
        agree(dar, "dar", PRIVACY, "p-1")
        publish(app, "dar", PRIVACY, date(2027, 2, 1))
        clock.move(minutes=1)
        withdraw(api, subject="p-1")
        refused = withdraw(api, subject="p-2")
        words = {"bar": "obligation", "reference": "Civil Code 272", "reason": "A loan is open."}
        assert api.post(f"/withdrawals/{refused['id']}/refuse", words).status_code == 200
        act(api, ask(api, "access", subject="p-0"), "answer", {"text": "Here it is."})
        ask(api, "blocking", subject="p-3")
        act(api, ask(api, "blocking", subject="p-4"), "confirm-violation")
        act(api, ask(api, "correction", subject="p-0"), "refuse", {"reference": "94-V 25", "reason": "It is right."})
        first, second = staff(app, FIRST), staff(app, SECOND, Role.OWNER)
        demanded = {"subject": "p-5", "ground": "18(3)", "reference": COURT, "ordered_by": first}
        decides = deciding(app)
        assert decides.post("/erasure-orders", demanded).status_code == 201
        case = {"reference": "civil case 2-77/2026", "basis": "Civil Procedure Code 73"}
        assert api.post("/legal-holds", case | {"subject": "p-6"}).status_code == 201
        lifted = api.post("/legal-holds", case | {"subject": "p-0"}).json
        assert api.post(f"/legal-holds/{lifted['id']}/lift", {"reference": "it is closed 1"}).status_code == 200
        run = run_of(app, ["p-7"], people=200)
        with app.app_context(), services().write(ACTOR) as unbound:
            seen = with_transfers(services().law.calendar, [MOVED]).edition
            enter_order(unbound, services().law_at_hand, [MOVED], seen)
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            approve(uow, run, by=UUID(second))
            set_rules(uow, {"approve_erasures_over": 50})
            revoke_credential(uow, create_credential(uow, "lost")[0])
        work(app)
        clock.move(days=12)
        for _ in range(3):
            work(app)
            clock.move(minutes=10)
        objection = dar.post("/objections", {"subject": "p-1", "document": PRIVACY, "version": NEXT})
        assert objection.status_code == 201, objection.json
        with app.app_context():
            run_now(services(), find_job("ledger.seal"))
            run_now(services(), find_job("ledger.publish"))
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return place


# What somebody who owns the database would write, by table and column, and on which rows.
OTHERWISE: dict[tuple[str, str], tuple[str, ...]] = {
    ("consent_choices", "state"): ("active", "withdrawn", "declined", "expired"),
    ("consent_choices", "ends_at"): ("2030-01-01 00:00:00.000000",),
    ("consent_choices", "blocked_at"): ("2026-11-01 00:00:00.000000",),
    ("consent_choices", "withdrawn_parts"): ('{"publication": "2026-11-01T00:00:00.000000Z"}',),
    ("consent_choices", "is_current"): ("0",),
    ("withdrawals", "state"): ("scheduled", "refused", "cancelled", "closed"),
    ("withdrawals", "effective_on"): ("2031-01-01",),
    ("withdrawals", "received_at"): ("2026-11-30 00:00:00.000000",),
    ("withdrawals", "bar"): ("law", "storage_required"),
    ("subject_requests", "state"): ("received", "in_progress", "answered", "refused", "closed"),
    ("subject_requests", "type"): ("complaint",),
    ("subject_requests", "received_at"): ("2026-11-30 00:00:00.000000",),
    ("subject_requests", "violation"): ("confirmed", "not_confirmed"),
    ("subject_requests", "reference"): ("94-V 99",),
    ("standings", "state"): ("accepted", "objected", "ended"),
    ("standings", "how"): ("explicit", "use"),
    ("erasure_orders", "ground"): ("18(1)", "18(4)"),
    ("erasure_orders", "state"): ("done", "cancelled", "scheduled"),
    ("erasure_orders", "result"): ('{"deleted": {}}',),
    ("erasure_orders", "cause_id"): (uuid4().hex,),
    ("erasure_certificates", "sha256"): ("0" * 64,),
    ("erasure_certificates", "number"): ("77",),
    ("legal_holds", "lifted_at"): ("2026-11-24 00:00:00.000000",),
    ("legal_holds", "basis"): ("none",),
    ("erasure_approvals", "people"): ("1",),
    ("erasure_approvals", "decided_by"): ("staff:somebody",),
    ("letters", "state"): ("written", "sent", "returned"),
    ("letters", "number"): ("900",),
    ("letters", "case_id"): (uuid4().hex,),
    ("duties", "due_on"): ("2031-01-01",),
    ("credentials", "scopes"): ('["consents:write"]',),
    ("staff_roles", "role"): ("owner", "dpo", "auditor"),
    ("operators", "rules"): ('{"approve_erasures_over": 1000000}',),
    ("calendar_editions", "days"): ("{}",),
    ("calendar_orders", "day_off"): ("2026-11-25",),
}
ONLY = {"standings": "state NOT IN ('waiting', 'to_notify')", "erasure_approvals": "state = 'approved'"}
MADE_ANEW = ("withdrawals", "subject_requests", "erasure_orders", "legal_holds", "letters", "credentials")
REMOVED = (*MADE_ANEW, "consent_choices", "standings", "erasure_certificates", "duties", "staff_roles", "subjects")


def write_otherwise(connection: sqlite3.Connection, chance: Random) -> str:
    table, column = chance.choice(list(OTHERWISE))
    row = one_of(connection, chance, table, ONLY.get(table, "1"))
    value = chance.choice(OTHERWISE[table, column])
    if (table, column) == ("erasure_orders", "state"):
        (now,) = connection.execute("SELECT state FROM erasure_orders WHERE rowid = ?", (row,)).fetchone()
        value = "done" if now not in {"done", "cancelled"} else value  # between steps on the way nothing is certified
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    return f"{table}.{column} of row {row}: {value}"


def undo_what_ended_or_began(connection: sqlite3.Connection, chance: Random) -> str:
    table, column, where = chance.choice(
        [
            ("consent_choices", "ends_at", "ends_at IS NOT NULL AND is_current"),
            ("consent_choices", "blocked_at", "blocked_at IS NOT NULL"),
            ("legal_holds", "lifted_at", "lifted_at IS NOT NULL"),
            ("credentials", "revoked_at", "revoked_at IS NOT NULL"),
            ("withdrawals", "bar", "bar IS NOT NULL"),
            ("subject_requests", "violation", "violation IS NOT NULL"),
            ("erasure_orders", "result", "state = 'done'"),
        ]
    )
    row = one_of(connection, chance, table, where)
    connection.execute(f"UPDATE {table} SET {column} = NULL WHERE rowid = ?", (row,))
    return f"{table}.{column} of row {row} undone"


def remove(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(REMOVED)
    row = one_of(connection, chance, table, ONLY.get(table, "1"))
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    return f"{table} row {row} removed"


def slip_in(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(MADE_ANEW)
    row = one_of(connection, chance, table)
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = list(connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (row,)).fetchone())
    values[columns.index("id")] = uuid4().hex
    for unique, value in (("lookup", uuid4().bytes), ("number", 4711)):
        if unique in columns:
            values[columns.index(unique)] = value
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    return f"a copy of {table} {row}"


def swap_two_people(connection: sqlite3.Connection, chance: Random) -> str:
    one, other = (one_of(connection, chance, "subjects", f"rowid % 2 = {half}") for half in (0, 1))
    column = chance.choice(["ref_index", "ref_sealed", "key_wrapped"])
    values = [
        connection.execute(f"SELECT {column} FROM subjects WHERE rowid = ?", (row,)).fetchone()[0]
        for row in (one, other)
    ]
    connection.execute(f"UPDATE subjects SET {column} = ? WHERE rowid = ?", (b"x", one))
    connection.execute(f"UPDATE subjects SET {column} = ? WHERE rowid = ?", (values[0], other))
    connection.execute(f"UPDATE subjects SET {column} = ? WHERE rowid = ?", (values[1], one))
    return f"{column} of people {one} and {other}"


TAMPERINGS = (
    write_otherwise,
    write_otherwise,
    write_otherwise,
    undo_what_ended_or_began,
    remove,
    slip_in,
    swap_two_people,
)


def rows_of(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    """Return all that the tamperings may touch: a value that is written again alters nothing."""
    tables = sorted({table for table, _ in OTHERWISE} | set(REMOVED))
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def test_a_life_that_nobody_touched_fits(lived: Path, tmp_path: Path) -> None:
    shutil.copy(lived, tmp_path / "kelisim.db")

    assert verified(lived, tmp_path).problems == []


@pytest.mark.parametrize("seed", range(EACH))
def test_whatever_is_turned_back_is_found(lived: Path, tmp_path: Path, seed: int) -> None:
    missed = []
    for number, tampering in enumerate(TAMPERINGS):
        shutil.copy(lived, tmp_path / "kelisim.db")
        with closing(opened(tmp_path / "kelisim.db")) as connection:
            before = rows_of(connection)
            what = tampering(connection, Random(seed * 100 + number))  # noqa: S311 - repeatable on purpose
            if rows_of(connection) == before:
                continue
        if not verified(lived, tmp_path).found:
            missed.append(what)

    assert missed == []
