"""A description as typed values: which target, which tables, whose rows, what becomes of them.  Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from consent_service.connectors.states import CLEARS, FORMS, Do, Form, Identifies, Kind, Reference, Rows

Data = Mapping[str, Any]  # Any: JSON values
TESTED = ("mariadb", "mysql", "postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Names:
    """A column by which a row names a person."""

    column: str
    identifies: Identifies
    form: Form


@dataclass(frozen=True, slots=True)
class Through:
    """Rows that refer to rows of another table are of the same person; no columns: those of the foreign key."""

    table: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]


Way = Names | Through


@dataclass(frozen=True, slots=True)
class Column:
    """What becomes of a column; ``year``, ``first`` and ``step`` say how it is generalised, one of them."""

    name: str
    do: Do
    value: Any = None  # Any: text, a number, true or false
    year: bool = False
    first: int | None = None
    step: int | None = None
    basis: str | None = None

    @property
    def clears(self) -> bool:
        """Whether nothing of the value is left."""
        return self.do in CLEARS


@dataclass(frozen=True)
class Table:
    """A table: which rows are a person's, and what becomes of them."""

    name: str
    ways: tuple[Way, ...]
    rows: Rows
    columns: tuple[Column, ...]
    references: Mapping[str, Reference]
    row_numbers: tuple[str, ...]
    key: tuple[str, ...]
    withhold: tuple[str, ...]
    basis: str | None

    @cached_property
    def changes(self) -> tuple[Column, ...]:
        """The columns that do not stay as they are."""
        return tuple(column for column in self.columns if column.do is not Do.KEEP)

    @property
    def goes(self) -> bool:
        """Whether anything of the person's rows goes."""
        return self.rows is Rows.DELETE or bool(self.changes)

    @property
    def action(self) -> str:
        """What is counted: the table and what becomes of its rows."""
        return f"{self.name}: {'clear columns' if self.rows is Rows.KEEP else self.rows}"


@dataclass(frozen=True, slots=True)
class SqlDescription:
    """A database."""

    name: str
    dialect: str
    schema: str | None
    batches: int | None
    k: int | None
    tables: tuple[Table, ...]

    kind = Kind.SQL

    def table(self, name: str) -> Table | None:
        """Return the description of a table, if there is one."""
        return next((table for table in self.tables if table.name == name), None)


@dataclass(frozen=True, slots=True)
class Category:
    """A category of data by which a receiver or a person counts."""

    code: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebhookDescription:
    """A receiver of signed requests; with ``preview`` it also says beforehand and afterwards what is there."""

    name: str
    url: str
    preview: bool
    categories: tuple[Category, ...]

    kind = Kind.WEBHOOK


@dataclass(frozen=True, slots=True)
class MailTaskDescription:
    """Somebody at the operator who erases by hand; ``what``: where they look."""

    name: str
    language: str
    what: Mapping[str, str]
    categories: tuple[Category, ...]

    kind = Kind.MAIL_TASK


Description = SqlDescription | WebhookDescription | MailTaskDescription


def described(target: Data) -> Description:
    """Return the typed description of a target whose data were checked."""
    match Kind(target["kind"]):
        case Kind.SQL:
            tables = tuple(_table(table) for table in target["tables"])
            return SqlDescription(
                target["name"], target["dialect"], target.get("schema"), target.get("batches"), target.get("k"), tables
            )
        case Kind.WEBHOOK:
            return WebhookDescription(
                target["name"], target["url"], target.get("preview", False), _categories(target["categories"])
            )
        case Kind.MAIL_TASK:
            return MailTaskDescription(
                target["name"], target["language"], target["what"], _categories(target["categories"])
            )


def _table(table: Data) -> Table:
    return Table(
        name=table["table"],
        ways=tuple(_way(way) for way in table["person"]),
        rows=Rows(table["rows"]),
        columns=tuple(_column(column) for column in table.get("columns", ())),
        references={one["column"]: Reference(one["do"]) for one in table.get("references", ())},
        row_numbers=tuple(table.get("row_numbers", ())),
        key=tuple(table.get("key", ())),
        withhold=tuple(table.get("withhold", ())),
        basis=table.get("basis"),
    )


def _way(way: Data) -> Way:
    if "through" in way:
        return Through(way["through"], tuple(way.get("columns", ())), tuple(way.get("keys", ())))
    identifies = Identifies(way["is"])
    return Names(way["column"], identifies, Form(way.get("form", FORMS[identifies][0])))


def _column(column: Data) -> Column:
    return Column(
        name=column["column"],
        do=Do(column["do"]),
        value=column.get("value"),
        year=column.get("to") == "year",
        first=column.get("first"),
        step=column.get("step"),
        basis=column.get("basis"),
    )


def _categories(categories: Sequence[Data]) -> tuple[Category, ...]:
    return tuple(Category(one["code"], one["name"]) for one in categories)
