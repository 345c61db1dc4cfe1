"""What the file of an operator's connectors may hold, and what its errors say."""

import re
from pathlib import Path

import pytest

from consent_service.connectors.description import (
    MailTaskDescription,
    Names,
    SqlDescription,
    Through,
    WebhookDescription,
    described,
)
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.schema import read_description
from consent_service.connectors.states import Form, Identifies, Reference, Rows

FILE = """
operator: acme
targets:
  - name: crm
    kind: sql
    dialect: postgresql
    k: 5
    tables:
      - table: customers
        person:
          - {column: ref, is: ref}
          - {column: tel, is: phone, form: digits}
        rows: delete
      - table: orders
        person: [{through: customers}]
        rows: depersonalise
        row_numbers: [id]
        columns:
          - {column: customer_id, do: set_null}
          - {column: note, do: fixed, value: "-"}
          - {column: ordered_on, do: generalise, to: year}
          - {column: city, do: keep, basis: nothing personal}
      - table: invoices
        person: [{column: ref, is: ref}]
        rows: keep
        basis: Tax Code 26
        references: [{column: manager, do: unlink}]
  - name: warehouse
    kind: webhook
    url: https://warehouse.example.kz/erasures
    categories: &c
      - {code: parcels, name: {kk: Сәлемдемелер, ru: Посылки, en: Parcels}}
  - name: archive
    kind: mail_task
    language: kk
    what: {kk: Қағаз мұрағат, ru: Бумажный архив, en: Paper archive}
    categories:
      - {code: folders, name: {kk: Папкалар, ru: Папки, en: Folders}}
""".replace(" &c", "")


def refusal(yaml: str) -> str:
    with pytest.raises(DescriptionError) as refused:
        read_description(yaml.encode(), "acme.yaml", "acme")
    return refused.value.detail


def line_of(yaml: str, words: str) -> int:
    return next(n for n, line in enumerate(yaml.splitlines(), 1) if words in line)


def test_a_valid_file_becomes_typed_descriptions() -> None:
    database, receiver, person = map(described, read_description(FILE.encode(), "acme.yaml", "acme").data["targets"])

    assert isinstance(database, SqlDescription)
    assert [table.rows for table in database.tables] == [Rows.DELETE, Rows.DEPERSONALISE, Rows.KEEP]
    assert database.tables[0].ways == (
        Names("ref", Identifies.REF, Form.EXACT),
        Names("tel", Identifies.PHONE, Form.DIGITS),
    )
    assert database.tables[1].ways == (Through("customers", (), ()),)
    assert [column.name for column in database.tables[1].changes] == ["customer_id", "note", "ordered_on"]
    assert database.tables[2].references == {"manager": Reference.UNLINK}
    assert [table.goes for table in database.tables] == [True, True, False]
    assert isinstance(receiver, WebhookDescription)
    assert not receiver.preview
    assert isinstance(person, MailTaskDescription)
    assert person.what["ru"] == "Бумажный архив"


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("operator: acme", "operator: other", "operator", "This file was given for 'acme'"),
        ("name: warehouse", "name: crm", "targets[1].name", "twice"),
        ("kind: webhook", "kind: ftp", "targets[1].kind", "Write one of: sql, webhook, mail_task."),
        ("dialect: postgresql", "dialect: oracle", "targets[0].dialect", "Write 'untested: true' to use it"),
        ("dialect: postgresql", "dialect: postgresql\n    adress: x", "targets[0].adress", "not known here"),
        ("url: https://", "url: ftp://", "targets[1].url", "Write it like https://"),
        ("rows: delete", "rows: remove", "targets[0].tables[0].rows", "delete, depersonalise, pseudonymise, keep"),
        ("is: phone, form: digits", "is: phone, form: any_case", "tables[0].person[1].form", "e164, digits, trunk"),
        ("{column: tel, is: phone, form: digits}", "{column: tel}", "tables[0].person[1]", "'is:' and one of ref"),
        ("{through: customers}", "{through: clients}", "tables[1].person[0].through", "not described in this target"),
        ("{through: customers}", "{through: orders}", "tables[1].person[0].through", "No table is reached through itself"),
        ("{through: customers}", "{through: customers, is: ref}", "tables[1].person[0].is", "is for 'column'"),
        ("{through: customers}", "{through: customers, columns: [a]}", "tables[1].person[0]", "as many columns as keys"),
        ("    k: 5\n", "", "targets[0].k", "such as 'k: 5'"),
        ("    k: 5\n", "    k: 5\n    batches: 1000\n", "targets[0].batches", "remove this key"),
        ("    k: 5\n", "    k: 1\n", "targets[0].k", "from 2 to"),
        ('{column: note, do: fixed, value: "-"}', "{column: note, do: fixed}", "columns[1].value", "Write the value."),
        ("to: year", "to: month", "columns[2].to", "Write year"),
        ("to: year", "to: year, first: 4", "columns[2].do", "Write one of 'to: year', 'first: 4'"),
        (", basis: nothing personal", "", "columns[3].basis", "write the article, or that it says nothing"),
        ("do: set_null}", "do: pseudonymise}", "columns[0].do", "is pseudonymisation, no depersonalisation"),
        ("        basis: Tax Code 26\n", "", "tables[2].basis", "Rows are kept on a ground alone"),
        ("rows: delete", "rows: delete\n        columns: [{column: a, do: set_null}]", "columns[0].do", "deleted whole"),
        ("person: [{column: ref, is: ref}]", "person: [{column: ref}]", "tables[2].person[0]", "Write what the column holds"),
        ("row_numbers: [id]", "row_numbers: [id, note]", "row_numbers[1]", "stands under columns as well"),
        ("person: [{through: customers}]", "person: [{column: city, is: ref}]", "tables[1].person[0].column", "By this the person is found"),
        ("code: parcels", "code: Parcels", "targets[1].categories[0].code", "Write it like order_history"),
        ("language: kk", "language: de", "targets[2].language", "Write kk, ru or en."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_line_and_what_to_write(old: str, new: str, place: str, says: str) -> None:
    assert old in FILE
    detail = refusal(FILE.replace(old, new, 1))

    assert place in detail
    assert says in detail
    assert detail.startswith("acme.yaml:")


def test_the_line_is_that_of_the_value() -> None:
    yaml = FILE.replace("rows: keep", "rows: kept")

    assert refusal(yaml).startswith(f"acme.yaml:{line_of(yaml, 'rows: kept')}: targets[0].tables[2].rows: ")


def test_tables_that_are_reached_through_each_other_are_refused() -> None:
    yaml = FILE.replace(
        "          - {column: ref, is: ref}\n          - {column: tel",
        "          - {through: orders}\n          - {column: tel",
        1,
    )

    assert "These tables are reached through each other" in refusal(yaml)


def test_a_file_without_targets_is_refused() -> None:
    assert "List from 1 to 50 targets." in refusal("operator: acme\ntargets: []\n")


def test_the_example_of_the_documentation_is_right() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "connectors.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)

    assert len(read_description(example.encode(), "connectors.md", "acme").data["targets"]) == 3


def test_an_untested_dialect_needs_its_switch_alone() -> None:
    yaml = FILE.replace("dialect: postgresql", "dialect: oracle\n    untested: true")

    assert read_description(yaml.encode(), "acme.yaml", "acme").data["targets"][0]["dialect"] == "oracle"
