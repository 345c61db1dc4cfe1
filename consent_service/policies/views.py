"""What reads about documents hand out: frozen, complete, without rows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from consent_service.policies.states import TextKind, VersionState
from consent_service.policies.terms import AppliesTo, DocumentKind, LocalText, Terms


@dataclass(frozen=True, slots=True)
class TextInfo:
    """What is known of a text without its words."""

    language: str
    sha256: str
    text_kind: TextKind
    title: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version with all that does not depend on the instant asked for.

    ``purposes``: the id of a purpose by its code; a draft has those alone that an earlier version brought.
    """

    id: UUID
    document_id: UUID
    operator: str
    document: str
    version: str
    in_force_on: date
    in_force_at: datetime
    published_at: datetime | None
    change_kind: AppliesTo | None
    terms_sha256: str
    terms: Terms
    texts: Mapping[str, TextInfo]
    purposes: Mapping[str, UUID]

    @property
    def name(self) -> str:
        """The document's full name: ``operator/document``."""
        return f"{self.operator}/{self.document}"

    @property
    def codes(self) -> dict[UUID, str]:
        """The code of a purpose by its id."""
        return {purpose_id: code for code, purpose_id in self.purposes.items()}

    def seen_as(self, state: VersionState) -> "VersionView":
        """Return the version with the state that it has at some instant."""
        return VersionView(**{field.name: getattr(self, field.name) for field in fields(self)}, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView(Version):
    """One version as seen at an instant."""

    state: VersionState


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A published version without its rules and texts."""

    id: UUID
    document_id: UUID
    in_force_at: datetime
    published_at: datetime
    change_kind: AppliesTo | None


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

    @property
    def document_name(self) -> str:
        """The document's full name: ``operator/document``."""
        return f"{self.operator}/{self.document}"

    def __str__(self) -> str:
        return f"{self.document_name}#{self.code}"
