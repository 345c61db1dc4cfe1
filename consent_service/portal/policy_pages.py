"""The texts of an operator's documents for everybody: by version for ever, and as they are in force now.

A page under the address of a version says only what never changes: neither whether the version is in force, nor what
came after it.  That stands on the page of the document.
"""

from http import HTTPStatus
from typing import Any

import orjson
from flask import redirect, render_template, request, url_for
from flask_babel import force_locale
from werkzeug.wrappers import Response

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.languages import LANGUAGES, language
from consent_service.policies.clauses import PolicyText
from consent_service.policies.queries import (
    DocumentView,
    TextInfo,
    VersionView,
    list_documents,
    list_versions,
    text_of,
    version_named,
)
from consent_service.policies.states import VersionState
from consent_service.portal.blueprint import portal
from consent_service.portal.caching import HTML, JSON, TEXT, asked_again, kept_for_ever
from consent_service.portal.policy_changes import change_page
from consent_service.portal.policy_reading import contents, shown_clauses, text_language
from consent_service.portal.policy_words import kind_words, state_words
from consent_service.portal.visitors import reading


@portal.get("/p/<operator>")
def documents(operator: str) -> Response:
    """List the documents of an operator."""
    with reading(operator) as uow, force_locale(_wanted()):
        page = render_template(
            "portal/documents.html",
            operator=operator_view(uow),
            documents=[one for one in list_documents(uow, uow.now) if one.state is not VersionState.DRAFT],
            states=state_words(),
            **_here(),
        )
    return asked_again(page, HTML)


@portal.get("/p/<operator>/<document>")
def document(operator: str, document: str) -> Response:
    """Show the text that is in force, and every version with its days; or say that there is no text."""
    with reading(operator) as uow, force_locale(_wanted()):
        known = _document(uow, document)
        versions = _published(uow, document)
        now = next((one for one in reversed(versions) if one.state is VersionState.IN_FORCE), None)
        shown = _text(uow, now) if now else {}
        page = render_template(
            "portal/document.html" if now else "portal/document_without_text.html",
            operator=operator_view(uow),
            document=known,
            row=now,
            versions=versions[::-1],
            states=state_words(),
            earlier=_earlier(versions, now) if now else (),
            **shown,
            **_here(),
        )
    return asked_again(page, HTML)


@portal.get("/p/<operator>/<document>/changes")
def choose_changes(operator: str, document: str) -> Response:
    """Go to the comparison of the two versions that were chosen."""
    old, new = request.args.get("old", ""), request.args.get("new", "")
    with reading(operator) as uow:
        order = [one.version for one in _published(uow, document)]
    if old not in order or new not in order:
        return redirect(url_for("portal.document", operator=operator, document=document, lang=_wanted()))
    old, new = sorted((old, new), key=order.index)
    where = url_for(
        "portal.version_changes", operator=operator, document=document, version=new, old=old, lang=_wanted()
    )
    return redirect(where)


@portal.get("/p/<operator>/<document>/<version>")
def version(operator: str, document: str, version: str) -> Response:
    """Show one version."""
    if "lang" not in request.args:
        return _in_a_language()
    with reading(operator) as uow, force_locale(_wanted()):
        row = _version(uow, document, version)
        page = render_template(
            "portal/version.html",
            operator=operator_view(uow),
            row=row,
            earlier=_earlier(_published(uow, document), row),
            **_text(uow, row),
            **_here(),
        )
    return kept_for_ever(page, HTML)


@portal.get("/p/<operator>/<document>/<version>.txt")
def version_txt(operator: str, document: str, version: str) -> Response:
    """Give the very bytes that the digest of a text is of."""
    if "lang" not in request.args:
        return _in_a_language()
    with reading(operator) as uow:
        text, _ = _text_of(uow, _version(uow, document, version))
    return kept_for_ever(text.canonical(), TEXT)


