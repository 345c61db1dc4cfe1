"""What is in a database now: the described tables, and every foreign key that points to one of them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector

from consent_service.connectors.description import SqlDescription, Through

_SYSTEM = frozenset({"information_schema", "mysql", "performance_schema", "sys", "pg_catalog", "pg_toast"})
Place = tuple[str | None, str]  # schema and table


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key by the names that a description has for its tables; one that is not described has its own."""

    table: str
    columns: tuple[str, ...]
    to: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table as it is: its primary key and what else is unique."""

    table: sa.Table
    primary_key: tuple[str, ...]
    uniques: tuple[frozenset[str], ...]
    is_transactional: bool

    def is_key(self, columns: tuple[str, ...]) -> bool:
        """Whether these columns tell every row from every other."""
        if set(columns) == set(self.primary_key):
            return True
        return frozenset(columns) in self.uniques and not any(self.table.c[name].nullable for name in columns)


@dataclass(frozen=True)
class LiveSchema:
    """The described tables that exist, by the names of the description, and the foreign keys that point to them."""

    tables: Mapping[str, LiveTable]
    foreign_keys: tuple[ForeignKey, ...]
    has_arrays: bool = False  # whether many values travel as one

    def between(self, child: str, parent: str) -> list[ForeignKey]:
        """Return the foreign keys from one table to another."""
        return [one for one in self.foreign_keys if (one.table, one.to) == (child, parent)]

    def joined(self, child: str, way: Through) -> ForeignKey | None:
        """Return by which columns a table is reached through another; None where that is not clear."""
        if way.columns:
            return ForeignKey(child, way.columns, way.table, way.keys)
        found = self.between(child, way.table)
        return found[0] if len(found) == 1 else None

    def fingerprint(self) -> str:
        """Return a digest of everything that the description was held against."""
        facts = {
            name: {
                "columns": [[c.name, str(c.type), bool(c.nullable)] for c in live.table.columns],
                "key": live.primary_key,
                "uniques": sorted(sorted(unique) for unique in live.uniques),
            }
            for name, live in self.tables.items()
        }
        keys = sorted((one.table, one.columns, one.to, one.keys) for one in self.foreign_keys)
        written = json.dumps({"tables": facts, "foreign_keys": keys}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()


def read_schema(connection: sa.Connection, description: SqlDescription) -> LiveSchema:
    """Read what the description is about; nothing of the rows."""
    inspector = sa.inspect(connection)
    default = description.schema or inspector.default_schema_name
    # PostgreSQL's connection stands in the schema of the description, so it goes without saying there.
    own = None if connection.dialect.name == "postgresql" else description.schema
    names = {_place(table.name, default): table.name for table in description.tables}
    tables: dict[str, LiveTable] = {}
    for schema in dict.fromkeys(schema for schema, _ in names):
        wanted = {bare: name for (of, bare), name in names.items() if of == schema}
        tables |= _tables(inspector, connection, wanted, own if schema == default else schema)
    others = {name for name in inspector.get_schema_names() if name not in _SYSTEM} - {default}
    parts = _partitions(connection)
    keys = [
        one
        for schema in (own, *sorted(others))
        for one in _foreign_keys(inspector, schema, names, default)
        if one.table not in parts
    ]
    return LiveSchema(tables, tuple(keys), has_arrays=connection.dialect.name == "postgresql")


def _place(name: str, default: str | None) -> Place:
    schema, dot, bare = name.rpartition(".")
    return (schema, bare) if dot else (default, name)


def _tables(
    inspector: Inspector, connection: sa.Connection, wanted: Mapping[str, str], schema: str | None
) -> dict[str, LiveTable]:
    """Read the tables of a schema that are described and exist, all at once; by the names of the description."""
    metadata, only = sa.MetaData(), list(wanted)
    metadata.reflect(connection, schema=schema, only=lambda name, _: name in wanted, resolve_fks=False)
    keys = inspector.get_multi_pk_constraint(schema, filter_names=only)
    uniques = inspector.get_multi_unique_constraints(schema, filter_names=only)
    # Among the indexes of SQLite are those of its own constraints.
    indexes = inspector.get_multi_indexes(schema, filter_names=only, include_auto_indexes=True)
    options = inspector.get_multi_table_options(schema, filter_names=only)
    found = {}
    for table in metadata.tables.values():
        place = (schema, table.name)
        unique = [one["column_names"] for one in uniques.get(place, ())]
        unique += [
            [str(column) for column in one["column_names"]]
            for one in indexes.get(place, ())
            if one["unique"] and None not in one["column_names"] and not _is_partial(one.get("dialect_options", {}))
        ]
        of_table = options.get(place, {})
        engine = of_table.get("mysql_engine") or of_table.get("mariadb_engine")
        found[wanted[table.name]] = LiveTable(
            table,
            tuple(keys[place]["constrained_columns"]),
            tuple(frozenset(one) for one in unique),
            engine is None or str(engine).lower() == "innodb",
        )
    return found


def _is_partial(options: Mapping[str, object]) -> bool:
    return any(name.endswith("_where") for name in options)


def _foreign_keys(
    inspector: Inspector, schema: str | None, names: Mapping[Place, str], default: str | None
) -> Iterator[ForeignKey]:
    """Yield the foreign keys of the tables of a schema that point to a described table."""
    for (_, child), keys in inspector.get_multi_foreign_keys(schema).items():
        for key in keys:
            to = names.get((key["referred_schema"] or default, key["referred_table"]))
            if to is not None:
                own = names.get((schema or default, child)) or (f"{schema}.{child}" if schema else child)
                yield ForeignKey(own, tuple(key["constrained_columns"]), to, tuple(key["referred_columns"]))


def _partitions(connection: sa.Connection) -> set[str]:
    """Return the partitions of PostgreSQL: their foreign keys are those of the table that they are part of."""
    if connection.dialect.name != "postgresql":
        return set()
    rows = connection.execute(
        sa.text(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relispartition"
        )
    )
    return {name for schema, table in rows for name in (table, f"{schema}.{table}")}
