"""Putting policy folders into the registry: the operator, its sites and forms, its documents."""

from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import RegisterOperator, add_site, register_operator
from consent_service.policies.documents import OperatorFolder
from consent_service.policies.service import seed_folder


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
    forms = [
        {"form": version.document, "document": version.document}
        for version in folder.versions
        if version.terms_data["acceptance"]["counts"] != "information"
    ]
    for origin in data["sites"]:
        add_site(bound, origin, forms)
    return number