@portal.get("/p/<operator>/<document>/<version>.json")
def version_json(operator: str, document: str, version: str) -> Response:
    """Give a text as data."""
    if "lang" not in request.args:
        return _in_a_language()
    with reading(operator) as uow:
        row = _version(uow, document, version)
        text, info = _text_of(uow, row)
        body = orjson.dumps(_as_data(row, text, info), option=orjson.OPT_INDENT_2)
    return kept_for_ever(body, JSON)


@portal.get("/p/<operator>/<document>/<version>/since/<old>")
def version_changes(operator: str, document: str, version: str, old: str) -> Response:
    """Show what changed between two versions: in words, and side by side."""
    if "lang" not in request.args:
        return _in_a_language()
    with reading(operator) as uow, force_locale(_wanted()):
        before, after = _version(uow, document, old), _version(uow, document, version)
        if before.in_force_at > after.in_force_at or before.id == after.id:
            raise NotFoundError("There is no earlier version of that name.")
        page = change_page(operator_view(uow), (before, _text_of(uow, before)), (after, _text_of(uow, after)), _here())
    return kept_for_ever(page, HTML)


def _wanted() -> str:
    """Return the language that the address asks for, else the one that was chosen or that the browser prefers."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else language()


def _in_a_language() -> Response:
    """Send on to the same page in one language: an address that is kept for ever always means the same words."""
    answer = redirect(f"{request.path}?lang={_wanted()}", HTTPStatus.FOUND)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _here() -> dict[str, Any]:  # Any: what templates are given
    return {"path": request.path, "kinds": kind_words()}


def _document(uow: UnitOfWork, slug: str) -> DocumentView:
    """Return a document that the public may know of: a draft alone is nothing yet."""
    found = next((one for one in list_documents(uow, uow.now) if one.slug == slug), None)
    if found is None or found.state is VersionState.DRAFT:
        raise NotFoundError("There is no such document.")
    return found


def _published(uow: UnitOfWork, document: str) -> list[VersionView]:
    return [one for one in list_versions(uow, document, uow.now) if one.state is not VersionState.DRAFT]


def _version(uow: UnitOfWork, document: str, version: str) -> VersionView:
    row = version_named(uow, document, version, uow.now)
    if row.state is VersionState.DRAFT:
        raise NotFoundError("The document has no such version.")
    return row


def _earlier(versions: list[VersionView], row: VersionView) -> list[VersionView]:
    """Return what a version can be compared with: those that came before it, the latest first.

    They never become more: no version is published behind another.
    """
    place = next(number for number, one in enumerate(versions) if one.id == row.id)
    return versions[:place][::-1]


def _text_of(uow: UnitOfWork, row: VersionView) -> tuple[PolicyText, TextInfo]:
    """Return the text of a version in the language of the page, or in the next best that it has."""
    return text_of(uow, row.id, text_language(row, _wanted()))


def _text(uow: UnitOfWork, row: VersionView) -> dict[str, Any]:  # Any: what templates are given
    text, info = _text_of(uow, row)
    clauses = shown_clauses(text)
    return {"info": info, "clauses": clauses, "contents": contents(clauses)}


def _as_data(row: VersionView, text: PolicyText, info: TextInfo) -> dict[str, Any]:  # Any: JSON values
    def address(endpoint: str, lang: str) -> str:
        return url_for(endpoint, operator=row.operator, document=row.document, version=row.version, lang=lang)

    return {
        "operator": row.operator,
        "document": row.document,
        "version": row.version,
        "in_force_on": row.in_force_on.isoformat(),
        "language": info.language,
        "text_kind": info.text_kind,
        "title": info.title,
        "sha256": info.sha256,
        "text": address("portal.version_txt", info.language),
        "clauses": [{"number": one.number, "text": one.text, "heading": one.is_heading} for one in text.clauses],
        "languages": {
            lang: {
                "sha256": one.sha256,
                "text_kind": one.text_kind,
                "page": address("portal.version", lang),
                "text": address("portal.version_txt", lang),
            }
            for lang, one in row.texts.items()
        },
    }
