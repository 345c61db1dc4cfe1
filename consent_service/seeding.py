"""Putting policy folders into the registry: the operator, its sites and forms, its documents."""

from consent_service.forms.rules import Box, usual_boxes
from consent_service.forms.service import enter_form
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import RegisterOperator, register_operator
from consent_service.operators.sites import add_site
from consent_service.policies.documents import OperatorFolder
from consent_service.policies.queries import list_documents, version_in_force
from consent_service.policies.service import seed_folder
from consent_service.policies.terms import Basis, Counts, DocumentKind


def add_operator(uow: UnitOfWork, folder: OperatorFolder) -> int:
    """Add the operator of a folder, or bring it up to date; return its number.

    Raises:
        ConflictError: The folder of a published version has changed.
    """
    data = folder.data
    number = register_operator(
        uow,
        RegisterOperator(
            slug=folder.slug,
            name=data["name"],
            identifier_kind=data["identifier"]["kind"],
            identifier=data["identifier"]["value"],
            country=data["country"],
            place=data["place"],
            contacts=data["contacts"],
        ),
    )
    bound = uow.for_operator(number)
    seed_folder(bound, folder)
    for origin in data["sites"]:
        site = add_site(bound, origin)
        for document, boxes in usual_forms(bound).items():
            enter_form(bound, site, document, boxes)
    return number


def usual_forms(uow: UnitOfWork) -> dict[str, list[Box]]:
    """Return for each document in force that somebody accepts the boxes of a form that asks for it.

    A consent is asked for what rests on consent, an agreement for all of it; the rest needs no answer.
    """
    forms = {}
    for document in list_documents(uow, uow.now):
        if document.version is None:
            continue
        terms = version_in_force(uow, document.slug, uow.now).terms
        if terms.acceptance.counts is Counts.INFORMATION:
            continue
        agreed = terms.kind is DocumentKind.AGREEMENT
        asked = [purpose.code for purpose in terms.purposes if agreed or purpose.basis is Basis.CONSENT]
        if asked:
            forms[document.slug] = usual_boxes(document.slug, terms, asked)
    return forms
