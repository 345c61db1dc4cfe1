"""Publishing, and seeding from folders.  A published version never changes; a change is a new version.

Every use case takes the operator's lock first, which is also the lock of the operator's stream in the ledger.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.queries import operator_rules
from consent_service.operators.service import lock_operator
from consent_service.policies.documents import OperatorFolder
from consent_service.policies.drafts import (
    DraftText,
    SaveDraft,
    SavedVersion,
    ensure_document,
    save_draft,
    start_of,
    terms_digest,
    version_row,
)
from consent_service.policies.published_files import ImportedVersion, ImportPublished, import_published
from consent_service.policies.purpose_names import forget_codes
from consent_service.policies.queries import VersionView, version_at
from consent_service.policies.schema import check_terms_data
from consent_service.policies.states import TextKind
from consent_service.policies.storage import text_infos
from consent_service.policies.tables import Document, DocumentVersion, Purpose
from consent_service.policies.terms import AppliesTo

REQUIRED_LANGUAGES = {"kk": "Kazakh", "ru": "Russian"}

STAFF = "staff"  # the kind of actor who is one person; programs and commands answer for themselves
_DOCUMENTS = Document.__table__
_VERSIONS = DocumentVersion.__table__
_PURPOSES = Purpose.__table__


def publish_version(
    uow: UnitOfWork,
    document_slug: str,
    version: str,
    *,
    in_force_on: date | None = None,
    change: AppliesTo | None = None,
) -> VersionView:
    """Publish a draft: from now on it cannot change, and it is in force from 00:00 Almaty of its day.

    ``in_force_on`` replaces the day of the draft; the terms then name the operator as the source of the date.
    ``change`` is what the operator says that it changes, where the document treats changes differently.

    Raises:
        NotFoundError: The operator has no such document or version.
        ConflictError: It is announced only, published already, lacks a language, or a version that is
            published is in force from a later day; or whoever edited it last publishes it, where two are needed.
        PolicyDataError: Its terms are incomplete.
    """
    lock_operator(uow)
    row = _draft_row(uow, document_slug, version)
    _check_second_person(uow, row.edited_by)
    terms = dict(row.terms)
    if in_force_on is not None and in_force_on != row.in_force_on:
        dates = {"in_force_on": in_force_on.isoformat(), "date_source": "operator"}
        terms["dates"] = {**terms["dates"], **dates}
    check_terms_data(terms, complete=True)
    day = in_force_on or row.in_force_on
    texts = text_infos(uow, [row.id])[row.id]
    _check_languages(document_slug, version, texts)
    published_at = _check_order(uow, row.document_id, day)
    _add_purposes(uow, row.document_id, [purpose["code"] for purpose in terms["purposes"]])
    terms_sha256 = terms_digest(terms)
    uow.session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.operator_id == uow.operator_id, DocumentVersion.id == row.id)
        .values(
            in_force_on=day,
            in_force_at=start_of(day),
            terms=terms,
            terms_sha256=terms_sha256,
            published_at=published_at,
            published_by=str(uow.actor),
            change_kind=change,
        )
        .execution_options(synchronize_session=False)
    )
    append(
        uow,
        EventType.VERSION_PUBLISHED,
        operator_stream(uow.operator_id),
        {
            "document": document_slug,
            "version": version,
            "version_id": str(row.id),
            "in_force_on": day.isoformat(),
            "change": None if change is None else str(change),
            "edited_by": row.edited_by,
            "terms_sha256": terms_sha256,
            "texts": {
                language: {"sha256": info.sha256, "text_kind": str(info.text_kind)} for language, info in texts.items()
            },
        },
    )
    return version_at(uow, row.id, uow.now)


def seed_folder(uow: UnitOfWork, folder: OperatorFolder) -> list[SavedVersion]:
    """Bring an operator's folder into the registry and publish what is not there; idempotent.

    A draft that exists already, from an import for instance, is left alone.

    Raises:
        ConflictError: The folder of a published version has changed.
    """
    lock_operator(uow)
    for announced in folder.announced:
        ensure_document(uow, announced.slug, announced.title, None)
    saved: list[SavedVersion] = []
    for version in folder.versions:
        terms = version.terms_data
        document_id = ensure_document(uow, version.document, terms["title"], terms["kind"])
        known = version_row(uow, document_id, version.version)
        if known is not None and known.published_at is None:
            continue
        place = f"{folder.slug}/{version.document}/{version.version}"
        texts = {
            language: DraftText(text, TextKind.RESTATEMENT, {"file": f"{place}/{language}.md"})
            for language, text in version.texts.items()
        }
        draft = SaveDraft(version.document, terms["title"], terms["kind"], version.version, terms, texts)
        stored = save_draft(uow, draft)
        if not stored.is_published:
            publish_version(uow, version.document, version.version)
        saved.append(stored)
    return saved


def _check_second_person(uow: UnitOfWork, edited_by: str | None) -> None:
    """Where the operator so wants it, refuse to a member of staff the draft that they edited last themselves."""
    alone = uow.actor.kind == STAFF and edited_by == str(uow.actor)
    if alone and operator_rules(uow).publish_by_two:
        raise ConflictError("You edited this draft last: somebody else has to publish it.")


def _check_languages(document: str, version: str, texts: Mapping[str, object]) -> None:
    missing = [language for language in REQUIRED_LANGUAGES if language not in texts]
    if missing:
        names = " and ".join(f"{REQUIRED_LANGUAGES[language]} ({language})" for language in missing)
        raise ConflictError(
            f"Version {version} of {document} has no text in {names}. Import the operator's text in that "
            "language, or add a marked restatement to the folder of the version, then publish again."
        )


def _check_order(uow: UnitOfWork, document_id: UUID, day: date) -> datetime:
    """Refuse a day before that of a published version; return the instant of publishing.

    It is later than that of every other version of the document, even if the clock was set back: of two versions in
    force from the same day the one published last rules.
    """
    published = uow.session.execute(
        select(_VERSIONS.c.version, _VERSIONS.c.in_force_on, _VERSIONS.c.published_at)
        .where(
            _VERSIONS.c.operator_id == uow.operator_id,
            _VERSIONS.c.document_id == document_id,
            _VERSIONS.c.published_at.is_not(None),
        )
        .order_by(_VERSIONS.c.in_force_on.desc())
    ).all()
    if published and published[0].in_force_on > day:
        raise ConflictError(
            f"Version {published[0].version} is published and in force from {published[0].in_force_on}; "
            f"give a day in force that is not before it, instead of {day}."
        )
    after: list[datetime] = [row.published_at + timedelta(microseconds=1) for row in published]
    return max([uow.now, *after])


def _add_purposes(uow: UnitOfWork, document_id: UUID, codes: list[str]) -> None:
    known = set(
        uow.session.scalars(
            select(_PURPOSES.c.code).where(
                _PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.document_id == document_id
            )
        )
    )
    forget_codes(uow)
    for code in codes:
        if code not in known:
            uow.session.execute(
                insert(Purpose).values(
                    operator_id=uow.operator_id,
                    id=new_id(uow.now),
                    document_id=document_id,
                    code=code,
                    created_at=uow.now,
                )
            )


def _draft_row(uow: UnitOfWork, document: str, version: str) -> Any:  # Any: a result row
    document_id = uow.session.scalar(
        select(_DOCUMENTS.c.id).where(_DOCUMENTS.c.operator_id == uow.operator_id, _DOCUMENTS.c.slug == document)
    )
    if document_id is None:
        raise NotFoundError("There is no such document; write its slug.")
    row = version_row(uow, document_id, version)
    if row is None:
        versions = _VERSIONS.c.operator_id == uow.operator_id, _VERSIONS.c.document_id == document_id
        if uow.session.execute(select(_VERSIONS.c.id).where(*versions).limit(1)).first() is None:
            raise ConflictError("The document is announced but has no text; import its text first.")
        raise NotFoundError("The document has no such version; list its versions to see their names.")
    if row.published_at is not None:
        raise ConflictError(f"Version {version} of {document} is published already.")
    return row


__all__ = [
    "DraftText",
    "ImportPublished",
    "ImportedVersion",
    "SaveDraft",
    "SavedVersion",
    "ensure_document",
    "import_published",
    "publish_version",
    "save_draft",
    "seed_folder",
]
