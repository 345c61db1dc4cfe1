"""The one place that storage terms are read from, by whoever shows them and by the jobs that act on them."""

from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from consent_service.deadlines.catalogue import Catalogue
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import Version
from consent_service.storage.rules import OuterLimit, StorageBy, StorageRule, StorageTerms, storage_terms
from consent_service.storage.schedule import edition_on, schedule_on
from consent_service.storage.words import limit_in_words, rule_in_words

Data = dict[str, Any]  # Any: JSON values
_MOST_REMEMBERED = 1024
# The numbers of each database by version, editions and day: receipts of one day share them.
_numbered: WeakKeyDictionary[Engine | Connection, dict[tuple[UUID, str, date, int], Data]] = WeakKeyDictionary()


def storage_by(uow: UnitOfWork, version: Version, catalogue: Catalogue) -> StorageBy:
    """Return the storage terms of a version as a function of the day whose law and schedule hold."""
    return lambda on: storage_of(uow, version, catalogue, on)


def storage_of(uow: UnitOfWork, version: Version, catalogue: Catalogue, on: date) -> StorageTerms:
    """Return the storage terms of a version by the law and the schedule of a day."""
    return storage_terms(version.terms, version.operator, catalogue, on, schedule_on(uow, on))


def shown_storage(uow: UnitOfWork, version: Version, catalogue: Catalogue, on: date) -> Data:
    """Return the storage terms of a version as everybody is shown them: each number with its clause and its words."""
    terms = storage_of(uow, version, catalogue, on)
    return {
        "rules": [_numbers(rule) | _reasons(rule) for rule in _in_force(terms)],
        "outer_limits": [_limit(limit) | _limit_reasons(limit) for limit in terms.outer],
        "unbounded": [{"says": str(one.says), "clause": list(one.clause)} for one in terms.unbounded],
    }


def storage_numbers(uow: UnitOfWork, version: Version, catalogue: Catalogue, on: date) -> Data:
    """Return the same numbers without their words, for what is signed and kept by the person."""
    key = (version.id, catalogue.edition, on, edition_on(uow, on))
    known = _numbered.setdefault(uow.session.get_bind(), {})
    if key not in known:
        if len(known) == _MOST_REMEMBERED:
            known.clear()
        terms = storage_of(uow, version, catalogue, on)
        known[key] = {
            "rules": [_numbers(rule) for rule in _in_force(terms)],
            "outer_limits": [_limit(limit) for limit in terms.outer],
        }
    return known[key]


def _in_force(terms: StorageTerms) -> list[StorageRule]:
    return [rule for rule in terms.rules if rule in terms.for_start(rule.start, rule.purposes)]


def _numbers(rule: StorageRule) -> Data:
    return {
        "start": str(rule.start),
        "kept_for": None if rule.keep is None else str(rule.keep),
        "action": str(rule.action),
        "within": str(rule.act),
        "origin": str(rule.origin),
        "clause": list(rule.clause),
        "gap": rule.is_gap,
        "purposes": list(rule.purposes),
    }


def _reasons(rule: StorageRule) -> Data:
    return {
        "code": rule.code,
        "source": dict(rule.source),
        "settled": rule.settled,
        "says": rule_in_words(rule),
    }


def _limit(limit: OuterLimit) -> Data:
    return {"start": str(limit.start), "period": str(limit.period), "clause": list(limit.clause)}


def _limit_reasons(limit: OuterLimit) -> Data:
    return {"source": dict(limit.source), "says": limit_in_words(limit)}
