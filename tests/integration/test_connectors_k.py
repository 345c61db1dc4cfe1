"""Depersonalisation that says how far it goes, and pseudonymisation that says that it is no more than that."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from flask import Flask

from consent_service.connectors.refusals import DescriptionError, StandsOutError
from consent_service.connectors.rules import PSEUDONYM_LENGTH
from consent_service.connectors.service import remove_connectors
from consent_service.erasure.targets import Erased, Whom
from consent_service.services import services
from tests.crm import ACTOR, CRM, SLUG, Crm, anna
from tests.factories import seed_policies

DEPERSONALISED = """
operator: uof
targets:
  - name: crm
    kind: sql
    dialect: {dialect}
    k: 3
    tables:
      - table: visits
        person: [{{column: ref, is: ref}}]
        rows: depersonalise
        row_numbers: [id]
        columns:
          - {{column: ref, do: set_null}}
          - {{column: name, do: fixed, value: "-"}}
          - {{column: born_on, do: generalise, to: year}}
          - {{column: city, do: keep, basis: "a city names nobody"}}
          - {{column: post_code, do: generalise, first: 2}}
          - {{column: age, do: generalise, step: 10}}
"""
VISITS = (
    "CREATE TABLE visits (id INTEGER PRIMARY KEY, ref VARCHAR(40), name VARCHAR(40), born_on DATE, city VARCHAR(40), "
    "post_code VARCHAR(10), age INTEGER)"
)
PSEUDONYMISED = CRM.replace(
    "      - table: orders\n        person: [{{through: customers}}]\n        rows: delete\n",
    """      - table: orders
        person: [{{through: customers}}]
        rows: pseudonymise
        row_numbers: [id]
        columns:
          - {{column: customer_id, do: set_null}}
          - {{column: phone, do: pseudonymise}}
          - {{column: city, do: keep, basis: "a city names nobody"}}
          - {{column: ordered_on, do: generalise, to: year}}
          - {{column: note, do: fixed, value: "-"}}
          - {{column: amount, do: generalise, step: 10}}
