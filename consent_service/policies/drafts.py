"""Documents and drafts of their versions: what may still change.

Every write takes the operator's lock first, so that two imports of one version follow each other.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import delete, insert, select, update

from consent_service.deadlines.rules import ALMATY
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.policies.clauses import PolicyText
from consent_service.policies.schema import check_terms_data
from consent_service.policies.states import TextKind
from consent_service.policies.storage import clauses_as_json, text_infos
from consent_service.policies.tables import Document, DocumentVersion, VersionText

_DOCUMENTS = Document.__table__
_VERSIONS = DocumentVersion.__table__


@dataclass(frozen=True, slots=True)
class DraftText:
    """One language of a draft.  ``source`` says where the words come from: a file, by name or digest."""

    text: PolicyText
    kind: TextKind
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """A version to be kept as a draft; ``terms_data`` as ``schema`` reads it."""

    document: str
    title: Mapping[str, str]
    kind: str
    version: str
    terms_data: Mapping[str, Any]  # Any: JSON values
    texts: Mapping[str, DraftText]


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """What was stored; ``is_published`` where the same content is published already, so that nothing was."""

    id: UUID
    document: str
    version: str
    in_force_on: date
    sha256: Mapping[str, str]
    text_kind: Mapping[str, TextKind]
    terms_sha256: str
    is_published: bool


def ensure_document(uow: UnitOfWork, slug: str, title: Mapping[str, str], kind: str | None) -> UUID:
    """Return the document's id; add it if it is new, and give it a new title or its kind if they differ.

    ``kind`` is None for a document that is announced without a text.
    """
    lock_operator(uow)
    known = uow.session.execute(
        select(_DOCUMENTS.c.id, _DOCUMENTS.c.title, _DOCUMENTS.c.kind).where(
            _DOCUMENTS.c.operator_id == uow.operator_id, _DOCUMENTS.c.slug == slug
        )
    ).first()
    if known is None:
        document_id = new_id(uow.now)
        uow.session.execute(
            insert(Document).values(
                operator_id=uow.operator_id,
                id=document_id,
                slug=slug,
                title=dict(title),
                kind=kind,
                created_at=uow.now,
            )
        )
        return document_id
    wanted = {"title": dict(title), "kind": kind or known.kind}
    if wanted != {"title": known.title, "kind": known.kind}:
        uow.session.execute(
            update(Document)
            .where(Document.operator_id == uow.operator_id, Document.id == known.id)
            .values(wanted)
            .execution_options(synchronize_session=False)
        )
    found: UUID = known.id
    return found


def save_draft(uow: UnitOfWork, command: SaveDraft) -> SavedVersion:
    """Keep a version as a draft, in place of a draft of the same name.

    Raises:
        PolicyDataError: The terms are not in the form.
        InvalidInputError: The terms are those of another operator, document or version, or there is no text.
        ConflictError: A version of that name is published with another content.
    """
    operator = lock_operator(uow)
    _check_draft(operator, command)
    saved = SavedVersion(
        id=new_id(uow.now),
        document=command.document,
        version=command.version,
        in_force_on=date.fromisoformat(command.terms_data["dates"]["in_force_on"]),
        sha256={language: draft.text.sha256() for language, draft in command.texts.items()},
        text_kind={language: draft.kind for language, draft in command.texts.items()},
        terms_sha256=terms_digest(command.terms_data),
        is_published=False,
    )
    document_id = ensure_document(uow, command.document, command.title, command.kind)
    known = version_row(uow, document_id, command.version)
    if known is not None and known.published_at is not None:
        return _as_published(uow, known, saved)
    edited_by = str(uow.actor)
    if known is not None:
        saved = replace(saved, id=known.id)
        if _has_content(uow, known, saved):
            edited_by = known.edited_by  # whoever saves what is there has edited nothing
        _drop_draft(uow, known.id)
    uow.session.execute(
        insert(DocumentVersion).values(
            operator_id=uow.operator_id,
            id=saved.id,
            document_id=document_id,
            version=saved.version,
            in_force_on=saved.in_force_on,
            in_force_at=start_of(saved.in_force_on),
            terms=dict(command.terms_data),
            terms_sha256=saved.terms_sha256,
            created_at=uow.now,
            published_at=None,
            published_by=None,
            edited_by=edited_by,
        )
    )
    for language, draft in command.texts.items():
        uow.session.execute(
            insert(VersionText).values(
                operator_id=uow.operator_id,
                version_id=saved.id,
                language=language,
                text_kind=draft.kind,
                title=draft.text.title,
                clauses=clauses_as_json(draft.text),
                sha256=saved.sha256[language],
                source=dict(draft.source),
                created_at=uow.now,
            )
        )
    return saved


def version_row(uow: UnitOfWork, document_id: UUID, version: str) -> Any:  # Any: a result row, or None
    """Return the row of a version by its name."""
    return uow.session.execute(
        select(_VERSIONS).where(
            _VERSIONS.c.operator_id == uow.operator_id,
            _VERSIONS.c.document_id == document_id,
            _VERSIONS.c.version == version,
        )
    ).first()


def terms_digest(terms: Mapping[str, Any]) -> str:  # Any: JSON values
    """Return the SHA-256 of terms in canonical JSON (RFC 8785), as 64 hex digits."""
    return hashlib.sha256(rfc8785.dumps(dict(terms))).hexdigest()


def start_of(day: date) -> datetime:
    """Return the instant of 00:00 Almaty of a day."""
    return datetime.combine(day, time.min, ALMATY).astimezone(UTC)


def _check_draft(operator: str, command: SaveDraft) -> None:
    check_terms_data(command.terms_data, complete=False)
    if not command.texts:
        raise InvalidInputError.of("texts", "Give the text in at least one language.")
    for language, draft in command.texts.items():
        if draft.text.language != language:
            raise InvalidInputError.of("texts", f"The text under {language!r} is in {draft.text.language!r}.")
    wanted = {"operator": operator, "document": command.document, "version": command.version}
    for key, value in wanted.items():
        if command.terms_data[key] != value:
            raise InvalidInputError.of(f"terms.{key}", f"The terms are of another {key}; write {value!r}.")


def _as_published(uow: UnitOfWork, row: Any, draft: SavedVersion) -> SavedVersion:  # Any: a result row
    """Return the published version if a draft has the very same content."""
    published = replace(draft, id=row.id, in_force_on=row.in_force_on, terms_sha256=row.terms_sha256, is_published=True)
    if not _has_content(uow, row, draft):
        raise ConflictError(
            f"Version {draft.version} of {draft.document} is published and never changes; "
            "save the new content under a new version name."
        )
    return published


def _has_content(uow: UnitOfWork, row: Any, draft: SavedVersion) -> bool:  # Any: a result row
    """Say whether a stored version has the very rules and texts that are to be saved."""
    texts = text_infos(uow, [row.id])[row.id]
    digests = {language: info.sha256 for language, info in texts.items()}
    kinds = {language: info.text_kind for language, info in texts.items()}
    return bool((row.terms_sha256, digests, kinds) == (draft.terms_sha256, draft.sha256, draft.text_kind))


def _drop_draft(uow: UnitOfWork, version_id: UUID) -> None:
    of_operator = {"operator_id": uow.operator_id}
    uow.session.execute(delete(VersionText).filter_by(version_id=version_id, **of_operator))
    uow.session.execute(delete(DocumentVersion).filter_by(id=version_id, **of_operator))
