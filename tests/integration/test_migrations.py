"""The schema: up, down and up again; equal to the models; keeping what must not change."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from consent_service.database import db
from consent_service.kernel.db import Base
from consent_service.kernel.uow import UnitOfWork
from consent_service.schema import alembic_config, head, migrate
from tests.factories import consent
from tests.integration.conftest import Api

Client = Callable[[str], Api]


def test_the_schema_goes_up_down_and_up_and_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == head()


def test_migrating_twice_changes_nothing(app: Flask) -> None:
    migrate(app)
    migrate(app)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document_versions SET version = 'other' WHERE published_at IS NOT NULL",
        "UPDATE document_versions SET published_at = NULL",
        "DELETE FROM document_versions",
        "UPDATE version_texts SET sha256 = 'x'",
        "DELETE FROM version_texts",
        "INSERT INTO version_texts SELECT operator_id, version_id, 'de', text_kind, title, clauses, sha256, source, created_at FROM version_texts WHERE language = 'en'",
        "UPDATE ledger_events SET kind = 'other'",
        "UPDATE ledger_events SET leaf_input = salt",
        "UPDATE ledger_events SET body = NULL",
        "DELETE FROM ledger_events",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_published_or_recorded(
    api: Client, app: Flask, statement: str
) -> None:
    api("uof").post("/consents", consent())

    with app.app_context(), db.engine.begin() as connection, pytest.raises(DBAPIError, match=r"never changes|appended"):
        connection.execute(text(statement))


def test_a_draft_may_change_until_it_is_published(
    uow_factory: Callable[[], AbstractContextManager[UnitOfWork]],
) -> None:
    with uow_factory() as uow:
        uow.session.execute(text("UPDATE document_versions SET version = version WHERE published_at IS NULL"))
