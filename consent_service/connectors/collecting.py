"""Collects what an operator's own systems hold about a person, a section a target; a failure is a section as well."""

import base64
import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from consent_service.connectors.refusals import AskThereError
from consent_service.connectors.states import Collected
from consent_service.erasure.targets import Target, Whom
from consent_service.kernel.errors import ConsentServiceError

NO_ORDER = UUID(int=0)  # nothing is ordered where something is only read
Row = Mapping[str, Any]  # Any: JSON values
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectedTable:
    """Rows of a table, and how many there are in all."""

    table: str
    held: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Section:
    """What one target handed out; ``why``: what is wrong where it failed, or must be asked there."""

    target: str
    kind: str
    state: Collected
    why: str | None = None
    tables: Sequence[CollectedTable] = field(default_factory=tuple)


def collect_all(targets: Sequence[Target], whom: Whom) -> list[Section]:
    """Collect a person's rows from every target; one that fails does not stop the others."""
    return [_section(target, whom) for target in targets]


def _section(target: Target, whom: Whom) -> Section:
    try:
        held = target.find(whom)
        rows = target.collect(whom)
    except AskThereError as error:
        return Section(target.name, target.kind, Collected.BY_HAND, error.detail)
    except Exception as error:  # noqa: BLE001 - whatever it is, the section says that it failed
        log.warning("target not read", extra={"target": target.name, "code": type(error).__name__})
        why = error.detail if isinstance(error, ConsentServiceError) else f"{target.name}: {type(error).__name__}"
        return Section(target.name, target.kind, Collected.FAILED, why)
    tables = tuple(
        CollectedTable(table, held.get(table, len(of_table)), [_plain_row(row) for row in of_table])
        for table, of_table in rows.items()
    )
    return Section(target.name, target.kind, Collected.COLLECTED, tables=tables)


def _plain_row(row: Mapping[str, Any]) -> Row:  # Any: column values
    return {str(name): _plain(value) for name, value in row.items()}  # names come as a kind of text of their own


def _plain(value: Any) -> Any:  # Any: column values in, JSON values out
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
