"""Holds what a description says of references against the foreign keys of the database."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from consent_service.connectors.description import SqlDescription, Table, Through
from consent_service.connectors.sql.live import ForeignKey, LiveSchema
from consent_service.connectors.states import Do, Reference, Rows
from consent_service.policies.consistency import Problem


def link_problems(description: SqlDescription, live: LiveSchema) -> Iterator[Problem]:
    """Yield what is wrong with references; tables and columns are there."""
    for place, table in enumerate(description.tables):
        for path, says in _ways(description, table, live):
            yield ("tables", place, *path), says
        for path, says in _references(table, live):
            yield ("tables", place, *path), says
    for key in live.foreign_keys:
        yield from _foreign_key(description, key)
    yield from _circle(description, live)


def deleted_before(description: SqlDescription, live: LiveSchema) -> dict[str, set[str]]:
    """Return which tables must lose their rows before those of a table: those that refer to it and are not unlinked."""
    return {
        parent.name: {
            key.table
            for key in live.foreign_keys
            if key.to == parent.name
            and (child := description.table(key.table)) is not None
            and child.rows is Rows.DELETE
            and not _unlinks(child, key)
        }
        for parent in description.tables
        if parent.rows is Rows.DELETE
    }


def _ways(description: SqlDescription, table: Table, live: LiveSchema) -> Iterator[Problem]:
    for place, way in enumerate(table.ways):
        if not isinstance(way, Through):
            continue
        join = live.joined(table.name, way)
        if join is None:
            keys = live.between(table.name, way.table)
            why = "There are several foreign keys" if keys else "There is no foreign key"
            says = f"{why} from {table.name} to {way.table}: write 'columns' of this one and the 'keys' that they hold."
            yield ("person", place, "through"), says
            continue
        parent = description.table(way.table)
        if parent is not None and table.rows is Rows.DEPERSONALISE and parent.rows is not Rows.DEPERSONALISE:
            cleared = {column.name for column in table.columns if column.clears}
            if not cleared & set(join.columns):
                columns = ", ".join(join.columns)
                yield ("person", place, "through"), f"By {columns} the person is found: write 'do: set_null' for it."
        if parent is not None and (moved := _moved(parent, join)):
            yield ("person", place, "through"), moved


def _references(table: Table, live: LiveSchema) -> Iterator[Problem]:
    referring = {name for one in live.foreign_keys if one.table == table.name for name in one.columns}
    for place, (name, reference) in enumerate(table.references.items()):
        if name not in referring:
            yield ("references", place, "column"), "This column refers to no described table: remove it here."
        elif reference is Reference.UNLINK and not live.tables[table.name].table.c[name].nullable:
            yield ("references", place, "do"), "This column must not be null: delete the rows through it instead."


def _foreign_key(description: SqlDescription, key: ForeignKey) -> Iterator[Problem]:
    parent = description.table(key.to)
    place = [table.name for table in description.tables].index(key.to)
    child = description.table(key.table)
    columns = ", ".join(key.columns)
    if child is None:
        says = (
            f"{key.table} ({columns}) refers to {key.to} and is not described: describe {key.table} with "
            f"'person: [{{through: {key.to}}}]', or with 'references: [{{column: {key.columns[0]}, do: unlink}}]'."
        )
        yield ("tables", place), says
        return
    lacking = _covered(child, parent, key) if parent is not None else None
    if lacking is not None:
        own = [table.name for table in description.tables].index(child.name)
        yield ("tables", own), f"{child.name} ({columns}) refers to {key.to}: {lacking}"


def _covered(child: Table, parent: Table, key: ForeignKey) -> str | None:
    """Return what to write for a foreign key of a described table; None where enough is said."""
    is_way = any(
        isinstance(way, Through) and way.table == key.to and way.columns in ((), key.columns) for way in child.ways
    )
    said = {child.references[name] for name in key.columns if name in child.references}
    if child.name == parent.name and Reference.UNLINK not in said:
        return f"write under references 'column: {key.columns[0]}' with 'do: unlink'."
    if not is_way and not said:
        return (
            f"write 'through: {key.to}' under person if its rows are the same person's, or under references "
            f"'column: {key.columns[0]}' with unlink or stays."
        )
    if parent.rows is not Rows.DELETE:
        return None if is_way else _moved(parent, key)
    if Reference.UNLINK in said or (is_way and child.rows is Rows.DELETE):
        return None
    nulled = {column.name for column in child.columns if column.do is Do.SET_NULL}
    if is_way and nulled & set(key.columns):
        return None
    return (
        f"rows of {key.to} are deleted and this one would point nowhere: write 'do: set_null' for "
        f"{key.columns[0]} under columns, or 'do: unlink' under references, or delete these rows too."
    )


def _moved(parent: Table, key: ForeignKey) -> str | None:
    """Say what is wrong where the columns that others refer to are changed."""
    changed = {column.name for column in parent.changes} & set(key.keys)
    if not changed or parent.rows is Rows.DELETE:
        return None
    return (
        f"{', '.join(sorted(changed))} of {parent.name} is changed, and rows that refer to it would point nowhere: "
        "delete those rows, or let them refer to a column that stays."
    )


def _unlinks(child: Table, key: ForeignKey) -> bool:
    return any(child.references.get(name) is Reference.UNLINK for name in key.columns)


def _circle(description: SqlDescription, live: LiveSchema) -> Iterator[Problem]:
    try:
        TopologicalSorter(deleted_before(description, live)).prepare()
    except CycleError as error:
        names = list(dict.fromkeys(error.args[1]))
        place = [table.name for table in description.tables].index(names[0])
        says = (
            f"Rows of {', '.join(names)} refer to each other in a circle: write under references of one of them "
            "'do: unlink' for the column that refers to the next."
        )
        yield ("tables", place), says
