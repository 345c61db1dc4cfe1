"""The checks: each computes from the rules of a document where something is lacking, and by which clauses.  Pure.

A finding goes when the fact that it is computed from is altered; nothing is kept beside the facts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consent_service.policies.terms import (
    AnswerTrigger,
    Basis,
    Binds,
    Counts,
    DataKind,
    ListKind,
    RetentionIs,
    Stated,
    TakeBackBy,
    Terms,
)

Clause = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is checked: the rules of a version, the operator's number, and the languages of its texts."""

    terms: Terms
    identifier_kind: str
    languages: Sequence[str]

    @property
    def asks(self) -> bool:
        """Whether the document asks for consent to anything."""
        return any(purpose.needs_consent for purpose in self.terms.purposes)


# What a document must promise in answers: withdrawal, access, blocking, with the law's periods.
ANSWERS = {
    AnswerTrigger.WITHDRAWAL: "15wd",
    AnswerTrigger.PERSON_REQUEST: "3wd",
    AnswerTrigger.UNLAWFUL_DATA: "1wd",
}
_QUIET = frozenset({Stated.UNSAID, Stated.CONTRADICTORY})
# Facts that are findings by themselves; the other codes only describe.
FACTS = (
    "open_purposes", "registered_mail_only", "storage_abroad", "foreign_platform", "foreign_law",
    "passwords_in_cookies", "social_media_kept_after_deletion", "hashing_called_depersonalising", "rights_waived",
    "contradiction", "unintelligible", "mixed_language", "contact_missing", "address_elsewhere", "document_elsewhere",
    "two_addresses", "numbering_gap", "automated_processing", "made_public_by_entering", "assignment_of_rights",
    "policy_outranks_agreements",
)  # fmt: skip
NO_THIRD_PARTIES = "no_third_parties"  # the fact by which a document says that data go to nobody


def findings(checked: Checked) -> Iterator[tuple[str, Clause]]:
    """Yield every finding: the code of the check, and the clauses that it rests on (none: what is not said)."""
    for code, find in CHECKS.items():
        for clause in find(checked):
            yield code, clause
    for fact in checked.terms.facts:
        if fact.code in FACTS:
            yield fact.code, (*fact.clause, *fact.with_)


def codes() -> tuple[str, ...]:
    """Return the codes of all checks."""
    return (*CHECKS, *FACTS)


def _number(checked: Checked) -> Iterator[Clause]:
    if checked.identifier_kind != "bin":
        yield ()


def _term(checked: Checked) -> Iterator[Clause]:
    endless = [one for one in checked.terms.purposes if one.needs_consent and one.term is None]
    if endless and checked.terms.validity.period is None:
        yield checked.terms.validity.clause


def _third_parties(checked: Checked) -> Iterator[Clause]:
    said = checked.terms.recipients or any(fact.code == NO_THIRD_PARTIES for fact in checked.terms.facts)
    if checked.asks and not said:
        yield ()


def _cross_border(checked: Checked) -> Iterator[Clause]:
    if checked.asks and checked.terms.cross_border.stated in _QUIET:
        yield checked.terms.cross_border.clause


def _publication(checked: Checked) -> Iterator[Clause]:
    if checked.asks and checked.terms.publication.stated in _QUIET:
        yield checked.terms.publication.clause


def _open_list(checked: Checked) -> Iterator[Clause]:
    if checked.terms.data_list.is_ is ListKind.OPEN:
        yield checked.terms.data_list.clause


def _no_list(checked: Checked) -> Iterator[Clause]:
    if checked.asks and checked.terms.data_list.is_ is ListKind.ABSENT:
        yield checked.terms.data_list.clause


def _implied(checked: Checked) -> Iterator[Clause]:
    if checked.asks and checked.terms.acceptance.counts is Counts.IMPLIED:
        yield checked.terms.acceptance.clause


def _bundled(checked: Checked) -> Iterator[Clause]:
    clauses = [one.clause for one in checked.terms.purposes if one.marketing and one.bundled]
    if clauses:
        yield _joined(clauses)


def _own_interest(checked: Checked) -> Iterator[Clause]:
    clauses = [one.clause for one in checked.terms.purposes if one.basis is Basis.OWN_INTEREST]
    if clauses:
        yield _joined(clauses)


def _no_channel(checked: Checked) -> Iterator[Clause]:
    if checked.asks and not checked.terms.withdrawal.channels:
        yield ()


def _sign_in(checked: Checked) -> Iterator[Clause]:
    take_back = checked.terms.withdrawal.take_back
    if take_back is not None and TakeBackBy.SIGN_IN in take_back.by:
        yield take_back.clause


def _answer_times(checked: Checked) -> Iterator[Clause]:
    said = {(rule.trigger, str(rule.period)) for rule in checked.terms.answers if rule.period is not None}
    if checked.asks and not set(ANSWERS.items()) <= said:
        yield ()


def _no_retention(checked: Checked) -> Iterator[Clause]:
    if checked.asks and not checked.terms.retention:
        yield ()


def _no_length(checked: Checked) -> Iterator[Clause]:
    open_ended = [
        rule.clause
        for rule in checked.terms.retention
        if rule.period is None and rule.is_ is not RetentionIs.NO_DELETION
    ]
    if open_ended:
        yield _joined(open_ended)


def _never_deleted(checked: Checked) -> Iterator[Clause]:
    for rule in checked.terms.retention:
        if rule.is_ is RetentionIs.NO_DELETION:
            yield rule.clause


def _no_erasing(checked: Checked) -> Iterator[Clause]:
    if checked.asks and not checked.terms.erasing:
        yield ()


def _change_at_once(checked: Checked) -> Iterator[Clause]:
    for rule in checked.terms.change:
        if rule.notice is None and rule.binds in {Binds.POSTING, Binds.USE}:
            yield rule.clause


def _undated(checked: Checked) -> Iterator[Clause]:
    if checked.terms.dates.printed_on is None:
        yield ()


def _languages(checked: Checked) -> Iterator[Clause]:
    if not {"kk", "ru"} <= set(checked.languages):
        yield ()


def _data_of(kind: DataKind) -> Callable[[Checked], Iterator[Clause]]:
    def find(checked: Checked) -> Iterator[Clause]:
        clauses = [one.clause for one in checked.terms.data if one.kind is kind]
        if clauses:
            yield _joined(clauses)

    return find


CHECKS: Mapping[str, Callable[[Checked], Iterator[Clause]]] = {
    "number_missing": _number,
    "no_term": _term,
    "third_parties_unsaid": _third_parties,
    "cross_border_unsaid": _cross_border,
    "publication_unsaid": _publication,
    "data_list_open": _open_list,
    "data_list_absent": _no_list,
    "implied_consent": _implied,
    "marketing_bundled": _bundled,
    "own_interest": _own_interest,
    "withdrawal_no_channel": _no_channel,
    "sign_in_takes_back": _sign_in,
    "answer_times": _answer_times,
    "retention_absent": _no_retention,
    "retention_no_length": _no_length,
    "account_never_deleted": _never_deleted,
    "erasing_absent": _no_erasing,
    "change_at_once": _change_at_once,
    "undated": _undated,
    "language_missing": _languages,
    "identity_documents": _data_of(DataKind.IDENTITY_DOCUMENT),
    "biometric_data": _data_of(DataKind.BIOMETRIC),
}


def _joined(clauses: Sequence[Clause]) -> Clause:
    return tuple(dict.fromkeys(token for clause in clauses for token in clause))
