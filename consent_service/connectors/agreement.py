"""What must agree inside the file of an operator's connectors beyond the form of each value.  Pure.

Each function yields the path of a value and what to write there; it expects data whose form is checked.
"""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from consent_service.connectors.description import TESTED
from consent_service.connectors.states import ALLOWED, CLEARS, FORMS, Do, Form, Identifies, Rows
from consent_service.policies.consistency import Data, Problem

_HOW = ("to", "first", "step")


def targets_problems(file: Data) -> Iterator[Problem]:
    """Yield targets of one name."""
    yield from _repeated(file["targets"], "name", ("targets",))


def tasks_problems(target: Data) -> Iterator[Problem]:
    """Yield what does not agree in a webhook or a mail task."""
    yield from _repeated(target["categories"], "code", ("categories",))


def sql_problems(target: Data) -> Iterator[Problem]:
    """Yield what does not agree in a database."""
    if target["dialect"] not in TESTED and not target.get("untested"):
        tested = ", ".join(TESTED)
        yield ("dialect",), f"This is untested; {tested} are tested. Write 'untested: true' to use it nevertheless."
    tables = target["tables"]
    yield from _repeated(tables, "table", ("tables",))
    if any(table["rows"] == Rows.DEPERSONALISE for table in tables):
        if "k" not in target:
            yield ("k",), "A table is depersonalised: write among how many rows alike each must be, such as 'k: 5'."
        if "batches" in target:
            yield ("batches",), "A table is depersonalised, which is done or refused as a whole: remove this key."
    for place, table in enumerate(tables):
        for path, says in _table(table, {one["table"] for one in tables}):
            yield ("tables", place, *path), says
    yield from _circles(tables)


def _table(table: Data, names: set[str]) -> Iterator[Problem]:
    rows = Rows(table["rows"])
    if not table["person"] and not table.get("references"):
        yield ("person",), "Say whose rows these are: by a column, or through another table."
    for place, way in enumerate(table["person"]):
        for path, says in _way(way, table["table"], names):
            yield ("person", place, *path), says
    if rows is Rows.KEEP and "basis" not in table:
        yield ("basis",), "Rows are kept on a ground alone: write the article, such as 'basis: Tax Code 26'."
    if rows is not Rows.KEEP and "basis" in table:
        yield ("basis",), "The rows are not kept: remove this key."
    yield from _columns(table, rows)
    yield from _still_named(table, rows)


def _columns(table: Data, rows: Rows) -> Iterator[Problem]:
    columns, in_whole = table.get("columns", []), rows in {Rows.DEPERSONALISE, Rows.PSEUDONYMISE}
    if in_whole and not columns:
        yield ("columns",), "Write what becomes of each column."
    yield from _repeated(columns, "column", ("columns",))
    for place, column in enumerate(columns):
        for path, says in _column(column, rows):
            yield ("columns", place, *path), says
    if "row_numbers" in table and not in_whole:
        yield ("row_numbers",), "This key is for rows that are depersonalised or pseudonymised: remove it."
    for place, name in enumerate(table.get("row_numbers", [])):
        if any(column["column"] == name for column in columns):
            yield ("row_numbers", place), "This stands under columns as well; keep one."


def _way(way: Data, own: str, names: set[str]) -> Iterator[Problem]:
    if ("column" in way) == ("through" in way):
        yield (), "Write either 'column' with 'is', or 'through' with another table."
    elif "column" in way:
        yield from _strangers(way, ("columns", "keys"), "through")
        if "is" not in way:
            yield (), f"Write what the column holds, 'is:' and one of {', '.join(Identifies)}."
        elif "form" in way and Form(way["form"]) not in FORMS[Identifies(way["is"])]:
            yield ("form",), f"Write one of: {', '.join(FORMS[Identifies(way['is'])])}."
    else:
        yield from _strangers(way, ("is", "form"), "column")
        if way["through"] == own:
            yield ("through",), "No table is reached through itself: write under references what becomes of the column."
        elif way["through"] not in names:
            yield ("through",), "This table is not described in this target: describe it, or correct the name."
        if len(way.get("columns", [])) != len(way.get("keys", [])):
            yield (), "Write as many columns as keys: which column of this table holds which column of the other."


def _strangers(way: Data, keys: Sequence[str], whose: str) -> Iterator[Problem]:
    for key in keys:
        if key in way:
            yield (key,), f"This key is for '{whose}': remove it."


def _column(column: Data, rows: Rows) -> Iterator[Problem]:
    do = Do(column["do"])
    if do not in ALLOWED[rows]:
        yield ("do",), _not_allowed(do, rows)
    if (do is Do.FIXED) != (column.get("value") is not None):
        yield ("value",), "Write the value." if do is Do.FIXED else "This key is for 'do: fixed': remove it."
    elif do is Do.FIXED and not isinstance(column["value"], str | int | float):
        yield ("value",), "Write text, a number, true or false."
    if sum(key in column for key in _HOW) != (do is Do.GENERALISE):
        yield (
            ("do",),
            "Write one of 'to: year', 'first: 4' (characters) and 'step: 10'."
            if do is Do.GENERALISE
            else f"The keys {', '.join(_HOW)} are for 'do: generalise': remove them.",
        )
    if (do is Do.KEEP) != ("basis" in column):
        yield (
            ("basis",),
            "A column is kept on a ground alone: write the article, or that it says nothing of a person."
            if do is Do.KEEP
            else "The column is not kept: remove this key.",
        )


def _not_allowed(do: Do, rows: Rows) -> str:
    if rows is Rows.DELETE:
        return "The rows are deleted whole: remove the columns."
    if do is Do.PSEUDONYMISE:
        return (
            "Hashing with a key that is kept is pseudonymisation, no depersonalisation: write 'set_null' here, or "
            "'rows: pseudonymise' for the table."
        )
    return "The whole row is kept: write here what goes, and remove what stays."


def _still_named(table: Data, rows: Rows) -> Iterator[Problem]:
    """Yield the columns by which the person would still be found."""
    fitting = {Rows.DEPERSONALISE: CLEARS, Rows.PSEUDONYMISE: CLEARS | {Do.PSEUDONYMISE}}.get(rows)
    if fitting is None:
        return
    done = {column["column"]: Do(column["do"]) for column in table.get("columns", [])}
    for place, way in enumerate(table["person"]):
        if "column" in way and done.get(way["column"]) not in fitting:
            choices = ", ".join(sorted(fitting))
            yield ("person", place, "column"), f"By this the person is found: write under columns one of {choices}."


def _circles(tables: Sequence[Data]) -> Iterator[Problem]:
    reached = {table["table"]: {way["through"] for way in table["person"] if "through" in way} for table in tables}
    for name, above in reached.items():
        above.discard(name)  # said elsewhere
    try:
        TopologicalSorter(reached).prepare()
    except CycleError as error:
        names = ", ".join(dict.fromkeys(error.args[1]))
        yield ("tables",), f"These tables are reached through each other: {names}. Reach one of them by a column."


def _repeated(values: Sequence[Data], key: str, path: tuple[str | int, ...]) -> Iterator[Problem]:
    seen = set()
    for place, value in enumerate(values):
        if value[key] in seen:
            yield (*path, place, key), "This stands here twice; keep one."
        seen.add(value[key])
