"""The permission check on SQLite reads the answers of one person, however many others there are."""

from flask import Flask

from consent_service.consents.permissions import _answers
from consent_service.database import db


def test_the_answers_that_rule_are_read_by_the_person(house: Flask) -> None:
    del house
    with db.engine.connect() as connection:
        for purposes in (0, 1):
            statement = str(_answers(1, purposes).compile(dialect=connection.dialect))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (b"",) * statement.count("?")).all()
            assert any("uq_consent_choices_current (operator_id=? AND subject_id=?)" in row[3] for row in plan), plan
