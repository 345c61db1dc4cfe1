"""Reads about documents, versions, texts and purposes.  Frozen views out, never rows.

A document is named by its slug, or as ``operator/slug``.  Another operator's objects look like missing ones.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.clauses import PolicyText
from consent_service.policies.purpose_names import purposes_of_ids, resolve_purposes
from consent_service.policies.states import VersionState, state_at
from consent_service.policies.storage import (
    VERSION_OF_DOCUMENT,
    load_versions,
    text_from_row,
    text_infos,
    version_by_id,
)
from consent_service.policies.tables import Document, DocumentVersion, VersionText
from consent_service.policies.terms import DocumentKind
from consent_service.policies.views import DocumentView, PublishedVersion, PurposeRef, TextInfo, Version, VersionView

_DOCUMENTS = Document.__table__
_VERSIONS = DocumentVersion.__table__
_TEXTS = VersionText.__table__
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
MUST_BE_READ_IN = {"kk", "ru"}
# Of two published versions in force from the same day, the one published later supersedes the other.
_ORDER = (_VERSIONS.c.in_force_at, _VERSIONS.c.published_at, _VERSIONS.c.version)


def version_in_force(uow: UnitOfWork, document: str, at: datetime) -> VersionView:
    """Return the version of a document that is in force at an instant.

    Raises:
        NotFoundError: The operator has no such document.
        ConflictError: It is announced without a text, or no version of it is in force at that time.
    """
    row = uow.session.execute(
        select(_DOCUMENTS.c.id, _VERSIONS.c.id.label("version_id"))
        .outerjoin(
            _VERSIONS,
            and_(
                VERSION_OF_DOCUMENT,
                _VERSIONS.c.published_at.is_not(None),
                _VERSIONS.c.in_force_at <= at,
            ),
        )
        .where(_DOCUMENTS.c.operator_id == uow.operator_id, _DOCUMENTS.c.slug == _slug(uow, document))
        .order_by(*(column.desc() for column in _ORDER))
        .limit(1)
    ).first()
    if row is None:
        raise _no_document()
    if row.version_id is None:
        raise _none_in_force(uow, row.id)
    return version_by_id(uow, row.version_id).seen_as(VersionState.IN_FORCE)


def version_named(uow: UnitOfWork, document: str, version: str, at: datetime) -> VersionView:
    """Return a version of a document by its name, drafts too, with its state at an instant.

    Raises:
        NotFoundError: The operator has no such document or version.
    """
    if not _NAME.fullmatch(version):
        raise _no_version()
    row = uow.session.execute(
        select(_DOCUMENTS.c.id, _VERSIONS.c.id.label("version_id"))
        .outerjoin(_VERSIONS, and_(VERSION_OF_DOCUMENT, _VERSIONS.c.version == version))
        .where(_DOCUMENTS.c.operator_id == uow.operator_id, _DOCUMENTS.c.slug == _slug(uow, document))
    ).first()
    if row is None:
        raise _no_document()
    if row.version_id is None:
        raise _no_version()
    return version_at(uow, row.version_id, at)


def version_at(uow: UnitOfWork, version_id: UUID, at: datetime) -> VersionView:
    """Return a version with its state at an instant.

    Raises:
        NotFoundError: The operator has no such version.
    """
    stored = version_by_id(uow, version_id)
    next_at = None
    if stored.published_at is not None:
        next_at = uow.session.scalar(
            select(func.min(_VERSIONS.c.in_force_at)).where(
                _VERSIONS.c.operator_id == uow.operator_id,
                _VERSIONS.c.document_id == stored.document_id,
                _VERSIONS.c.published_at.is_not(None),
                _comes_after(stored, stored.published_at),
            )
        )
    return stored.seen_as(_state(stored, at, next_at))


def published_versions(uow: UnitOfWork) -> list[PublishedVersion]:
    """Return every published version of the operator's documents, in the order in which they take effect."""
    columns = [_VERSIONS.c[name] for name in PublishedVersion.__dataclass_fields__]
    rows = uow.session.execute(
        select(*columns)
        .where(_VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.published_at.is_not(None))
        .order_by(*_ORDER)
    )
    return [PublishedVersion(*row) for row in rows]


def terms_data_of(uow: UnitOfWork, version_id: UUID) -> Mapping[str, Any]:  # Any: JSON values
    """Return the terms of a version as the JSON that was validated."""
    data = uow.session.scalar(
        select(_VERSIONS.c.terms).where(_VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.id == version_id)
    )
    if data is None:
        raise NotFoundError("There is no such version of a document.")
    terms: Mapping[str, Any] = data  # Any: JSON values
    return terms


def document_id(uow: UnitOfWork, document: str) -> UUID:
    """Return the id of a document.

    Raises:
        NotFoundError: The operator has no such document.
    """
    found: UUID | None = uow.session.scalar(
        select(_DOCUMENTS.c.id).where(
            _DOCUMENTS.c.operator_id == uow.operator_id, _DOCUMENTS.c.slug == _slug(uow, document)
        )
    )
    if found is None:
        raise _no_document()
    return found


