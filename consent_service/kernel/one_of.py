"""A column that is one of several values, by one statement however many they are, where the database knows arrays."""

from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, any_, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.sql.operators import OperatorType


class one_of(FunctionElement[bool]):  # noqa: N801 - read as a function, as SQLAlchemy's own are
    """Say that a column is one of the values of a list: ``one_of(table.c.id, "ids")``, the list being given as ``ids``.

    An ``IN`` is written out and planned anew for each number of values.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Column[Any], values: str) -> None:  # Any: of whatever type
        super().__init__(column, bindparam(values, type_=column.type))

    def self_group(self, against: OperatorType | None = None) -> "one_of":  # noqa: ARG002 - SQLAlchemy's own signature
        """Stand beside other conditions as it is: SQLite would compare it with 1, and then use no index."""
        return self


@compiles(one_of, "postgresql")
def _as_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:  # Any: SQLAlchemy's own signature
    column, values = element.clauses
    array = bindparam(values.key, type_=ARRAY(column.type))
    return str(compiler.process(column == any_(array), **options))


@compiles(one_of)
def _as_list(element: one_of, compiler: SQLCompiler, **options: Any) -> str:  # Any: as above
    column, values = element.clauses
    return str(compiler.process(column.in_(bindparam(values.key, expanding=True)), **options))
