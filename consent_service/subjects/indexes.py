"""Blind indexes: how people are found by what cannot be read.  Each is of one key epoch, of two while one is turned."""

from sqlalchemy import Column, ColumnElement

from consent_service.kernel.db import table_of
from consent_service.kernel.keys import Keyring
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.tables import Subject, SubjectIdentifier

_REF = "ref"
_REF_INDEX: Column[bytes] = table_of(Subject).c.ref_index
_VALUE_INDEX: Column[bytes] = table_of(SubjectIdentifier).c.value_index


def index_of_ref(uow: UnitOfWork, ref: str) -> bytes:
    """Return the index under which an operator's reference is stored now."""
    return uow.keys.index(uow.operator_id, _REF, ref)


def index_of_value(uow: UnitOfWork, kind: IdentifierKind, value: str) -> bytes:
    """Return the index under which a normalised identifier is stored now."""
    return uow.keys.index(uow.operator_id, str(kind), value)


def has_ref(uow: UnitOfWork, ref: str) -> ColumnElement[bool]:
    """Return the condition that a person has a reference."""
    return _is_any(_REF_INDEX, indexes_of_ref(uow, ref))


def indexes_of_ref(uow: UnitOfWork, ref: str) -> list[bytes]:
    """Return every index under which a reference may be stored."""
    return index_values(uow.keys, uow.operator_id, ref)


def index_values(keys: Keyring, operator_id: int, ref: str) -> list[bytes]:
    """Return the same where there is no unit of work."""
    return keys.indexes(operator_id, _REF, ref)


def has_value(uow: UnitOfWork, kind: IdentifierKind, value: str) -> ColumnElement[bool]:
    """Return the condition that an identifier has a normalised value."""
    return _is_any(_VALUE_INDEX, uow.keys.indexes(uow.operator_id, str(kind), value))


def _is_any(column: Column[bytes], indexes: list[bytes]) -> ColumnElement[bool]:
    return column == indexes[0] if len(indexes) == 1 else column.in_(indexes)
