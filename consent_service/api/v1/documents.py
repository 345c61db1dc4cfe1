"""The operator, its documents, versions, texts and differences; searching people."""

from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.documents_schema import (
    AtQuery,
    DifferenceOut,
    DifferenceQuery,
    DocumentsOut,
    LanguageQuery,
    OperatorOut,
    SearchIn,
    SearchOut,
    VersionsOut,
    VersionWithTextOut,
)
from consent_service.deadlines.rules import almaty_day
from consent_service.forms.queries import sites_with_forms
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.policies.difference import compare
from consent_service.policies.queries import (
    VersionView,
    list_documents,
    list_versions,
    terms_data_of,
    text_of,
    version_named,
)
from consent_service.services import services
from consent_service.storage.queries import shown_storage
from consent_service.subjects.service import parse_identifiers, search

bp = Blueprint("documents", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(bp, "GET", "/operator", summary="Read the operator of this key.", answer=OperatorOut())
def get_operator(uow: UnitOfWork) -> Fields:
    """Read the operator."""
    view = operator_view(uow)
    return {name: getattr(view, name) for name in view.__dataclass_fields__} | {"sites": sites_with_forms(uow)}


@endpoint(
    bp,
    "GET",
    "/documents",
    summary="List the operator's documents as they stand at an instant.",
    query=AtQuery(),
    answer=DocumentsOut(),
)
def get_documents(uow: UnitOfWork, query: Fields) -> Fields:
    """List documents."""
    return {"items": list_documents(uow, query.get("at") or uow.now)}


@endpoint(
    bp,
    "GET",
    "/documents/<string:operator>/<string:document>/versions",
    summary="List the versions of a document.",
    answer=VersionsOut(),
    problems=(404,),
)
def get_versions(uow: UnitOfWork, operator: str, document: str) -> Fields:
    """List versions."""
    return {"items": [_version(uow, view) for view in list_versions(uow, f"{operator}/{document}", uow.now)]}


@endpoint(
    bp,
    "GET",
    "/documents/<string:operator>/<string:document>/versions/<string:version>",
    summary="Read one version with its text.",
    query=LanguageQuery(),
    answer=VersionWithTextOut(),
    problems=(404,),
)
def get_version(uow: UnitOfWork, operator: str, document: str, version: str, query: Fields) -> Fields:
    """Read one version."""
    view = version_named(uow, f"{operator}/{document}", version, uow.now)
    text, info = text_of(uow, view.id, _language(view, query["lang"]))
    return _version(uow, view) | {
        "text": {
            "language": info.language,
            "text_kind": info.text_kind,
            "title": text.title,
            "sha256": info.sha256,
            "clauses": [
                {"number": clause.number, "text": clause.text, "is_heading": clause.is_heading}
                for clause in text.clauses
            ],
        }
    }


@endpoint(
    bp,
    "GET",
    "/documents/<string:operator>/<string:document>/versions/<string:version>/difference",
    summary="Compare a version with another one, clause by clause.",
    query=DifferenceQuery(),
    answer=DifferenceOut(),
    problems=(404,),
)
def get_difference(uow: UnitOfWork, operator: str, document: str, version: str, query: Fields) -> Fields:
    """Compare two versions."""
    name = f"{operator}/{document}"
    old = version_named(uow, name, query["from_"], uow.now)
    new = version_named(uow, name, version, uow.now)
    old_text, _ = text_of(uow, old.id, _language(old, query["lang"]))
    new_text, _ = text_of(uow, new.id, _language(new, query["lang"]))
    return {"from_": old.version, "to": new.version, "changes": compare(old_text, new_text)}


@endpoint(
    bp,
    "POST",
    "/subjects/search",
    summary="Find people by e-mail, phone or IIN; only references are given, and the search is recorded.",
    body=SearchIn(),
    answer=SearchOut(),
)
def search_subjects(uow: UnitOfWork, body: Fields) -> Fields:
    """Find people."""
    if not body:
        raise InvalidInputError.of("body", "Send at least one of: email, phone, iin.")
    return {"items": [{"ref": ref} for ref in search(uow, parse_identifiers(body))]}


def _version(uow: UnitOfWork, view: VersionView) -> Fields:
    return {
        "operator": view.operator,
        "document": view.document,
        "version": view.version,
        "state": view.state,
        "in_force_on": view.in_force_on,
        "published_at": view.published_at,
        "terms_sha256": view.terms_sha256,
        "texts": list(view.texts.values()),
        "purposes": [
            {
                "code": purpose.code,
                "name": purpose.name,
                "needs_consent": purpose.needs_consent,
                "marketing": purpose.marketing,
                "required": purpose.required,
                "clause": purpose.clause,
            }
            for purpose in view.terms.purposes
        ],
        "rules": dict(terms_data_of(uow, view.id)),
        "storage": shown_storage(uow, view, services().law.catalogue, almaty_day(uow.now)),
    }


def _language(view: VersionView, language: str) -> str:
    if language not in view.texts:
        raise InvalidInputError.of("lang", f"This version has no text in {language}; it has: {', '.join(view.texts)}.")
    return language