""",
)


def visit(number: int, ref: str | None, name: str = "Anna", city: str = "Almaty", born: str = "1990-05-17") -> str:
    whose = f"'{ref}'" if ref else "NULL"
    return f"INSERT INTO visits VALUES ({number}, {whose}, '{name}', '{born}', '{city}', '0500{number % 90 + 10}', {40 + number % 10})"


def people(names: Sequence[str]) -> list[tuple[Whom, dict[str, int]]]:
    return [(Whom(UUID(int=place), name, {}), {"visits": 1}) for place, name in enumerate(names, 1)]


def test_rows_become_alike_and_k_is_reported(house: Flask, crm: Crm) -> None:
    crm.run(VISITS, *(visit(n, f"person-{n}") for n in range(1, 5)), visit(5, "stays", "Other"))
    target = crm.connect(house, DEPERSONALISED)

    results = target.erase_many(people(["person-1", "person-2", "person-3", "person-4"]))

    for result in results.values():
        assert isinstance(result, Erased)
        assert (result.counts, result.k) == ({"visits: depersonalise": 1}, {"visits": 4})
        assert result.method == "sql_depersonalised"
    gone = [row[1:] for row in crm.rows()["visits"] if row[0] < 5]
    assert len(set(gone)) == 1
    assert [str(value) for value in gone[0]] == ["None", "-", "1990-01-01", "Almaty", "05", "40"]
    assert [row[1:3] for row in crm.rows()["visits"] if row[0] == 5] == [("stays", "Other")]


def test_rows_that_would_stand_out_are_refused_and_nothing_is_changed(house: Flask, crm: Crm) -> None:
    crm.run(VISITS, *(visit(n, f"person-{n}") for n in range(1, 4)), visit(4, "person-4", city="Aksai"))
    target = crm.connect(house, DEPERSONALISED)
    before = crm.rows()

    with pytest.raises(StandsOutError, match=r"visits: Only 1 rows would be alike in born_on, city, post_code, age"):
        target.erase(*people(["person-1"])[0])
    with pytest.raises(StandsOutError):
        target.foresee(people(["person-1"])[0][0])
    assert crm.rows() == before
    assert target.foresee(Whom(UUID(int=1), "nobody", {})).k == {}


def test_a_row_that_still_bears_a_name_hides_nobody_and_rows_of_one_person_count_once(house: Flask, crm: Crm) -> None:
    alike = (visit(n, f"live-{n}", "-", born="1990-01-01") for n in range(10, 15))
    crm.run(VISITS, *alike, *(visit(n, "person-1") for n in range(1, 6)))
    target = crm.connect(house, DEPERSONALISED)

    with pytest.raises(StandsOutError, match="Only 1 rows"):
        target.erase(*people(["person-1"])[0])

    crm.run(*(visit(n, None, "-", born="1990-01-01") for n in range(20, 22)))
    crm.run("UPDATE visits SET post_code = '05', age = 40 WHERE ref IS NULL")
    erased = target.erase(*people(["person-1"])[0])
    assert (erased.counts, erased.k) == ({"visits: depersonalise": 5}, {"visits": 3})


def test_one_who_would_stand_out_stops_none_of_the_others(house: Flask, crm: Crm) -> None:
    crm.run(
        VISITS,
        *(visit(n, None, "-", born="1990-01-01") for n in range(1, 4)),
        "UPDATE visits SET post_code = '05', age = 40",
        *(visit(n, f"person-{n}") for n in range(10, 16)),
        visit(16, "person-16", city="Aksai"),
    )
    target = crm.connect(house, DEPERSONALISED)

    results = target.erase_many(people([f"person-{n}" for n in range(10, 17)]))

    kinds = [type(result) for result in results.values()]
    assert kinds == [Erased] * 6 + [StandsOutError]
    assert [row[1] for row in crm.rows()["visits"] if row[1]] == ["person-16"]


def test_a_column_that_came_later_is_refused_until_something_is_said_of_it(house: Flask, crm: Crm) -> None:
    crm.run(VISITS, visit(1, "person-1"))
    target = crm.connect(house, DEPERSONALISED)
    crm.run("ALTER TABLE visits ADD COLUMN passport VARCHAR(20)")

    with pytest.raises(DescriptionError, match=r"columns: Nothing is said of the column passport"):
        target.erase(*people(["person-1"])[0])


def test_hashing_with_a_kept_key_is_called_pseudonymisation_everywhere(house: Flask, crm: Crm) -> None:
    target = crm.connect(house, PSEUDONYMISED)

    erased = target.erase(anna(), target.find(anna()))

    assert erased.counts["orders: pseudonymise"] == 2
    assert (erased.method, erased.k) == ("sql_pseudonymised", {})
    rows = {row[0]: row[1:] for row in crm.rows()["orders"]}
    phone = rows[1][1]
    assert len(phone) == PSEUDONYM_LENGTH
    assert [str(value) for value in rows[1]] == ["None", phone, "Almaty", "2024-01-01", "-", "40"]
    assert [str(value) for value in rows[2]] == ["None", phone, "Almaty", "2024-01-01", "-", "10"]  # equal for equal
    assert rows[3][0] == 2
    assert crm.holds("77010000001") == []


def test_pseudonyms_stay_alike_while_the_target_is_described_and_their_key_goes_with_it(house: Flask, crm: Crm) -> None:
    first = crm.connect(house, PSEUDONYMISED).secret

    assert crm.connect(house, PSEUDONYMISED).secret == first
    with house.app_context(), services().write(ACTOR) as unbound:
        remove_connectors(unbound.for_operator(seed_policies.number(unbound, SLUG)))
    assert crm.connect(house, PSEUDONYMISED).secret != first