def list_documents(uow: UnitOfWork, at: datetime) -> list[DocumentView]:
    """Return the operator's documents by slug, as they stand at an instant."""
    rows = uow.session.execute(
        select(
            _DOCUMENTS.c.id,
            _DOCUMENTS.c.slug,
            _DOCUMENTS.c.title,
            _DOCUMENTS.c.kind,
            _VERSIONS.c.id.label("version_id"),
            _VERSIONS.c.version,
            _VERSIONS.c.in_force_at,
            _VERSIONS.c.published_at,
        )
        .outerjoin(_VERSIONS, VERSION_OF_DOCUMENT)
        .where(_DOCUMENTS.c.operator_id == uow.operator_id)
        .order_by(_DOCUMENTS.c.slug, *_ORDER)
    ).all()
    shown = [_shown(list(versions), at) for _, versions in groupby(rows, key=lambda row: row.id)]
    texts = text_infos(uow, [row.version_id for row, _ in shown if row.version_id is not None])
    return [_document_view(row, state, texts.get(row.version_id, {})) for row, state in shown]


def lacking_a_language(uow: UnitOfWork, at: datetime) -> list[DocumentView]:
    """Return the documents in force that cannot be read in each of the languages that the law asks for."""
    return [
        one
        for one in list_documents(uow, at)
        if one.state is VersionState.IN_FORCE and not set(one.languages) >= MUST_BE_READ_IN
    ]


def list_versions(uow: UnitOfWork, document: str, at: datetime) -> list[VersionView]:
    """Return all versions of a document, drafts too, by their day in force.

    Raises:
        NotFoundError: The operator has no such document.
    """
    wanted = document_id(uow, document)
    ids = uow.session.scalars(
        select(_VERSIONS.c.id)
        .where(_VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.document_id == wanted)
        .order_by(*_ORDER)
    ).all()
    versions = load_versions(uow, ids)
    views: list[VersionView] = []
    next_at: datetime | None = None
    for version_id in reversed(ids):
        stored = versions[version_id]
        views.append(stored.seen_as(_state(stored, at, next_at)))
        if stored.published_at is not None:
            next_at = stored.in_force_at
    return views[::-1]


def text_of(uow: UnitOfWork, version_id: UUID, language: str) -> tuple[PolicyText, TextInfo]:
    """Return the text of a version in one language.

    Raises:
        NotFoundError: There is no such version, or it has no text in that language.
    """
    query = select(_TEXTS).where(
        _TEXTS.c.operator_id == uow.operator_id,
        _TEXTS.c.version_id == version_id,
        _TEXTS.c.language == language,
    )
    row = uow.session.execute(query).first() if _NAME.fullmatch(language) else None
    if row is None:
        languages = ", ".join(version_by_id(uow, version_id).texts) or "no language yet"
        raise NotFoundError(f"The version has no text in that language; it has: {languages}.")
    info = TextInfo(row.language, row.sha256, row.text_kind, row.title)
    return text_from_row(row), info


def _slug(uow: UnitOfWork, document: str) -> str:
    operator, slash, slug = document.rpartition("/")
    if not _NAME.fullmatch(slug) or (slash and operator != operator_slug(uow)):
        raise _no_document()
    return slug


def _no_document() -> NotFoundError:
    return NotFoundError("There is no such document; write its slug, or operator/slug.")


def _no_version() -> NotFoundError:
    return NotFoundError("The document has no such version; list its versions to see their names.")


def _none_in_force(uow: UnitOfWork, wanted: UUID) -> ConflictError:
    versions = uow.session.execute(
        select(_VERSIONS.c.in_force_on, _VERSIONS.c.published_at)
        .where(_VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.document_id == wanted)
        .order_by(*_ORDER)
    ).all()
    days = [row.in_force_on for row in versions if row.published_at is not None]
    if days:
        return ConflictError(f"No version of the document is in force at that time; the first is from {days[0]}.")
    if versions:
        return ConflictError("No version of the document is in force: its draft must be published first.")
    return ConflictError("The document is announced but has no text; import and publish its text first.")


def _comes_after(stored: Version, published_at: datetime) -> Any:  # Any: an SQL expression
    in_force, published, version = _ORDER
    same_instant = and_(published == published_at, version > stored.version)
    same_day = and_(in_force == stored.in_force_at, or_(published > published_at, same_instant))
    return or_(in_force > stored.in_force_at, same_day)


def _state(stored: Version, at: datetime, next_at: datetime | None) -> VersionState:
    return state_at(at, published_at=stored.published_at, in_force_at=stored.in_force_at, next_in_force_at=next_at)


def _shown(versions: Sequence[Any], at: datetime) -> tuple[Any, VersionState]:  # Any: result rows
    """Choose the version by which a document is shown: in force, else the next, else the last draft."""
    published = [row for row in versions if row.published_at is not None]
    in_force = [row for row in published if row.in_force_at <= at]
    if in_force:
        return in_force[-1], VersionState.IN_FORCE
    if published:
        return published[0], VersionState.SCHEDULED
    last = versions[-1]
    return last, VersionState.ANNOUNCED if last.version_id is None else VersionState.DRAFT


def _document_view(row: Any, state: VersionState, texts: Mapping[str, TextInfo]) -> DocumentView:  # Any: a row
    return DocumentView(
        row.id,
        row.slug,
        row.title,
        DocumentKind(row.kind) if row.kind else None,
        state,
        row.version if state is VersionState.IN_FORCE else None,
        tuple(texts),
        {language: info.sha256 for language, info in texts.items()},
        {language: info.text_kind for language, info in texts.items()},
    )


__all__ = [
    "DocumentView",
    "PublishedVersion",
    "PurposeRef",
    "TextInfo",
    "Version",
    "VersionView",
    "document_id",
    "list_documents",
    "list_versions",
    "published_versions",
    "purposes_of_ids",
    "resolve_purposes",
    "terms_data_of",
    "text_of",
    "version_at",
    "version_by_id",
    "version_in_force",
    "version_named",
]
