"""What events are called in Kazakh, Russian and English, and in which groups they stand, from ``data/kinds.yaml``."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

import yaml

from consent_service.ledger.events import EventType

Words = Mapping[str, str]
_FILE = Path(__file__).parent / "data" / "kinds.yaml"
_OTHER: Words = {"kk": "Басқа оқиға", "ru": "Иное событие", "en": "Another event"}


class _Group(TypedDict):
    name: Words
    kinds: Mapping[str, Words]


def kind_name(kind: str, language: str) -> str:
    """Return what a kind of event is called; one of a later release that is not known here is another event.

    >>> kind_name("list_exported", "en"), kind_name("moon_landed", "en")
    ('A list was taken away as a file', 'Another event')
    """
    return _names().get(kind, _OTHER)[language]


def group_name(group: str, language: str) -> str:
    """Return what a group of kinds is called."""
    return _groups()[group]["name"][language]


@cache
def kinds_by_group() -> Mapping[str, tuple[EventType, ...]]:
    """Return the kinds of each group; every kind stands in one."""
    return {group: tuple(EventType(kind) for kind in said["kinds"]) for group, said in _groups().items()}


@cache
def group_of(kind: EventType) -> str:
    """Return the group that a kind stands in."""
    return next(group for group, kinds in kinds_by_group().items() if kind in kinds)


@cache
def _names() -> Mapping[str, Words]:
    return {kind: words for said in _groups().values() for kind, words in said["kinds"].items()}


@cache
def _groups() -> Mapping[str, _Group]:
    groups: Mapping[str, _Group] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return groups
