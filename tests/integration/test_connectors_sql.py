"""Erasing in an operator's database: all of the person, nothing of others, counted, read back, once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from consent_service.connectors.journal import Attempt, Journal
from consent_service.connectors.refusals import DescriptionError, TargetFailedError
from consent_service.connectors.sql import connecting
from consent_service.connectors.sql import target as module
from consent_service.connectors.sql.reading_back import left_of
from consent_service.erasure.targets import Erased, Kept, Outcome, Whom, erase_all
from consent_service.subjects.identity import IdentifierKind
from tests.crm import CRM, ERASED, PEOPLE, PLANTED, TABLES, Crm, anna

KEPT_ORDERS = """
operator: uof
targets:
  - name: crm
    kind: sql
    dialect: {dialect}
    tables:
      - table: customers
        person: [{{column: ref, is: ref}}]
        rows: delete
      - table: orders
        person: [{{through: customers}}]
        rows: keep
        basis: Tax Code 26
        columns: [{{column: phone, do: set_null}}]
        references: [{{column: customer_id, do: unlink}}]
      - table: items
        person: []
        rows: keep
        basis: Tax Code 26
        references: [{{column: order_id, do: stays}}]
      - table: messages
        person: [{{through: customers, columns: [sender], keys: [id]}}]
        rows: delete
        references: [{{column: recipient, do: unlink}}]
