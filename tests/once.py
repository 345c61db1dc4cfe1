"""What depends on the code alone is made once a process: addresses of routes, templates, statements of SQL.

Each app of each test would make them again, and would make the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import ClauseElement, Dialect
from werkzeug.routing import Rule


class KeptTemplates(BytecodeCache):
    """The code of templates, by their name and source."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


class KeptStatements(dict[Any, Any]):  # Any: as SQLAlchemy types its caches
    """The compiled statements, by the kind of a database instead of its engine."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:  # Any: as above
        return super().get(self._kind(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:  # Any: as above
        super().__setitem__(self._kind(key), compiled)

    @staticmethod
    def _kind(key: tuple[Any, ...]) -> tuple[Any, ...]:  # Any: as above
        dialect: Dialect = key[0]
        return type(dialect), dialect.server_version_info, *key[1:]


@contextmanager
def kept_once() -> Iterator[None]:
    """Keep them while tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", _compile_rule_once(Rule.compile))
        patch.setattr(Flask, "jinja_options", Flask.jinja_options | {"bytecode_cache": KeptTemplates()})
        patch.setattr(ClauseElement, "_compile_w_cache", _compile_statement_once(ClauseElement._compile_w_cache))
        yield


def _compile_rule_once(own: Callable[[Rule], None]) -> Callable[[Rule], None]:
    made: dict[tuple[object, ...], Rule] = {}
    results = ("_parts", "_trace", "_converters", "arguments")

    def once(rule: Rule) -> None:
        assert rule.map
        what = (
            rule.rule, rule.subdomain, rule.host, repr(rule.defaults), rule.merge_slashes, rule.map.host_matching,
        )  # fmt: skip
        if what not in made:
            own(rule)
            made[what] = rule
            return
        for name in results:
            setattr(rule, name, getattr(made[what], name))
        rule._build = made[what]._build.__func__.__get__(rule)  # type: ignore[attr-defined]  # a bound method
        rule._build_unknown = made[what]._build_unknown.__func__.__get__(rule)  # type: ignore[attr-defined]  # as above

    return once


def _compile_statement_once(own: Callable[..., Any]) -> Callable[..., Any]:  # Any: as SQLAlchemy types it
    kept = KeptStatements()

    def once(statement: ClauseElement, dialect: Dialect, *, compiled_cache: Any, **how: Any) -> Any:  # Any: as above
        cache = None if compiled_cache is None else kept
        return own(statement, dialect, compiled_cache=cache, **how)

    return once
