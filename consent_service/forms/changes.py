"""What changed in a document since the version that a person answered to: shown before the whole text."""

from collections.abc import Iterable, Mapping
from typing import Any

from consent_service.forms.words import CLAUSES, since_words
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import VersionView, version_named
from consent_service.policies.states import VersionState
from consent_service.standings.notice import changed_clauses
from consent_service.standings.plain_words import in_words
from consent_service.standings.rules import course

_WAS_SHOWN = frozenset({VersionState.IN_FORCE, VersionState.SUPERSEDED})
_MOST_CLAUSES = 20

Known = Mapping[str, str]  # a version by its document


def known_versions(told: Iterable[str]) -> Known:
    """Read ``document@version``, each document once."""
    return dict(one.split("@", 1) for one in told)


def since(
    uow: UnitOfWork, version: VersionView, known: str | None, language: str, base_url: str
) -> dict[str, Any] | None:  # Any: JSON values
    """Say what changed since a version; None where nothing did, or where nobody can have answered to that one.

    ``asks_again``: whether only a fresh consent binds whoever answered to it.
    """
    old = _earlier(uow, version, known)
    if old is None:
        return None
    lines = list(in_words(old.terms, version.terms, language))
    clauses = changed_clauses(uow, old, version, language)
    if clauses:
        more = " …" if len(clauses) > _MOST_CLAUSES else ""
        lines.append(CLAUSES[language].format(clauses=", ".join(clauses[:_MOST_CLAUSES]) + more))
    return {
        "version": old.version,
        "asks_again": course(old.terms, version.terms, version.change_kind).asks_again,
        "lines": lines,
        "url": f"{base_url}/p/{version.name}/{version.version}/since/{old.version}?lang={language}",
        **since_words(old.version, language),
    }


def _earlier(uow: UnitOfWork, version: VersionView, known: str | None) -> VersionView | None:
    if known in (None, version.version):
        return None
    try:
        old = version_named(uow, version.name, str(known), uow.now)
    except NotFoundError:
        return None
    return old if old.state in _WAS_SHOWN and old.in_force_at <= version.in_force_at else None
