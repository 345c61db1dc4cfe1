"""Turns validated JSON data into frozen dataclasses, field by field, guided by the types of the fields.

It checks nothing that ``schema`` has checked; data that does not fit is a programming error or a damaged row.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from consent_service.deadlines.periods import Period

T = TypeVar("T")
_Plan = tuple[tuple[str, str, Any, bool], ...]  # name, key, type (which has no common type), required
_plans: dict[type[Any], _Plan] = {}  # Any: any dataclass


def shape(cls: type[T], data: Mapping[str, Any]) -> T:  # Any: JSON values
    """Build ``cls`` from a mapping; a field ``is_`` is read from the key ``is``, a word that Python keeps."""
    values: dict[str, Any] = {}  # Any: the fields' own types
    for name, key, hint, required in _plan(cls):
        if key in data:
            values[name] = _convert(hint, data[key])
        elif required:
            msg = f"{cls.__name__} needs {key!r}"
            raise KeyError(msg)
    return cls(**values)


def _plan(cls: type[Any]) -> _Plan:  # Any: any dataclass
    if cls in _plans:
        return _plans[cls]
    hints = get_type_hints(cls)
    plan = tuple(
        (
            field.name,
            field.name.rstrip("_"),
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(cls)
    )
    _plans[cls] = plan
    return plan


def _convert(hint: Any, value: Any) -> Any:  # Any: JSON in, the field's type out  # noqa: PLR0911 - one line a type
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        items = [value] if isinstance(value, str) else value
        return tuple(_convert(get_args(hint)[0], item) for item in items)
    if get_origin(hint) is Mapping:
        return MappingProxyType(dict(value))
    if hint is Period:
        return Period.parse(value)
    if hint is date:
        return date.fromisoformat(value)
    if is_dataclass(hint) and isinstance(hint, type):
        return shape(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
