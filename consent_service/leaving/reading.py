"""The rows of an operator, table by table and page by page, with what is sealed in them in clear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, LargeBinary, RowMapping, Table, select, true, tuple_

from consent_service.accounts.invitations import INVITED
from consent_service.connectors.mail_tasks import LACKING
from consent_service.connectors.mail_tasks import REFERENCE as TASK_REFERENCE
from consent_service.duties.clock_log import REASON as CLOCK_REASON
from consent_service.erasure.approvals import REASON as APPROVAL_REASON
from consent_service.governance.service import WORDS as REGISTER_WORDS
from consent_service.incidents.service import WORDS as INCIDENT_WORDS
from consent_service.kernel.db import table_named
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.leaving.contents import HEXADECIMAL, SECRET_COLUMNS
from consent_service.letters.service import CONTENT as LETTER
from consent_service.operators.addresses import ADDRESS
from consent_service.recalculation.service import REASON as RECALCULATION_REASON
from consent_service.recipients.notices import REFERENCE as NOTICE_REFERENCE
from consent_service.recipients.service import CONTACT
from consent_service.subjects.opened import CONTENT as FILE_CONTENT
from consent_service.subjects.opened import OPENED_TABLES, open_rows
from consent_service.webhooks.announcing import REFERENCE as WEBHOOK_REFERENCE

PAGE = 500
Line = dict[str, Any]  # Any: JSON values
OPENED = (
    ADDRESS, APPROVAL_REASON, CLOCK_REASON, CONTACT, INCIDENT_WORDS, INVITED, LACKING, LETTER, NOTICE_REFERENCE,
    RECALCULATION_REASON, REGISTER_WORDS, TASK_REFERENCE, WEBHOOK_REFERENCE,
)  # fmt: skip
_TENANT = "operator_id"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows as lines of an export; ``unopened``: in how many of them something opens no more, its key is gone."""

    lines: list[Line]
    unopened: int


def left_out_of(table: Table) -> list[str]:
    """Return the columns that an export has neither as they are nor opened."""
    return [column.name for column in table.columns if not _is_plain(column) and not _is_opened(column)]


def pages_of(uow: UnitOfWork, name: str) -> Iterator[Page]:
    """Return the rows of the operator in a table, in the order of their keys."""
    table = table_named(name)
    keys = [column for column in table.primary_key.columns if column.name != _TENANT]
    columns = [column for column in table.columns if column is not FILE_CONTENT]
    after: tuple[Any, ...] | None = None  # Any: column values
    while True:
        later = true() if after is None else tuple_(*keys) > after
        query = select(*columns).where(_mine(uow, table), later).order_by(*keys).limit(PAGE)
        rows = uow.session.execute(query).mappings().all()
        if rows:
            yield _page(uow, table, rows)
        if len(rows) < PAGE:
            return
        after = tuple(rows[-1][key.name] for key in keys)


def _mine(uow: UnitOfWork, table: Table) -> ColumnElement[bool]:
    if _TENANT in table.columns:
        return table.c[_TENANT] == uow.operator_id
    if table.name == "operators":
        return table.c.id == uow.operator_id
    roles = table_named("staff_roles")
    return table.c.id.in_(select(roles.c.staff_id).where(roles.c[_TENANT] == uow.operator_id))  # of staff_members


def _page(uow: UnitOfWork, table: Table, rows: Sequence[RowMapping]) -> Page:
    plain = [column for column in table.columns if _is_plain(column)]
    lines = [{column.name: _value(row[column.name]) for column in plain} for row in rows]
    unopened = 0
    if table.name in OPENED_TABLES:
        found = open_rows(uow, table.name, rows)
    else:
        sealed = [one for one in OPENED if one.table is table]
        found = (_open(uow, sealed, row) for row in rows) if sealed else iter([{}] * len(rows))
    for line, clear in zip(lines, found, strict=True):
        line.update(clear or {})
        unopened += clear is None
    return Page(lines, unopened)


def _open(
    uow: UnitOfWork, sealed: Sequence[SealedColumn], row: RowMapping
) -> Mapping[str, Any] | None:  # Any: as above
    clear: Line = {}
    for one in sealed:
        value = row[one.column.name]
        key = (row[column.name] for column in one.table.primary_key.columns if column.name != _TENANT)
        try:
            clear[_clear_name(one)] = None if value is None else _read(one.open(uow, value, *key))
        except KeyUnavailableError:
            return None
    return clear


def _clear_name(one: SealedColumn) -> str:
    return "content" if one.column.name == "sealed" else str(one.column.name).removesuffix("_sealed")


def _read(content: bytes) -> Any:  # Any: a JSON value
    """Return what was sealed as the data that it is, or as text."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode()
    return value if isinstance(value, dict | list) else content.decode()


def _value(value: Any) -> Any:  # Any: a column value
    return value.hex() if isinstance(value, bytes) else value


def _is_plain(column: Column[Any]) -> bool:  # Any: of each table
    place = (column.table.name, column.name)
    if place in SECRET_COLUMNS:
        return False
    return place in HEXADECIMAL or not isinstance(column.type, LargeBinary)


def _is_opened(column: Column[Any]) -> bool:  # Any: as above
    is_of_person = column.table.name in OPENED_TABLES and column.name.endswith("sealed")
    return is_of_person or any(one.column is column for one in OPENED)
