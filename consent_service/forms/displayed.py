"""What a page displayed and what was ticked on it, as a browser or a site's server says it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from consent_service.forms.faults import VersionChangedError
from consent_service.forms.queries import FormView, edition_of
from consent_service.forms.rules import TOKEN_LIFE, check_answers
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import VersionView, version_at, version_named
from consent_service.policies.states import VersionState


@dataclass(frozen=True, slots=True)
class DisplayedDocument:
    """A document as it was displayed: its version, the digest of the text, and since which version with the changes."""

    document: str
    version: str
    sha256: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Displayed:
    """One edition of a form in one language, and the answer to each of its boxes."""

    form: str
    edition: int
    language: str
    documents: tuple[DisplayedDocument, ...]
    answers: Mapping[str, bool]

    def as_data(self) -> dict[str, Any]:  # Any: JSON values
        """Return the same as JSON values."""
        said = asdict(self)
        said["documents"] = [{k: v for k, v in one.items() if v is not None} for one in said["documents"]]
        return said

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Displayed":  # Any: JSON values, checked or signed
        """Read what ``as_data`` wrote."""
        documents = tuple(DisplayedDocument(**one) for one in data["documents"])
        return cls(data["form"], data["edition"], data["language"], documents, dict(data["answers"]))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was displayed, found in the registry: the edition, and each version with an instant of its being in force.

    ``ended_at``: since when the form has another edition.
    """

    form: FormView
    ended_at: datetime | None
    versions: Mapping[str, tuple[VersionView, datetime]]


def find_displayed(uow: UnitOfWork, form: FormView, displayed: Displayed, at: datetime) -> Seen:
    """Hold what was displayed against what stood at an instant, or within the life of a token before it.

    Raises:
        VersionChangedError: It was another edition, version or text.
        InvalidInputError: The answers do not fit the boxes, or other documents were displayed.
        NotFoundError: There was no such edition or version.
    """
    edition, ended_at = edition_of(uow, form, displayed.edition)
    if ended_at is not None and ended_at <= at - TOKEN_LIFE:
        raise VersionChangedError("The form asks other things now; ask for the form again.")
    check_answers(edition.boxes, displayed.answers)
    if [one.document for one in displayed.documents] != list(edition.documents):
        raise InvalidInputError.of("documents", "Send the documents of the form, each once, in its order.")
    versions = {}
    for one in displayed.documents:
        version, in_force_at = _in_force(uow, one, at)
        text = version.texts.get(displayed.language)
        if text is None or text.sha256 != one.sha256:
            raise VersionChangedError(f"The text of {version.document} in this language is another; ask for it again.")
        versions[one.document] = (version, in_force_at)
    return Seen(edition, ended_at, versions)


def is_superseded(uow: UnitOfWork, seen: Seen, at: datetime) -> bool:
    """Say whether something else was to be displayed at an instant than what was."""
    if seen.ended_at is not None and seen.ended_at <= at:
        return True
    versions = (version for version, _ in seen.versions.values())
    return any(version_at(uow, version.id, at).state is not VersionState.IN_FORCE for version in versions)


def _in_force(uow: UnitOfWork, one: DisplayedDocument, at: datetime) -> tuple[VersionView, datetime]:
    instants: Sequence[datetime] = (at, at - TOKEN_LIFE)
    for instant in instants:
        version = version_named(uow, one.document, one.version, instant)
        if version.state is VersionState.IN_FORCE:
            return version, instant
    raise VersionChangedError(f"Another version of {one.document} is in force; ask for the form again.")
