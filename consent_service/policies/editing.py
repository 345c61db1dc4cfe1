"""Editing a draft: one language of its text, or its rules; and beginning one from a published version.

Everything else of the draft stays.  ``seen`` is the mark of the draft as it was shown to whoever edits it, so that of
two who edit at once the second does not undo what the first wrote.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.policies.checking import RuleCheck, Verdict, check_terms
from consent_service.policies.difference import ClauseChange, compare
from consent_service.policies.drafts import DraftText, SaveDraft, SavedVersion, save_draft, version_row
from consent_service.policies.queries import (
    list_documents,
    list_versions,
    terms_data_of,
    text_of,
    version_named,
)
from consent_service.policies.states import VersionState
from consent_service.policies.storage import sources_of
from consent_service.policies.views import VersionView

EDITED = {"edited": "dashboard"}  # where the words of a text come from


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft as it is edited.  ``mark``: by which it is known that it is still the same."""

    version: VersionView
    terms: Mapping[str, Any]  # Any: JSON values
    texts: Mapping[str, DraftText]
    edited_by: str | None

    @property
    def mark(self) -> str:
        """A digest of everything that can be edited."""
        parts = [self.version.terms_sha256, *(f"{one}{self.texts[one].text.sha256()}" for one in sorted(self.texts))]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


def draft_named(uow: UnitOfWork, document: str, version: str) -> DraftView:
    """Return a draft with all that can be edited.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is published, and never changes.
    """
    view = version_named(uow, document, version, uow.now)
    if view.state is not VersionState.DRAFT:
        raise ConflictError("A published version never changes: begin a draft from it.")
    row = version_row(uow, view.document_id, version)
    return DraftView(view, terms_data_of(uow, view.id), _texts(uow, view), row.edited_by)


def edit_text(
    uow: UnitOfWork, document: str, version: str, language: str, text: DraftText, *, seen: str
) -> SavedVersion:
    """Give a draft another text in one language.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: It is published, or somebody else has edited it since it was seen.
    """
    draft = _unchanged(uow, document, version, seen)
    return _save(uow, draft, draft.terms, {**draft.texts, language: text})


def edit_terms(
    uow: UnitOfWork,
    document: str,
    version: str,
    terms: Mapping[str, Any],  # Any: JSON values
    *,
    seen: str,
) -> SavedVersion:
    """Give a draft other rules.

    Raises:
        PolicyDataError: They are not in the form.
        InvalidInputError: They are those of another operator, document or version.
        NotFoundError: There is no such version.
        ConflictError: It is published, or somebody else has edited it since it was seen.
    """
    draft = _unchanged(uow, document, version, seen)
    return _save(uow, draft, terms, draft.texts)


def begin_draft(uow: UnitOfWork, document: str, source: str, name: str, day: date) -> SavedVersion:
    """Begin a draft with the texts and the rules of another version, for another name and another day.

    Raises:
        NotFoundError: There is no such version.
        ConflictError: There is a version of that name already.
        PolicyDataError: The name is none.
    """
    lock_operator(uow)
    view = version_named(uow, document, source, uow.now)
    if version_row(uow, view.document_id, name) is not None:
        raise ConflictError("There is a version of that name already.")
    dates = {"printed_on": None, "in_force_on": day.isoformat(), "date_source": "operator"}
    terms = {**terms_data_of(uow, view.id), "version": name, "dates": dates}
    return save_draft(uow, SaveDraft(document, terms["title"], terms["kind"], name, terms, _texts(uow, view)))


def against_the_one_in_force(uow: UnitOfWork, draft: DraftView, language: str) -> tuple[str, tuple[ClauseChange, ...]]:
    """Return the version in force that has a draft's language, and what the draft changes in it; nothing without."""
    known = [
        one
        for one in list_versions(uow, draft.version.document, uow.now)
        if one.state is VersionState.IN_FORCE and language in one.texts
    ]
    if not known or language not in draft.texts:
        return "", ()
    before, _ = text_of(uow, known[0].id, language)
    return known[0].version, compare(before, draft.texts[language].text)


def unconfirmed(uow: UnitOfWork, draft: DraftView, language: str) -> list[RuleCheck]:
    """Return the rules of a draft that the words of their clauses do not confirm in a language."""
    others = {
        one.slug: text_of(uow, version.id, language)[0]
        for one in list_documents(uow, uow.now)
        if one.slug != draft.version.document
        for version in list_versions(uow, one.slug, uow.now)
        if version.state is VersionState.IN_FORCE and language in version.texts
    }
    text = draft.texts[language].text
    checks = check_terms(draft.terms, text, others={**others, draft.version.document: text})
    return [one for one in checks if one.verdict is not Verdict.CONFIRMED]


def _unchanged(uow: UnitOfWork, document: str, version: str, seen: str) -> DraftView:
    lock_operator(uow)
    draft = draft_named(uow, document, version)
    if draft.mark != seen:
        raise ConflictError("Somebody else has edited this draft meanwhile. Open it again, and write it once more.")
    return draft


def _save(
    uow: UnitOfWork, draft: DraftView, terms: Mapping[str, Any], texts: Mapping[str, DraftText]
) -> SavedVersion:  # Any: JSON values
    given = {"title": draft.terms["title"], "kind": draft.terms["kind"]} | dict(terms)
    view = draft.version
    return save_draft(uow, SaveDraft(view.document, given["title"], given["kind"], view.version, terms, texts))


def _texts(uow: UnitOfWork, view: VersionView) -> dict[str, DraftText]:
    sources = sources_of(uow, view.id)
    read = {language: text_of(uow, view.id, language) for language in view.texts}
    return {
        language: DraftText(text, info.text_kind, sources[language]) for language, (text, info) in sorted(read.items())
    }
