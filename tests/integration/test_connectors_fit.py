"""A description is held against the live schema before it is taken and before each erasure."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask import Flask

from consent_service.connectors.checking import check_file
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.schema import read_description
from consent_service.erasure.targets import erase_all
from consent_service.kernel.outbound import Outbound
from tests.crm import CRM, Crm, anna, connect


def refusal(house: Flask, crm: Crm, yaml: str) -> str:
    with pytest.raises(DescriptionError) as refused:
        crm.connect(house, yaml)
    return refused.value.detail


def line_of(yaml: str, words: str) -> int:
    return next(n for n, line in enumerate(yaml.splitlines(), 1) if words in line)


def test_a_table_that_is_missing_is_named_with_file_and_line(house: Flask, crm: Crm) -> None:
    yaml = CRM.replace("table: invoices", "table: bills")

    assert refusal(house, crm, yaml) == (
        f"crm.yaml:{line_of(yaml, 'bills')}: targets[0].tables[5].table: There is no table bills in the database: "
        "correct the name, or remove it."
    )


MISFITS = [
    ("column: ref, is: ref", "column: reference, is: ref", "There is no column reference in customers"),
    ("column: memo, do: set_null", "column: memory, do: set_null", "There is no column memory in invoices"),
    ("columns: [sender]", "columns: [author]", "There is no column author in messages"),
    ("keys: [id]", "keys: [number]", "There is no column number in customers"),
    ("withhold: [name]", "withhold: [face]", "There is no column face in customers"),
    ("column: recipient", "column: receiver", "There is no column receiver in messages"),
    (", columns: [sender], keys: [id]", "", "There are several foreign keys from messages to customers: write 'columns'"),
    ("through: orders", "through: customers", "There is no foreign key from items to customers: write 'columns'"),
    ("column: memo, do: set_null", "column: id, do: set_null", "of the primary key, which stays"),
    ("column: memo, do: set_null", "column: memo, do: generalise, step: 5", "This column holds text, which 'step' does not fit"),
]  # fmt: skip


def test_what_does_not_fit_says_what_to_write(house: Flask, crm: Crm) -> None:
    for old, new, says in MISFITS:
        assert old in CRM
        assert says in refusal(house, crm, CRM.replace(old, new, 1))


VALUES = [
    ("a, do: set_null", "must not be null: write 'do: fixed'"),
    ("b, do: fixed, value: 'longer than there is room'", "has room for 5 characters"),
    ("b, do: pseudonymise", "A pseudonym is text of 29 characters"),
    ("c, do: fixed, value: words", "holds numbers: write one"),
    ("c, do: pseudonymise", "A pseudonym is text of 29 characters"),
    ("d, do: fixed, value: 'never'", "The column holds a date: write such a value"),
    ("d, do: generalise, first: 2", "This column holds date, which 'first' does not fit"),
    ("e, do: fixed, value: same", "This column must be unique"),
    ("f, do: fixed, value: 5", "The column holds text: put the value in quotes"),
]


def test_a_value_that_a_column_cannot_take_is_refused(house: Flask, crm: Crm) -> None:
    crm.run(
        "CREATE TABLE kinds (id INTEGER PRIMARY KEY, ref VARCHAR(9), a VARCHAR(9) NOT NULL, b VARCHAR(5), "
        "c NUMERIC(9, 2), d DATE, e VARCHAR(40) UNIQUE, f VARCHAR(40))"
    )
    for column, says in VALUES:
        yaml = CRM + (
            "      - table: kinds\n        person: [{{column: ref, is: ref}}]\n        rows: keep\n        basis: x\n"
            f"        columns: [{{{{column: {column}}}}}]\n"
        )
        assert says in refusal(house, crm, yaml)


def test_a_table_without_a_key_is_refused_until_unique_columns_are_named(house: Flask, crm: Crm) -> None:
    crm.run(
        "CREATE TABLE loose (ref VARCHAR(9), number INTEGER NOT NULL, line INTEGER NOT NULL, UNIQUE (number, line))"
    )
    yaml = CRM + "      - table: loose\n        person: [{{column: ref, is: ref}}]\n        rows: delete\n"

    assert "loose has no primary key: give it one, or write 'key:'" in refusal(house, crm, yaml)
    assert "do not tell every row" in refusal(house, crm, yaml + "        key: [number]\n")
    crm.run("INSERT INTO loose VALUES ('person-1', 1, 1), ('person-2', 1, 2)")
    target = crm.connect(house, yaml + "        key: [number, line]\n")
    assert target.erase(anna(), {}).counts["loose: delete"] == 1
    assert crm.rows()["loose"] == [("person-2", 1, 2)]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (["        person: [{{through: customers}}]\n        rows: delete\n"], None),
        (["        person: []\n        rows: keep\n        basis: x\n        references: [{{column: customer_id, do: unlink}}]\n"], None),
        (["        person: []\n        rows: keep\n        basis: x\n        references: [{{column: customer_id, do: stays}}]\n"],
         "rows of customers are deleted and this one would point nowhere"),
        (["        person: [{{column: said, is: ref}}]\n        rows: delete\n"], "write 'through: customers' under person"),
        (["        person: [{{through: customers}}]\n        rows: keep\n        basis: x\n"], "would point nowhere"),
    ],
)  # fmt: skip
def test_a_foreign_key_that_came_after_the_set_up_is_refused_until_it_is_described(
    house: Flask, crm: Crm, said: Sequence[str], says: str | None
) -> None:
    target = crm.connect(house)
    before = crm.rows()
    crm.run(
        "CREATE TABLE complaints (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), said VARCHAR(90))",
        "INSERT INTO complaints VALUES (1, 1, 'planted words'), (2, 2, 'b')",
    )

    for act in (lambda: target.erase(anna(), {}), lambda: target.find(anna()), lambda: target.foresee(anna())):
        with pytest.raises(DescriptionError) as refused:
            act()
        assert refused.value.detail == (
            "crm: tables[0]: complaints (customer_id) refers to customers and is not described: describe complaints with "
            "'person: [{through: customers}]', or with 'references: [{column: customer_id, do: unlink}]'."
        )
    (failed,) = erase_all(target, [(anna(), {})]).values()
    assert isinstance(failed, DescriptionError)
    assert {name: rows for name, rows in crm.rows().items() if name != "complaints"} == before

    yaml = CRM + "      - table: complaints\n" + said[0]
    if says is not None:
        assert says in refusal(house, crm, yaml)
        return
    crm.connect(house, yaml).erase(anna(), {})
    assert crm.rows()["complaints"] in ([(2, 2, "b")], [(1, None, "planted words"), (2, 2, "b")])


@pytest.mark.parametrize("crm", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_foreign_key_in_another_schema_is_seen_as_well(house: Flask, crm: Crm) -> None:
    crm.run(
        "CREATE SCHEMA billing",
        "CREATE TABLE billing.cards (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES public.customers (id), number TEXT)",
        "INSERT INTO billing.cards VALUES (1, 1, 'planted words'), (2, 2, 'b')",
        "CREATE TABLE parted (id INTEGER, owner INTEGER REFERENCES customers (id), PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100)",
        "INSERT INTO parted VALUES (1, 1), (2, 2)",
    )
    assert "billing.cards (owner) refers to customers and is not described" in refusal(house, crm, CRM)
    yaml = CRM + (
        "      - table: billing.cards\n        person: [{{through: customers}}]\n        rows: delete\n"
        "      - table: parted\n        person: [{{through: customers}}]\n        rows: delete\n"
    )
    assert crm.connect(house, yaml).erase(anna(), {}).counts["billing.cards: delete"] == 1
    assert "billing" in CRM.replace("dialect:", "schema: billing\n    dialect:", 1)
    one = (
        "operator: uof\ntargets:\n  - name: crm\n    kind: sql\n    dialect: {dialect}\n    schema: billing\n    tables:\n"
        "      - table: cards\n        person: [{{column: number, is: ref}}]\n        rows: delete\n"
    )
    assert crm.connect(house, one).find(replace(anna(), ref="b")) == {"cards": 1}


def test_rows_that_refer_to_themselves_and_in_a_circle_are_unlinked_first(house: Flask, crm: Crm) -> None:
    crm.run(
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, ref VARCHAR(20), chief INTEGER REFERENCES staff (id))",
        "CREATE TABLE teams (id INTEGER PRIMARY KEY, lead INTEGER REFERENCES staff (id))",
        "ALTER TABLE staff ADD COLUMN team INTEGER REFERENCES teams (id)",
        "INSERT INTO staff VALUES (1, 'person-1', NULL, NULL), (2, 'person-1', 1, NULL), (3, 'person-2', 1, NULL)",
        "INSERT INTO teams VALUES (1, 1), (2, 3)",
        "UPDATE staff SET team = 1 WHERE id < 3", "UPDATE staff SET team = 1 WHERE id = 3",
    )  # fmt: skip
    yaml = CRM.split("      - table: customers", maxsplit=1)[0] + (
        "      - table: staff\n        person: [{{column: ref, is: ref}}]\n        rows: delete\n"
        "      - table: teams\n        person: [{{through: staff}}]\n        rows: delete\n"
    )
    assert "write under references 'column: chief' with 'do: unlink'" in refusal(house, crm, yaml)
    yaml = yaml.replace("rows: delete\n      - table: teams", "rows: delete\n        references:\n"
                        "          - {{column: chief, do: unlink}}\n          - {{column: team, do: unlink}}\n      - table: teams")  # fmt: skip
    target = crm.connect(house, yaml)

    erased = target.erase(anna(), target.find(anna()))

    assert erased.counts == {"staff: unlink": 2, "staff: delete": 2, "teams: delete": 1}
    assert crm.rows()["staff"] == [(3, "person-2", None, None)]
    assert crm.rows()["teams"] == [(2, 3)]


def test_the_fingerprint_is_that_of_what_was_checked(house: Flask, crm: Crm) -> None:
    def fingerprint() -> str | None:
        tree = read_description(CRM.format(dialect=crm.dialect).encode(), "crm.yaml", "uof")
        return check_file(tree, {"crm": crm.url}, Outbound())[0].fingerprint

    first = fingerprint()
    crm.run("CREATE TABLE elsewhere (id INTEGER PRIMARY KEY)", "INSERT INTO customers VALUES (9, 'x', 'x', 'x')")
    assert fingerprint() == first
    crm.run("ALTER TABLE customers ADD COLUMN more VARCHAR(9)")
    assert fingerprint() not in {first, None}


@pytest.mark.parametrize("crm", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
def test_a_table_without_transactions_is_refused(house: Flask, crm: Crm) -> None:
    crm.run("CREATE TABLE old (id INTEGER PRIMARY KEY, ref VARCHAR(20)) ENGINE = MyISAM")
    yaml = CRM + "      - table: old\n        person: [{{column: ref, is: ref}}]\n        rows: delete\n"

    assert "convert it to InnoDB first" in refusal(house, crm, yaml)


def test_a_credential_that_is_missing_says_where_to_put_it(house: Flask, crm: Crm) -> None:
    with pytest.raises(DescriptionError, match=r"variable CONNECTOR_CRM, or give --stdin a line 'crm"):
        connect(house, CRM.format(dialect=crm.dialect), {})