"""
OTHERS = {
    "customers": [(2, "person-2", "Bolat", "b@x.kz")],
    "items": [(3, 1, "y")],
    "newsletter": [(2, "b@x.kz", "77020000002")],
    "messages": [(2, 2, None, "from b"), (3, 2, 2, "to self")],
    "invoices": [(1, "person-1", None), (2, "person-2", "m")],
}


def test_a_person_is_erased_in_every_table_and_nothing_of_others_changes(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    found = target.find(anna())
    assert crm.holds(*PLANTED) == ["Anna-Planted", "77010000001", "planted words"]

    erased = target.erase(anna(), found)

    assert found == {"customers": 1, "orders": 2, "items": 3, "newsletter": 2, "messages": 1, "invoices": 1}
    assert (erased.outcome, erased.counts, erased.method) == (Outcome.CONFIRMED, ERASED, "sql")
    assert set(erased.left.values()) == {0}
    assert set(erased.left) == set(found)
    rows = crm.rows()
    assert {table: rows[table] for table in OTHERS} == OTHERS
    assert [row[:3] for row in rows["orders"]] == [(3, 2, "+77020000002")]
    assert crm.holds(*PLANTED) == []
    assert target.find(anna()) == {
        "customers": 0, "orders": 0, "items": 0, "newsletter": 0, "messages": 0, "invoices": 1,
    }  # fmt: skip


def test_no_file_of_sqlite_holds_a_planted_value_afterwards(house: Flask, tmp_path: Path) -> None:
    crm = Crm("sqlite", f"sqlite:///{tmp_path / 'crm.db'}")
    engine = create_engine(crm.url)
    with engine.connect() as open_all_along:
        open_all_along.exec_driver_sql("PRAGMA journal_mode=WAL")
        crm.run(*TABLES, *PEOPLE)
        open_all_along.exec_driver_sql("SELECT count(*) FROM customers")
        open_all_along.commit()
        crm.connect(house).erase(anna(), {})
        held = {place.name: place.read_bytes() for place in tmp_path.glob("crm.db*")}
    engine.dispose()

    assert "crm.db-wal" in held
    assert [value for value in PLANTED if any(value.encode() in content for content in held.values())] == []


def test_the_same_erasure_again_reports_what_was_really_erased_and_does_nothing_twice(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    found = target.find(anna())
    first = target.erase(anna(), found)
    after = crm.rows()

    assert target.erase(anna(), found) == first
    assert crm.rows() == after


def test_zero_rows_where_rows_were_found_before_is_a_failure(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    found = target.find(anna())
    target.erase(anna(order=1), found)

    with pytest.raises(TargetFailedError, match="9 rows were found before and none is there now"):
        target.erase(anna(order=2), found)
    assert target.erase(anna(order=3), {}).counts == {}


def test_reading_back_that_finds_rows_is_a_failure_and_the_next_try_reports_all_of_it(
    house: Flask, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = crm.connect(house)
    found = target.find(anna())

    def meanwhile(*given: Any) -> Any:  # Any: what reading back takes and gives
        if crm.rows()["newsletter"] == OTHERS["newsletter"]:
            crm.run("INSERT INTO newsletter VALUES (9, 'anna@example.kz', NULL)")  # the operator's site goes on writing
        return left_of(*given)

    monkeypatch.setattr(module, "left_of", meanwhile)
    with pytest.raises(TargetFailedError, match="Reading back found rows of the person: 1 in newsletter"):
        target.erase(anna(), found)
    monkeypatch.undo()

    assert target.erase(anna(), found).counts == {**ERASED, "newsletter: delete": 3}
    assert crm.holds(*PLANTED) == []


@pytest.mark.parametrize("batches", [None, 100])
def test_a_crash_between_both_commits_loses_no_count(
    house: Flask, crm: Crm, monkeypatch: pytest.MonkeyPatch, batches: int | None
) -> None:
    yaml = CRM if batches is None else CRM.replace("    tables:", f"    batches: {batches}\n    tables:", 1)
    target = crm.connect(house, yaml)
    found = target.find(anna())
    noted: list[Mapping[UUID, Attempt]] = []
    note = Journal.note

    class Killed(BaseException):
        """What ends a process ends it here as well."""

    def crash(self: Journal, attempts: Mapping[UUID, Attempt]) -> None:
        note(self, attempts)
        noted.append(attempts)
        if len(noted) in {1, 3}:
            raise Killed  # after the note and before the commit

    monkeypatch.setattr(Journal, "note", crash)
    counts: Mapping[str, int] = {}
    for _ in range(4):
        try:
            counts = target.erase(anna(), found).counts
            break
        except Killed:
            continue
    assert counts == ERASED
    monkeypatch.setattr(module, "left_of", lambda *_: (_ for _ in ()).throw(Killed()))
    again = anna(order=7)
    crm.run("INSERT INTO customers VALUES (1, 'person-1', 'x', NULL)")
    with pytest.raises(Killed):
        target.erase(again, {"customers": 1})  # committed, and nobody was told
    monkeypatch.undo()
    assert target.erase(again, {"customers": 1}).counts == {"customers: delete": 1}


def test_rows_that_stay_are_named_even_when_what_led_to_them_went_by_a_try_that_left_no_word(
    house: Flask, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = crm.connect(house, KEPT_ORDERS)
    found = target.find(anna())
    foreseen = target.foresee(anna())

    class Killed(BaseException):
        """What ends a process ends it here as well."""

    monkeypatch.setattr(module, "left_of", lambda *_: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        target.erase(anna(), found)  # committed, and nobody was told
    monkeypatch.undo()
    erased = target.erase(anna(), found)

    assert target.find(anna())["orders"] == 0  # nothing leads to them any more
    assert erased.kept == foreseen.kept == {"orders": Kept(2, "Tax Code 26")}
    assert erased.counts == foreseen.counts


def test_many_people_are_erased_together_and_each_is_told_apart(house: Flask, crm: Crm) -> None:
    crm.run(
        *(f"INSERT INTO customers VALUES ({n}, 'many-{n}', 'n', NULL)" for n in range(10, 30)),
        "INSERT INTO orders VALUES (9, 15, NULL, 'Almaty', NULL, '', 1), (10, 16, NULL, 'Almaty', NULL, '', 1)",
        "INSERT INTO items VALUES (9, 1, 'x'), (9, 2, 'y'), (10, 1, 'z')",
    )
    before = crm.rows()
    target = crm.connect(house)

    asked = [(Whom(UUID(int=n), f"many-{n}", {}), {"customers": 1}) for n in range(10, 31)]
    results = erase_all(target, asked)

    more = {
        15: {"orders: delete": 1, "items: delete": 2},
        16: {"orders: delete": 1, "items: delete": 1},
    }
    for n in range(10, 30):
        erased = results[UUID(int=n)]
        assert isinstance(erased, Erased)
        assert erased.counts == {"customers: delete": 1, **more.get(n, {})}
    assert isinstance(results[UUID(int=30)], TargetFailedError)  # nobody of that name was there
    after = crm.rows()
    assert after["customers"] == before["customers"][-2:] or len(after["customers"]) == 2
    assert {name: after[name] for name in ("newsletter", "messages", "invoices")} == {
        name: before[name] for name in ("newsletter", "messages", "invoices")
    }


def test_a_database_that_refuses_changes_nothing_at_all(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    found = target.find(anna())
    before = crm.rows()
    refuse = {
        "sqlite": ["CREATE TRIGGER no BEFORE DELETE ON customers BEGIN SELECT RAISE(ABORT, 'anna@example.kz'); END"],
        "postgresql": [
            (
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE foreign_key_violation "
                "USING MESSAGE = OLD.email; END'"
            ),
            "CREATE TRIGGER no BEFORE DELETE ON customers FOR EACH ROW EXECUTE FUNCTION no()",
        ],
        "mariadb": [
            (
                "CREATE TRIGGER no BEFORE DELETE ON customers FOR EACH ROW "
                "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'anna@example.kz'"
            )
        ],
    }
    crm.run(*refuse[crm.dialect])

    with pytest.raises(TargetFailedError) as refused:
        target.erase(anna(), found)

    assert "anna" not in refused.value.detail.lower()
    assert refused.value.__suppress_context__  # what the database said, with its values, is in no log
    assert crm.rows() == before
    with pytest.raises(TargetFailedError):
        target.foresee(anna())


def test_a_dry_run_counts_everything_and_changes_nothing(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    before = crm.rows()

    assert target.foresee(anna()).counts == ERASED
    assert crm.rows() == before


def test_rows_are_handed_out_without_what_is_withheld(house: Flask, crm: Crm) -> None:
    rows = crm.connect(house).collect(anna())

    assert rows["customers"] == [{"id": 1, "ref": "person-1", "email": "Anna@Example.KZ"}]
    assert [row["memo"] for row in rows["invoices"]] == ["planted words"]
    assert {table: len(found) for table, found in rows.items()} == {
        "customers": 1, "orders": 2, "items": 3, "newsletter": 2, "messages": 1, "invoices": 1,
    }  # fmt: skip


def test_identifiers_are_found_in_the_form_in_which_they_are_written(house: Flask, crm: Crm) -> None:
    crm.run(
        "CREATE TABLE calls (id INTEGER PRIMARY KEY, tel BIGINT, said VARCHAR(20))",
        "INSERT INTO calls VALUES (1, 87010000001, 'planted words'), (2, 87020000002, 'b'), (3, 77010000001, 'other form')",
        "INSERT INTO newsletter VALUES (4, 'old@example.kz', NULL)",
    )
    yaml = CRM + (
        "      - table: calls\n        person: [{{column: tel, is: phone, form: trunk}}]\n        rows: delete\n"
    )
    target = crm.connect(house, yaml)
    whom = Whom(
        UUID(int=1), "x", {IdentifierKind.PHONE: "+77010000001"}, {IdentifierKind.EMAIL: ["old@example.kz", "no@x.kz"]}
    )

    assert target.erase(whom, {}).counts == {"calls: delete": 1, "newsletter: delete": 3}
    assert crm.rows()["calls"] == [(2, 87020000002, "b"), (3, 77010000001, "other form")]


def test_a_reference_in_other_letters_is_somebody_else(house: Flask, crm: Crm) -> None:
    crm.run(
        "INSERT INTO customers VALUES (7, 'PERSON-1', 'Other', NULL)",
        "INSERT INTO orders VALUES (7, 7, '', '', NULL, '', 0)",
    )
    target = crm.connect(house)

    target.erase(anna(), target.find(anna()))

    assert (7, "PERSON-1", "Other", None) in crm.rows()["customers"]
    assert [row[0] for row in crm.rows()["orders"]] == [3, 7]


def test_values_that_look_like_statements_are_values(house: Flask, crm: Crm) -> None:
    target = crm.connect(house)
    before = crm.rows()

    found = target.find(Whom(UUID(int=1), "' OR 1=1 --", {IdentifierKind.EMAIL: "%' OR '1'='1"}))

    assert set(found.values()) == {0}
    assert crm.rows() == before


def test_a_lock_that_somebody_holds_ends_the_try_and_nothing_has_changed(
    house: Flask, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time-out is set to its least, so that the test does not wait for it."""
    target = crm.connect(house)
    engine = create_engine(crm.url)
    with engine.connect() as holding:
        if crm.dialect == "sqlite":
            holding.exec_driver_sql("BEGIN IMMEDIATE")
        holding.execute(text("UPDATE customers SET name = 'held' WHERE id = 1"))
        monkeypatch.setattr(connecting, "LOCK_SECONDS", 1)
        connecting.engine_of.cache_clear()
        with pytest.raises(TargetFailedError, match=r"cannot be used now|Rows are locked"):
            target.erase(anna(), {})
        holding.rollback()
    engine.dispose()
    connecting.engine_of.cache_clear()
    assert crm.holds("Anna-Planted") == ["Anna-Planted"]


def test_an_address_that_leads_nowhere_says_so_without_repeating_it(house: Flask, crm: Crm, tmp_path: Path) -> None:
    target = crm.connect(house)
    nowhere = {
        "sqlite": f"sqlite:///{tmp_path / 'missing.db'}",
        "postgresql": "postgresql+psycopg://u:canary-secret@127.0.0.1:1/x",
        "mariadb": "mariadb+pymysql://u:canary-secret@127.0.0.1:1/x",
    }[crm.dialect]
    lost = replace(target, address=nowhere)

    with pytest.raises(TargetFailedError) as refused:
        lost.find(anna())

    assert "canary" not in refused.value.detail
    assert not (tmp_path / "missing.db").exists()
    with pytest.raises(DescriptionError, match="the description says"):
        replace(target, address="mssql+pyodbc://u:canary-secret@h/x").find(anna())
