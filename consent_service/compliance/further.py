"""Checks of data that are delicate, of who answers for them, and of the facts of a text."""

from collections.abc import Callable, Iterable

from consent_service.compliance.examined import (
    Check,
    Examined,
    Ground,
    all_of,
    always,
    chosen,
    each_of,
    if_consent_is_asked,
    silent,
)
from consent_service.policies.terms import DataKind, FactCode

# Facts that are findings by themselves.  ``open_purposes`` is a check of the contents; the rest is neutral.
FINDINGS = (
    FactCode.ADDRESS_ELSEWHERE,
    FactCode.ASSIGNMENT_OF_RIGHTS,
    FactCode.AUTOMATED_PROCESSING,
    FactCode.CONTACT_MISSING,
    FactCode.CONTEST_WINNERS_PUBLISHED,
    FactCode.CONTRADICTION,
    FactCode.DOCUMENT_ELSEWHERE,
    FactCode.FOREIGN_LAW,
    FactCode.FOREIGN_PLATFORM,
    FactCode.HASHING_CALLED_DEPERSONALISING,
    FactCode.MADE_PUBLIC_BY_ENTERING,
    FactCode.MIXED_LANGUAGE,
    FactCode.NUMBERING_GAP,
    FactCode.PASSWORDS_IN_COOKIES,
    FactCode.PHOTO_AS_AVATAR,
    FactCode.POLICY_OUTRANKS_AGREEMENTS,
    FactCode.RIGHTS_WAIVED,
    FactCode.SOCIAL_MEDIA_KEPT_AFTER_DELETION,
    FactCode.STORAGE_ABROAD,
    FactCode.TWO_ADDRESSES,
    FactCode.UNINTELLIGIBLE,
)


def data_of(kind: DataKind) -> Callable[[Examined], Iterable[Ground]]:
    """Make the check that no data of a kind are collected."""

    def find(examined: Examined) -> Iterable[Ground]:
        return all_of(chosen("data", examined.terms.data, lambda item: item.kind is kind))

    return find


def fact(code: FactCode) -> Callable[[Examined], Iterable[Ground]]:
    """Make the check that a text does not have a fact; each place of it is a finding."""

    def find(examined: Examined) -> Iterable[Ground]:
        return each_of(chosen("facts", examined.terms.facts, lambda one: one.code is code))

    return find


def responsible_named(examined: Examined) -> Iterable[Ground]:
    """Art. 25(2)(10): the person in charge can be found."""
    return silent(when=examined.terms.responsible_person is None)


def contact_known(examined: Examined) -> Iterable[Ground]:
    """A notice needs an address; a fact says better that one is missing."""
    is_told = any(one.code is FactCode.CONTACT_MISSING for one in examined.terms.facts)
    return silent(when=not examined.has_contact and not is_told)


FURTHER = (
    Check("identity_documents", data_of(DataKind.IDENTITY_DOCUMENT), always),
    Check("biometric_data", data_of(DataKind.BIOMETRIC), always),
    Check("responsible_unnamed", responsible_named, if_consent_is_asked),
    Check("contact_unknown", contact_known, if_consent_is_asked),
    *(Check(str(code), fact(code), always) for code in FINDINGS),
)
