"""Takes in what an operator has published: each document of an imported file becomes a draft.

The imported language is the operator's own text; the other languages and the rules come from the operator's
folder, where there is one.  Nothing is published here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.policies.clauses import PolicyText
from consent_service.policies.documents import OperatorFolder, VersionFolder, first_difference
from consent_service.policies.drafts import (
    DraftText,
    SaveDraft,
    SavedVersion,
    ensure_document,
    save_draft,
)
from consent_service.policies.importing import ImportedDocument, ImportedFile
from consent_service.policies.restatements import LANGUAGES
from consent_service.policies.states import TextKind
from consent_service.policies.storage import VERSION_OF_DOCUMENT, text_infos
from consent_service.policies.tables import Document, DocumentVersion

PUBLISHED = "-published"

_DOCUMENTS = Document.__table__
_VERSIONS = DocumentVersion.__table__


@dataclass(frozen=True, slots=True)
class ImportPublished:
    """An imported file.

    ``in_force_on`` (and ``version``, by default that day) is for the texts that print no date.
    """

    file: ImportedFile
    language: str
    folder: OperatorFolder | None = None
    version: str | None = None
    in_force_on: date | None = None


@dataclass(frozen=True, slots=True)
class ImportedVersion:
    """What became of one document of the file; ``saved`` is None for a heading without a text."""

    document: str
    saved: SavedVersion | None
    notes: tuple[str, ...]


def import_published(uow: UnitOfWork, command: ImportPublished) -> tuple[ImportedVersion, ...]:
    """Store each document of a file as a draft, and each heading without a text as announced.

    Raises:
        InvalidInputError: A text prints no date and none was given, or the folder is of another operator.
        ConflictError: A version of that name is published with another text of the operator's own.
    """
    operator = lock_operator(uow)
    if command.folder is not None and command.folder.slug != operator:
        raise InvalidInputError.of("folder", "The folder is of another operator.")
    _check_dates(command)
    return tuple(_take_in(uow, operator, command, document) for document in command.file.documents)


def _check_dates(command: ImportPublished) -> None:
    undated = [d.slug for d in command.file.documents if d.text is not None and d.printed_on is None]
    if undated and command.in_force_on is None:
        raise InvalidInputError.of(
            "in_force_on",
            f"No date is printed in {', '.join(undated)}; give the day from which the text is in force.",
        )


def _take_in(uow: UnitOfWork, operator: str, command: ImportPublished, document: ImportedDocument) -> ImportedVersion:
    if document.text is None:
        _announce(uow, command, document)
        return ImportedVersion(document.slug, None, ("Heading without a text: the document is announced.",))
    day = document.printed_on or command.in_force_on
    if day is None:
        raise InvalidInputError.of("in_force_on", "Give the day from which the text is in force.")
    name = day.isoformat() if document.printed_on else command.version or day.isoformat()
    notes: list[str] = []
    folder = _folder_of(command.folder, document, name)
    if _is_restated(uow, document.slug, name):
        notes.append(
            f"Version {name} is published as a restatement and never changes: "
            f"the operator's own text is kept as {name}{PUBLISHED}."
        )
        name += PUBLISHED
    texts = {command.language: DraftText(document.text, TextKind.PUBLISHED, _source(command))}
    if folder is None:
        notes.append("No folder of this document: its rules and its other languages must be added.")
    else:
        texts |= _restatements(operator, folder, command.language)
        notes += _token_notes(document.text, folder.texts[command.language])
    rules = folder.terms_data if folder else _no_rules(document, command.language, almaty_day(uow.now))
    terms = {**rules, "operator": operator, **_own_keys(document, name, day)}
    saved = save_draft(uow, SaveDraft(document.slug, terms["title"], terms["kind"], name, terms, texts))
    return ImportedVersion(document.slug, saved, tuple(notes))


def _folder_of(folder: OperatorFolder | None, document: ImportedDocument, name: str) -> VersionFolder | None:
    """Choose the folder of a document: the version of that name; of an undated text, else the newest."""
    mine = [v for v in folder.versions if v.document == document.slug] if folder else []
    named = [v for v in mine if v.version == name]
    if named:
        return named[0]
    return mine[-1] if mine and document.printed_on is None else None


def _announce(uow: UnitOfWork, command: ImportPublished, document: ImportedDocument) -> None:
    known = command.folder.announced if command.folder else ()
    titles = {item.slug: item.title for item in known}
    title = titles.get(document.slug) or dict.fromkeys(LANGUAGES, document.title)
    ensure_document(uow, document.slug, title, None)


def _is_restated(uow: UnitOfWork, document: str, version: str) -> bool:
    """Say whether a version is published in our words alone."""
    row = uow.session.execute(
        select(_VERSIONS.c.id, _VERSIONS.c.published_at)
        .join(_DOCUMENTS, VERSION_OF_DOCUMENT)
        .where(
            _VERSIONS.c.operator_id == uow.operator_id,
            _DOCUMENTS.c.slug == document,
            _VERSIONS.c.version == version,
        )
    ).first()
    if row is None or row.published_at is None:
        return False
    texts = text_infos(uow, [row.id])[row.id]
    return all(info.text_kind is TextKind.RESTATEMENT for info in texts.values())


def _restatements(operator: str, folder: VersionFolder, imported: str) -> dict[str, DraftText]:
    place = f"{operator}/{folder.document}/{folder.version}"
    return {
        language: DraftText(text, TextKind.RESTATEMENT, {"file": f"{place}/{language}.md"})
        for language, text in folder.texts.items()
        if language != imported
    }


def _token_notes(text: PolicyText, restated: PolicyText) -> list[str]:
    difference = first_difference(text, restated)
    if difference is None:
        return []
    return [f"The restatement has other clauses: {difference[1]} where the text has {difference[0]}."]


def _source(command: ImportPublished) -> dict[str, str]:
    return {"file_sha256": command.file.source_sha256, "media_type": command.file.media_type}


def _own_keys(document: ImportedDocument, name: str, day: date) -> dict[str, object]:
    printed = document.printed_on.isoformat() if document.printed_on else None
    source = "text" if printed else "operator"
    dates = {"printed_on": printed, "in_force_on": day.isoformat(), "date_source": source}
    return {"document": document.slug, "version": name, "dates": dates}


def _no_rules(document: ImportedDocument, language: str, read_on: date) -> Mapping[str, Any]:  # Any: JSON
    """Return terms in the right form that say nothing; they must be completed before publishing."""
    lists = ("data", "recipients", "purposes", "change", "retention", "erasing", "answers", "termination")
    silent = {"stated": "unsaid"}
    return {
        "title": dict.fromkeys(LANGUAGES, document.title),
        "kind": "notice",
        "source": {"language": language, "heading": document.title, "read_on": read_on.isoformat()},
        "acceptance": {"act": "none", "counts": "information", "counts_at": "none", "excluded": []},
        "validity": {"period": None, "until": "unsaid"},
        "data_list": {"is": "absent"},
        "cross_border": silent,
        "publication": silent,
        "withdrawal": {"channels": [], "effects": [{"when": "at_receipt"}], "agreement": "none", "bars": []},
        "rights": [],
        "facts": [],
        **{key: [] for key in lists},
    }
