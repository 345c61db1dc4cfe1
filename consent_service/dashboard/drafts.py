"""Drafts of documents: uploading a text, beginning one from a version, editing it, and what it changes and lacks."""

from typing import Any

import yaml
from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Act, Problems, attempt, one_of
from consent_service.dashboard.documents import document_page, documents_page
from consent_service.dashboard.places import at_operator, reading
from consent_service.kernel.errors import ImportRefusedError, PolicyDataError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import set_rules
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.policies.clauses import PolicyText
from consent_service.policies.difference import compare_words
from consent_service.policies.documents import expected_documents, folder_of, own_day
from consent_service.policies.drafts import DraftText
from consent_service.policies.editing import (
    EDITED,
    DraftView,
    against_the_one_in_force,
    begin_draft,
    draft_named,
    edit_terms,
    edit_text,
    unconfirmed,
)
from consent_service.policies.importing import MAX_BYTES, import_text
from consent_service.policies.published_files import ImportedVersion, ImportPublished, import_published
from consent_service.policies.restatements import parse_clauses, write_clauses
from consent_service.policies.states import TextKind
from consent_service.policies.yaml_tree import read_yaml
from consent_service.services import services

MOST_CHARACTERS = 900_000  # what a request takes in all is bounded elsewhere


@dashboard.post("/<slug>/documents")
@at_operator
def upload_document(place: Place) -> Response:
    """Keep a text that the operator has published as a draft, by the road of the command ``policies import``."""
    values, file = FormValues(), request.files.get("file")
    lang, version, day = _language(values), values.text("version"), values.day("in_force_on")
    data = file.read(MAX_BYTES + 1) if file else b""
    if not data:
        values.refuse("file", gettext("Choose a file."))
    stored: list[ImportedVersion] = []

    def do(uow: UnitOfWork) -> None:
        folder = folder_of(services().settings.policies_dir, place.slug)
        expected = expected_documents(folder) if folder else []
        name = (file.filename if file else None) or ""
        imported = import_text(data, file_name=name, language=lang, expected=expected)
        stored.extend(import_published(uow, ImportPublished(imported, lang, folder, version, day or own_day(folder))))

    found = values.wrong or _attempt(place, do, "file")
    if found:
        return documents_page(place, found)
    saved = [one.saved for one in stored if one.saved and not one.saved.is_published]
    if len(saved) != 1:
        return redirect(url_for("dashboard.document_changes", slug=place.slug))
    return _to(place, saved[0].document, saved[0].version)


@dashboard.post("/<slug>/documents/rule")
@at_operator
def set_publishing_rule(place: Place) -> Response:
    """Set whether somebody else than the last editor has to publish; an owner alone loosens or tightens it."""
    rules = {"publish_by_two": FormValues().ticked("by_two")}
    found = attempt(place, lambda uow: set_rules(uow, rules))
    return documents_page(place, found) if found else redirect(url_for("dashboard.documents", slug=place.slug))


@dashboard.post("/<slug>/documents/<document>/drafts")
@at_operator
def begin_document_draft(place: Place, document: str) -> Response:
    """Begin a draft with what another version says."""
    values = FormValues()
    source, name, day = values.needed("source"), values.needed("name", most=40), values.needed_day("in_force_on")
    found = values.wrong or _attempt(place, lambda uow: begin_draft(uow, document, source, name, day), "name")
    return document_page(place, document, found) if found else _to(place, document, name)


@dashboard.get("/<slug>/documents/<document>/drafts/<version>")
@at_operator
def draft(place: Place, document: str, version: str) -> Response:
    """Show a draft: its texts and rules to edit, what it changes, and what its words do not confirm."""
    return _page(place, document, version, {})


@dashboard.post("/<slug>/documents/<document>/drafts/<version>")
@at_operator
def edit_draft(place: Place, document: str, version: str) -> Response:
    """Keep what was written of one language, or of the rules."""
    values = FormValues()
    lang, seen = _language(values), values.needed("seen", most=64)
    act = _rules_of(values, document, version, seen) if "terms" in request.form else None
    act = act or _text_of(values, document, version, seen, lang)
    at = "terms" if "terms" in request.form else "clauses"
    found = values.wrong or _attempt(place, act, at)
    return _page(place, document, version, found) if found else _to(place, document, version, lang)


def _rules_of(values: FormValues, document: str, version: str, seen: str) -> Act:
    written = values.needed("terms", most=MOST_CHARACTERS)
    return lambda uow: edit_terms(uow, document, version, read_yaml(written.encode(), gettext("rules")).data, seen=seen)


def _text_of(values: FormValues, document: str, version: str, seen: str, lang: str) -> Act:
    title, clauses = values.needed("title", most=500), values.needed("clauses", most=MOST_CHARACTERS)
    kind = one_of(values, "kind", TextKind, gettext("Say whose words these are."))

    def do(uow: UnitOfWork) -> None:
        text = PolicyText(title, lang, parse_clauses(clauses, lang))
        edit_text(uow, document, version, lang, DraftText(text, kind, EDITED), seen=seen)

    return do


def _attempt(place: Place, do: Act, at: str) -> Problems:
    """Do something; what is wrong with a file or with what was written is said by line, as the commands say it."""
    try:
        found = attempt(place, do)
    except (ImportRefusedError, PolicyDataError) as error:
        return {at: error.detail.splitlines()}
    return {at if name.startswith("terms.") else name: texts for name, texts in found.items()}


def _language(values: FormValues) -> str:
    lang = values.text("language") or ""
    if lang not in LANGUAGES:
        values.refuse("language", gettext("Choose a language."))
        return next(iter(LANGUAGES))
    return lang


def _to(place: Place, document: str, version: str, lang: str | None = None) -> Response:
    return redirect(url_for("dashboard.draft", slug=place.slug, document=document, version=version, lang=lang))


def _page(place: Place, document: str, version: str, found: Problems) -> Response:
    with reading(place) as uow:
        shown = draft_named(uow, document, version)
        lang = _shown_language(shown)
        before, changes = against_the_one_in_force(uow, shown, lang)
        text = shown.texts.get(lang)
        page = render_template(
            "draft.html",
            draft=shown,
            document=document,
            lang=lang,
            given=_given(shown, lang, text) | (request.form.to_dict() if found else {}),
            is_editable=text is None or write_clauses(text.text) is not None,
            before=before,
            changes=[(one, compare_words(one.old or "", one.new or "")) for one in changes],
            wrong_rules=unconfirmed(uow, shown, lang) if text else [],
            kinds={
                TextKind.PUBLISHED: gettext("the operator's own text"),
                TextKind.RESTATEMENT: gettext("our restatement"),
            },
            found=found,
        )
    return make_response(page, 422 if found else 200)


def _shown_language(shown: DraftView) -> str:
    wanted = request.values.get("lang") or request.form.get("language", "")
    if wanted in LANGUAGES:
        return wanted
    return language() if language() in shown.texts else next(iter(shown.texts))


def _given(shown: DraftView, lang: str, text: DraftText | None) -> dict[str, Any]:  # Any: values of fields
    written: str = yaml.safe_dump(dict(shown.terms), allow_unicode=True, sort_keys=False, width=110)
    return {
        "title": text.text.title if text else shown.terms["title"].get(lang, ""),
        "clauses": write_clauses(text.text) if text else "",
        "kind": text.kind if text else TextKind.PUBLISHED,
        "terms": written,
        "seen": shown.mark,
    }
