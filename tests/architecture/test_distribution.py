"""The tables of operators can be spread over several PostgreSQL servers by operator (Citus) as they are.

There every key that must be unique, and every key to another spread table, has to hold the column by which rows are
spread.  What belongs to the installation stays whole, each table with its reason.
"""

from pathlib import Path

from sqlalchemy import Table, UniqueConstraint

from tests.every_table import every_table

ROOT = Path(__file__).resolve().parents[2]
BY = "operator_id"
# Small, written seldom, and named by spread tables: a copy on every server.
COPIED = {
    "operators": "the list of operators itself",
    "staff_members": "one account may act for several operators",
}
# Never named by a key of a spread table: on one server.
WHOLE = {
    "staff_sessions": "of an account, not of an operator",
    "staff_authenticators": "of an account",
    "staff_recovery_codes": "of an account",
    "staff_passkeys": "of an account",
    "staff_devices": "of an account",
    "staff_provider_links": "of an account",
    "sign_in_tickets": "of an account",
    "sign_in_failures": "counted before anybody knows who it is",
    "job_runs": "one run a slot in the whole installation",
    "calendar_editions": "the calendar is everybody's",
    "calendar_orders": "as above",
    "key_epochs": "the key file is the installation's",
    "key_checks": "as above",
    "ledger_epochs": "one log for all operators, so that none can be left out",
    "ledger_queue": "what waits for that log, in one order",
    "ledger_leaves": "numbered through in that log",
    "ledger_tiles": "the tree of that log",
    "ledger_heads": "signed for that log",
    "ledger_anchors": "what others say of that log",
    "ledger_checks": "of that log and of what it covers, one at a time in the whole installation",
}


def spread() -> list[Table]:
    return [table for table in every_table() if table.name not in COPIED | WHOLE]


def test_each_table_is_of_operators_or_is_known_to_be_of_the_installation() -> None:
    assert [table.name for table in spread() if BY not in table.c] == []
    assert sorted(COPIED | WHOLE) == sorted({table.name for table in every_table()} & (COPIED | WHOLE).keys())
    assert COPIED.keys() & WHOLE.keys() == set()


def test_each_unique_key_of_an_operator_s_table_holds_the_operator() -> None:
    without = [
        f"{table.name}: {key}"
        for table in spread()
        for key in (
            list(table.primary_key.columns.keys()),
            *(one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)),
            *(one.columns.keys() for one in table.indexes if one.unique),
        )
        if BY not in key
    ]

    assert without == []


def test_each_primary_key_of_an_operator_s_table_begins_with_the_operator() -> None:
    assert [table.name for table in spread() if table.primary_key.columns.keys()[0] != BY] == []


def test_keys_between_tables_lead_from_operator_to_the_same_operator() -> None:
    others = [
        f"{table.name} {key.column_keys} -> {key.referred_table.name}"
        for table in spread()
        for key in table.foreign_key_constraints
        if key.referred_table.name not in COPIED
        and not any(one.parent.name == one.column.name == BY for one in key.elements)
    ]

    assert others == []


def test_no_key_leads_to_or_from_what_stays_on_one_server() -> None:
    crossing = [
        f"{table.name} -> {key.referred_table.name}"
        for table in every_table()
        for key in table.foreign_key_constraints
        if (key.referred_table.name in WHOLE and table.name not in WHOLE)
        or (table.name in COPIED and key.referred_table.name not in COPIED)
    ]

    assert crossing == []
