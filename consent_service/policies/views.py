"""What reads about documents hand out: frozen, complete, without rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from consent_service.policies.states import TextKind, VersionState
from consent_service.policies.terms import DocumentKind, LocalText, Terms


@dataclass(frozen=True, slots=True)
class TextInfo:
    """What is known of a text without its words."""

    language: str
    sha256: str
    text_kind: TextKind
    title: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version as seen at an instant.

    ``purposes``: the id of a purpose by its code; a draft has those alone that an earlier version brought.
    """

    id: UUID
    document_id: UUID
    operator: str
    document: str
    version: str
    in_force_on: date
    in_force_at: datetime
    state: VersionState
    terms: Terms
    texts: Mapping[str, TextInfo]
    purposes: Mapping[str, UUID]
    published_at: datetime | None = None
    terms_sha256: str = ""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document as seen at an instant.

    ``version`` is the one in force.  Languages and digests are its own; where none is in force,
    those of the version that comes next, or of the last draft.
    """

    id: UUID
    slug: str
    title: LocalText
    kind: DocumentKind | None
    state: VersionState
    version: str | None
    languages: tuple[str, ...]
    sha256: Mapping[str, str]
    text_kind: Mapping[str, TextKind]


@dataclass(frozen=True, slots=True)
class PurposeRef:
    """A purpose of a document, the same through its versions."""

    id: UUID
    document_id: UUID
    operator: str
    document: str
    code: str

    def __str__(self) -> str:
        return f"{self.operator}/{self.document}#{self.code}"
