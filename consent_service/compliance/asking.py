"""Checks of how consent is asked, on what processing rests, and how the text changes."""

from collections.abc import Iterable

from consent_service.compliance.examined import (
    Check,
    Examined,
    Ground,
    all_of,
    always,
    chosen,
    each_of,
    if_consent_is_asked,
    if_no_consent_is_asked,
    if_own_text_is_here,
    said,
    silent,
)
from consent_service.policies.terms import Basis, Binds, Counts

REQUIRED_LANGUAGES = frozenset({"kk", "ru"})


def consent_explicit(examined: Examined) -> Iterable[Ground]:
    """Art. 8(1): an act whose receipt can be confirmed."""
    acceptance = examined.terms.acceptance
    return said("acceptance", acceptance, when=acceptance.counts is Counts.IMPLIED)


def consent_asked(examined: Examined) -> Iterable[Ground]:
    """Art. 8(1): an act at all, where purposes need consent."""
    return silent(when=examined.terms.acceptance.counts is Counts.INFORMATION)


def approval_dated(examined: Examined) -> Iterable[Ground]:
    """An application that waits for approval has an end."""
    approval = examined.terms.acceptance.approval
    return said("acceptance.approval", approval, when=approval.within is None) if approval else ()


def age_said(examined: Examined) -> Iterable[Ground]:
    """Civil Code: who acts for children."""
    return silent(when=not examined.terms.acceptance.excluded)


def dated(examined: Examined) -> Iterable[Ground]:
    """Art. 25(2)(5): which text somebody saw can be proved."""
    return silent(when=examined.terms.dates.printed_on is None)


def languages_present(examined: Examined) -> Iterable[Ground]:
    """Consumer law 24-26: Kazakh and Russian."""
    return silent(when=bool(REQUIRED_LANGUAGES - examined.languages))


def marketing_apart(examined: Examined) -> Iterable[Ground]:
    """Advertising has its own box."""
    return all_of(chosen("purposes", examined.terms.purposes, lambda purpose: purpose.marketing and purpose.bundled))


def no_own_interest(examined: Examined) -> Iterable[Ground]:
    """Art. 8, 9: the operator's interests are no ground."""
    return _resting_on(examined, Basis.OWN_INTEREST)


def no_contract_ground(examined: Examined) -> Iterable[Ground]:
    """Art. 8, 9: a contract is no ground by itself."""
    return _resting_on(examined, Basis.CONTRACT)


def change_announced(examined: Examined) -> Iterable[Ground]:
    """A change is known before it binds."""
    return each_of(
        chosen(
            "change",
            examined.terms.change,
            lambda change: change.notice is None and change.binds in {Binds.POSTING, Binds.USE},
        )
    )


def change_accepted(examined: Examined) -> Iterable[Ground]:
    """Silence and going on are no consent to what is new."""
    return each_of(
        chosen(
            "change",
            examined.terms.change,
            lambda change: change.notice is not None and change.binds in {Binds.SILENCE, Binds.USE},
        )
    )


def _resting_on(examined: Examined, basis: Basis) -> Iterable[Ground]:
    return all_of(
        chosen("purposes", examined.terms.purposes, lambda purpose: purpose.needs_consent and purpose.basis is basis)
    )


ASKING = (
    Check("implied_consent", consent_explicit, always),
    Check("consent_not_asked", consent_asked, if_consent_is_asked),
    Check("approval_undated", approval_dated, always),
    Check("age_unsaid", age_said, if_consent_is_asked),
    Check("undated", dated, always),
    Check("language_missing", languages_present, if_own_text_is_here),
    Check("marketing_bundled", marketing_apart, always),
    Check("own_interest", no_own_interest, always),
    Check("contract_as_ground", no_contract_ground, always),
    Check("change_at_once", change_announced, if_consent_is_asked),
    Check("terms_change_at_once", change_announced, if_no_consent_is_asked),
    Check("change_by_silence", change_accepted, if_consent_is_asked),
)
