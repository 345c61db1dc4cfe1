"""Reads about connectors: no credential and nothing of a person is among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consent_service.connectors.description import SqlDescription, described
from consent_service.connectors.states import Kind
from consent_service.connectors.tables import Connector
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.consistency import Data

_CONNECTORS = table_of(Connector)


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """A target as shown: what is done there, and what it was held against when."""

    name: str
    kind: Kind
    dialect: str | None
    does: Sequence[Mapping[str, str]]  # table or category, and what becomes of it
    fingerprint: str | None
    checked_at: datetime


def stored_targets(uow: UnitOfWork) -> list[Data]:
    """Return the targets of the operator as its file described them."""
    rows = uow.session.scalars(
        select(_CONNECTORS.c.description)
        .where(_CONNECTORS.c.operator_id == uow.operator_id)
        .order_by(_CONNECTORS.c.place)
    )
    return list(rows)


def list_connectors(uow: UnitOfWork) -> list[ConnectorView]:
    """Return the targets of the operator in the order of its file."""
    rows = uow.session.execute(
        select(_CONNECTORS.c.description, _CONNECTORS.c.fingerprint, _CONNECTORS.c.checked_at)
        .where(_CONNECTORS.c.operator_id == uow.operator_id)
        .order_by(_CONNECTORS.c.place)
    )
    return [_view(row.description, row.fingerprint, row.checked_at) for row in rows]


def _view(data: Data, fingerprint: str | None, checked_at: datetime) -> ConnectorView:
    description = described(data)
    if isinstance(description, SqlDescription):
        does = [{"of": table.name, "rows": str(table.rows)} for table in description.tables]
        return ConnectorView(description.name, description.kind, description.dialect, does, fingerprint, checked_at)
    does = [{"of": category.code, "rows": "destroyed there"} for category in description.categories]
    return ConnectorView(description.name, description.kind, None, does, fingerprint, checked_at)
