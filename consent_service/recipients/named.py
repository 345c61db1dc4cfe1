"""What the documents in force say of third parties, the border, publication and terms: read, never copied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consent_service.deadlines.periods import Period
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import VersionView, list_documents, version_in_force
from consent_service.policies.states import VersionState
from consent_service.policies.terms import LocalText, PurposeTerms, Stated, Until


@dataclass(frozen=True, slots=True)
class NamedRecipient:
    """A third party as a document names it, with the purposes and data for which it does."""

    document: str
    version: str
    code: str
    country: str
    name: LocalText
    why: LocalText | None
    clause: tuple[str, ...]
    purposes: tuple[str, ...]
    data: tuple[str, ...]
    cross_border: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """What a document says on the points of Law 94-V art. 8(4)(3-6) that must be accounted for."""

    document: str
    version: str
    title: LocalText
    in_force_on: date
    term: Period | None
    until: Until
    term_clause: tuple[str, ...]
    third_parties: bool
    cross_border: Stated
    cross_border_clause: tuple[str, ...]
    publication: Stated
    publication_clause: tuple[str, ...]


def versions_in_force(uow: UnitOfWork) -> list[VersionView]:
    """Return the version in force of each document, by slug."""
    return [
        version_in_force(uow, document.slug, uow.now)
        for document in list_documents(uow, uow.now)
        if document.state is VersionState.IN_FORCE
    ]


def named_recipients(uow: UnitOfWork) -> list[NamedRecipient]:
    """Return the third parties that the documents in force name (Law 94-V art. 8(4)(4))."""
    return [
        NamedRecipient(
            document=version.document,
            version=version.version,
            code=recipient.code,
            country=recipient.country,
            name=recipient.name,
            why=recipient.why,
            clause=recipient.clause,
            purposes=tuple(purpose.code for purpose in _purposes(version, recipient.code)),
            data=tuple(dict.fromkeys(code for purpose in _purposes(version, recipient.code) for code in purpose.data)),
            cross_border=any(purpose.cross_border is Stated.YES for purpose in _purposes(version, recipient.code)),
        )
        for version in versions_in_force(uow)
        for recipient in version.terms.recipients
    ]


def declared(uow: UnitOfWork) -> list[Declared]:
    """Return term, third parties, border and publication as each document in force states them (art. 22(1)(5))."""
    return [
        Declared(
            document=version.document,
            version=version.version,
            title=version.terms.title,
            in_force_on=version.in_force_on,
            term=version.terms.validity.period,
            until=version.terms.validity.until,
            term_clause=version.terms.validity.clause,
            third_parties=bool(version.terms.recipients),
            cross_border=version.terms.cross_border.stated,
            cross_border_clause=version.terms.cross_border.clause,
            publication=version.terms.publication.stated,
            publication_clause=version.terms.publication.clause,
        )
        for version in versions_in_force(uow)
    ]


def purpose_names(uow: UnitOfWork) -> dict[str, LocalText]:
    """Return what the purposes of the documents in force are called, by ``document#code``."""
    return {
        f"{version.document}#{purpose.code}": purpose.name
        for version in versions_in_force(uow)
        for purpose in version.terms.purposes
    }


def data_names(uow: UnitOfWork) -> dict[str, LocalText]:
    """Return what the categories of data of the documents in force are called, by code."""
    return {category.code: category.name for version in versions_in_force(uow) for category in version.terms.data}


def said(names: Mapping[str, LocalText], code: str, language: str) -> str:
    """Return the name of a code; the code itself where no document in force has it."""
    return names[code][language] if code in names else code


def purposes_naming(named: Sequence[NamedRecipient], wanted: Sequence[str]) -> set[str]:
    """Return the purposes, as ``document#code``, for which documents name any of the wanted third parties."""
    return {
        f"{one.document}#{purpose}"
        for one in named
        if f"{one.document}#{one.code}" in wanted
        for purpose in one.purposes
    }


def _purposes(version: VersionView, recipient: str) -> list[PurposeTerms]:
    return [purpose for purpose in version.terms.purposes if recipient in purpose.recipients]
