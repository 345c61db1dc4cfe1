"""Checks of what a consent must contain: Law 94-V art. 8(4), items 1 to 8, and art. 7(8)."""

from collections.abc import Iterable

from consent_service.compliance.examined import (
    Check,
    Examined,
    Ground,
    all_of,
    chosen,
    if_consent_is_asked,
    said,
    silent,
)
from consent_service.policies.terms import Counts, DataKind, FactCode, ListKind, Stated, Statement, Until

HOME = "KZ"
_ACTS = frozenset({Counts.EXPLICIT, Counts.ON_APPROVAL})
_COUNTRY_LETTERS = 2
_UNSAID = Statement(stated=Stated.UNSAID)


def operator_number(examined: Examined) -> Iterable[Ground]:
    """Item 1: the operator's name and BIN (IIN)."""
    return silent(when=not examined.has_bin)


def person_named(examined: Examined) -> Iterable[Ground]:
    """Item 2: the person's name; it needs an act, and a name among the data."""
    terms = examined.terms
    is_named = terms.acceptance.counts in _ACTS and any(item.kind is DataKind.IDENTITY for item in terms.data)
    return silent(when=not is_named)


def term_stated(examined: Examined) -> Iterable[Ground]:
    """Item 3: the term of validity."""
    validity = examined.terms.validity
    return silent(when=validity.period is None and validity.until is Until.UNSAID)


def term_ends(examined: Examined) -> Iterable[Ground]:
    """Item 3 with art. 8(5): a term that ends."""
    validity = examined.terms.validity
    return said("validity", validity, when=validity.period is None and validity.until is Until.WITHDRAWN)


def third_parties_stated(examined: Examined) -> Iterable[Ground]:
    """Item 4: whether data may go to third parties."""
    terms = examined.terms  # a text that names a recipient says it
    return silent(when=not terms.recipients and (terms.third_parties or _UNSAID).stated is Stated.UNSAID)


def third_parties_named(examined: Examined) -> Iterable[Ground]:
    """Item 4: to whom, where they may."""
    terms = examined.terms
    stated = terms.third_parties or _UNSAID
    return said("third_parties", stated, when=not terms.recipients and stated.stated is Stated.YES)


def cross_border_stated(examined: Examined) -> Iterable[Ground]:
    """Item 5: whether data cross the border."""
    return silent(when=examined.terms.cross_border.stated is Stated.UNSAID)


def countries_named(examined: Examined) -> Iterable[Ground]:
    """Art. 16: to which countries, since the conditions depend on them."""
    terms = examined.terms
    is_named = any(len(one.country) == _COUNTRY_LETTERS and one.country != HOME for one in terms.recipients)
    return said("cross_border", terms.cross_border, when=terms.cross_border.stated is Stated.YES and not is_named)


def publication_stated(examined: Examined) -> Iterable[Ground]:
    """Item 6: whether data are published in public sources."""
    return silent(when=examined.terms.publication.stated is Stated.UNSAID)


def publication_clear(examined: Examined) -> Iterable[Ground]:
    """Item 6: and nothing else elsewhere."""
    publication = examined.terms.publication
    return said("publication", publication, when=publication.stated is Stated.CONTRADICTORY)


def data_listed(examined: Examined) -> Iterable[Ground]:
    """Item 7: the list of data."""
    return silent(when=examined.terms.data_list.is_ is ListKind.ABSENT)


def data_list_closed(examined: Examined) -> Iterable[Ground]:
    """Item 7: a list that has an end."""
    data_list = examined.terms.data_list
    return said("data_list", data_list, when=data_list.is_ is ListKind.OPEN)


def purposes_closed(examined: Examined) -> Iterable[Ground]:
    """Item 8 with art. 7(8): purposes that are specific and set beforehand."""
    return all_of(chosen("facts", examined.terms.facts, lambda fact: fact.code is FactCode.OPEN_PURPOSES))


CONTENTS = tuple(
    Check(code, find, if_consent_is_asked)
    for code, find in (
        ("operator_number_missing", operator_number),
        ("person_unnamed", person_named),
        ("term_unsaid", term_stated),
        ("no_end_date", term_ends),
        ("third_parties_unsaid", third_parties_stated),
        ("third_parties_unnamed", third_parties_named),
        ("cross_border_unsaid", cross_border_stated),
        ("countries_unnamed", countries_named),
        ("publication_unsaid", publication_stated),
        ("publication_contradictory", publication_clear),
        ("data_list_absent", data_listed),
        ("data_list_open", data_list_closed),
        ("purposes_open", purposes_closed),
    )
)
