"""Published versions, their rules and their words, against the events that published them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record
from consent_service.ledger.service import operator_stream
from consent_service.policies.drafts import terms_digest
from consent_service.policies.storage import text_from_row
from consent_service.policies.tables import Document, DocumentVersion, VersionText

_DOCUMENTS, _VERSIONS, _TEXTS = table_of(Document), table_of(DocumentVersion), table_of(VersionText)


def _said(facts: Fixed) -> Fixed:
    names = ("document", "version", "in_force_on", "change", "terms_sha256", "texts")
    return {name: facts.get(name) for name in names}


def _records(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of versions
    documents = select(_DOCUMENTS.c.id, _DOCUMENTS.c.slug).where(_DOCUMENTS.c.operator_id == uow.operator_id)
    slugs = {row.id: row.slug for row in uow.session.execute(documents)}
    texts = _texts(uow, [row.id for row in rows])
    return [
        Record(
            row.id,
            [operator_stream(uow.operator_id)],
            {
                "document": slugs.get(row.document_id),
                "version": row.version,
                "in_force_on": row.in_force_on.isoformat(),
                "change": None if row.change_kind is None else str(row.change_kind),
                "terms_sha256": terms_digest(row.terms),
                "texts": texts[row.id],
            },
        )
        for row in rows
    ]


def _texts(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Fixed]:
    """Return what the texts of versions are now, by version and language; digests are taken anew."""
    texts: dict[UUID, Fixed] = {version_id: {} for version_id in ids}
    for row in uow.session.execute(
        select(_TEXTS).where(_TEXTS.c.operator_id == uow.operator_id, _TEXTS.c.version_id.in_(ids))
    ):
        digests = {text_from_row(row).sha256(), row.sha256}
        texts[row.version_id][row.language] = {"sha256": " or ".join(sorted(digests)), "text_kind": str(row.text_kind)}
    return texts


VERSIONS = Covered(
    "version",
    _VERSIONS,
    EventType.VERSION_PUBLISHED,
    "version_id",
    _records,
    _said,
    only=_VERSIONS.c.published_at.is_not(None),
)
