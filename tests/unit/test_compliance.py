"""What a document lacks: every check found and passed by facts alone, and what the five published sets lack."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from consent_service.compliance.checks import ANNOUNCED, CHECKS, examine
from consent_service.compliance.examined import Examined, Ground
from consent_service.compliance.further import FINDINGS
from consent_service.compliance.states import Confirmation, Severity
from consent_service.compliance.wording import (
    confirmation_name,
    paper_words,
    reservation,
    severity_meaning,
    severity_name,
    words_of_checks,
)
from consent_service.deadlines.catalogue import load_catalogue
from consent_service.policies.documents import OperatorFolder, read_folder
from consent_service.policies.terms import FactCode, Terms
from tests.factories import POLICIES, SIXTH

Data = dict[str, Any]  # Any: JSON values
Patch = tuple[str, Any]  # Any: the value to write there
DROP = object()
NEUTRAL = {
    "card_data_not_stored", "reward_forfeited_on_breach", "reward_settled_at_end", "transfer_under_contract_only",
    "unauthorised_access_measures",
}  # fmt: skip
CLAUSE = {"clause": "4.5"}


@cache
def folder(slug: str) -> OperatorFolder:
    return read_folder((POLICIES if (POLICIES / slug).is_dir() else SIXTH) / slug)


def rules(slug: str, document: str) -> Data:
    version = next(version for version in folder(slug).versions if version.document == document)
    return copy.deepcopy(dict(version.terms_data))


def examined(slug: str, terms: Data) -> Examined:
    operator = folder(slug).data
    return Examined(
        terms=Terms.from_data(terms),
        has_bin=operator["identifier"]["kind"] == "bin",
        has_contact=bool(operator["contacts"]["email"] or operator["contacts"]["post"]),
        languages=frozenset({"kk", "ru", "en"}),
        duties=load_catalogue().in_force(date(2026, 11, 23)),
    )


def found(what: Examined) -> Mapping[str, tuple[Ground, ...]]:
    return {outcome.code: outcome.grounds for outcome in examine(what) if outcome.grounds}


def altered(terms: Data, place: str, value: object) -> Data:
    """Write a value at a place such as ``change[0].binds``; ``facts=code`` drops the facts of that code."""
    if place.startswith("facts="):
        return terms | {"facts": [fact for fact in terms["facts"] if fact["code"] != place[6:]]}
    at: Any = terms  # Any: JSON values
    *way, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", place)]
    for step in way:
        at = at[step]
    if value is DROP:
        del at[last]
    else:
        at[last] = value
    return terms


# What makes each check find something on a document that meets them all.  One fact each, unless two belong together.
BY_TERMS: dict[str, list[Patch]] = {
    "person_unnamed": [("data", [])],
    "term_unsaid": [("validity", {"period": None, "until": "unsaid"})],
    "no_end_date": [("validity.period", None)],
    "third_parties_unsaid": [("recipients", [])],
    "third_parties_unnamed": [("recipients", []), ("third_parties", {"stated": "yes_", **CLAUSE})],
    "cross_border_unsaid": [("cross_border.stated", "unsaid")],
    "countries_unnamed": [("cross_border.stated", "yes_")],
    "publication_unsaid": [("publication.stated", "unsaid")],
    "publication_contradictory": [("publication.stated", "contradictory")],
    "data_list_absent": [("data_list.is", "absent")],
    "data_list_open": [("data_list.is", "open")],
    "purposes_open": [("facts", [{"code": "open_purposes", **CLAUSE}])],
    "implied_consent": [("acceptance.counts", "implied")],
    "consent_not_asked": [("acceptance.counts", "information")],
    "approval_undated": [("acceptance.approval", {"within": None, **CLAUSE})],
    "age_unsaid": [("acceptance.excluded", [])],
    "undated": [("dates.printed_on", None)],
    "marketing_bundled": [("purposes[1].bundled", True)],
    "own_interest": [("purposes[0].basis", "own_interest")],
    "contract_as_ground": [("purposes[0].basis", "contract")],
    "change_at_once": [("change[0].notice", None), ("change[0].binds", "posting")],
    "terms_change_at_once": [
        ("kind", "agreement"), ("purposes[0].needs_consent", False), ("purposes[1].needs_consent", False),
        ("change[0].notice", None), ("change[0].binds", "use"),
    ],
    "change_by_silence": [("change[0].binds", "silence")],
    "withdrawal_channel_absent": [("withdrawal.channels", [])],
    "withdrawal_harder": [("withdrawal.channels", [{"channel": "registered_mail", **CLAUSE}])],
    "sign_in_takes_back": [("withdrawal.take_back", {"until": "erasure", "by": ["sign_in"], **CLAUSE})],
    "answer_to_withdrawal_unsaid": [("answers[0]", DROP)],
    "answer_to_access_unsaid": [("answers[1]", DROP)],
    "correction_unsaid": [("answers[2]", DROP)],
    "blocking_unsaid": [("answers[3]", DROP)],
    "answer_too_late": [("answers[1].period", "4wd")],
    "keeping_unsaid": [("retention", [])],
    "keeping_without_length": [("retention[0].period", None)],
    "keeping_without_term": [("retention[0].is", "without_term")],
    "account_never_deleted": [("retention[0].is", "no_deletion")],
    "keeping_at_will": [("retention[0].is", "operator_decides")],
    "erasing_unsaid": [("erasing[0]", DROP)],
    "erasing_late": [("erasing[0].period", "2wd")],
    "identity_documents": [("data[1].kind", "identity_document")],
    "biometric_data": [("data[1].kind", "biometric")],
    "responsible_unnamed": [("responsible_person", DROP)],
    **{str(code): [("facts", [{"code": str(code), **CLAUSE}])] for code in FINDINGS},
}  # fmt: skip
BY_ELSE: dict[str, Callable[[Examined], Examined]] = {
    "operator_number_missing": lambda what: replace(what, has_bin=False),
    "contact_unknown": lambda what: replace(what, has_contact=False),
    "language_missing": lambda what: replace(what, languages=frozenset({"kk", "en"})),
}
ALSO = {"implied_consent": {"person_unnamed"}, "consent_not_asked": {"person_unnamed"}}  # no act names anybody


def test_a_document_that_meets_every_line_of_the_law_has_no_finding() -> None:
    assert found(examined("ulgi", rules("ulgi", "course-consent"))) == {}


def test_every_check_has_an_alteration() -> None:
    assert sorted([*BY_TERMS, *BY_ELSE]) == sorted(check.code for check in CHECKS)


@pytest.mark.parametrize("code", BY_TERMS)
def test_altering_a_fact_makes_its_finding_and_no_other(code: str) -> None:
    terms = rules("ulgi", "course-consent")
    for place, value in BY_TERMS[code]:
        terms = altered(terms, place, value)

    assert set(found(examined("ulgi", terms))) == {code} | ALSO.get(code, set())


@pytest.mark.parametrize("code", BY_ELSE)
def test_what_else_the_law_looks_at_makes_its_finding_and_no_other(code: str) -> None:
    assert set(found(BY_ELSE[code](examined("ulgi", rules("ulgi", "course-consent"))))) == {code}


@pytest.mark.parametrize(
    ("place", "period", "is_late"),
    [
        ("withdrawal.effects[0].period", "10d", False),
        ("withdrawal.effects[0].period", "30d", True),
        ("answers[0].period", "21d", False),
        ("answers[0].period", "1m", True),
        ("answers[2].period", "24h", False),
        ("answers[3].period", "3d", True),
    ],
)
def test_a_period_longer_than_the_law_s_is_told_in_any_unit(place: str, period: str, is_late: bool) -> None:
    terms = altered(rules("ulgi", "course-consent"), place, period)

    assert ("answer_too_late" in found(examined("ulgi", terms))) is is_late


def test_a_named_country_answers_for_a_transfer_abroad_and_kazakhstan_does_not() -> None:
    terms = altered(rules("ulgi", "course-consent"), "cross_border.stated", "yes_")
    for country, is_named in (("KZ", False), ("abroad", False), ("unsaid", False), ("DE", True)):
        terms["recipients"][0]["country"] = country
        assert ("countries_unnamed" not in found(examined("ulgi", terms))) is is_named


def test_an_agreement_that_asks_no_consent_is_not_held_against_what_a_consent_contains() -> None:
    outcomes = {outcome.code for outcome in examine(examined("worksection", rules("worksection", "partner-agreement")))}

    assert "data_list_absent" not in outcomes
    assert "unintelligible" in outcomes


DATED = ("dates.printed_on", "2026-01-01")
PRIVACY = "privacy-policy"
PDA = "personal-data-agreement"
PARTNER = "partner-agreement"
# The 25 findings that are known of the published sets: number, document, finding, clause, and the fact without which
# it is gone.  The tenth, documents without a text, has no terms: see the integration tests.
KNOWN: list[tuple[int, str, str, str, str | None, Patch]] = [
    (1, "qlever", PRIVACY, "implied_consent", "2.1", ("acceptance.counts", "explicit")),
    (1, "dar", PRIVACY, "implied_consent", "4.10", ("acceptance.counts", "explicit")),
    (1, "5qbe", PRIVACY, "implied_consent", "preamble", ("acceptance.counts", "explicit")),
    (2, "uof", PDA, "no_end_date", "2.2", ("validity.period", "1y")),
    (2, "uof", PDA, "keeping_without_term", "1.5", ("retention", [])),
    (2, "dar", PRIVACY, "no_end_date", "4.10", ("validity.period", "1y")),
    (3, "uof", "terms-of-use", "account_never_deleted", "3.9", ("retention[0].is", "term")),
    (4, "qlever", PRIVACY, "change_at_once", "9.2", ("change[0].notice", "7d")),
    (4, "5qbe", PRIVACY, "change_at_once", "8.2", ("change[0].notice", "7d")),
    (4, "worksection", PARTNER, "terms_change_at_once", "5.10", ("change[1].notice", "7d")),
    (5, "worksection", PRIVACY, "operator_number_missing", None, ("has_bin", True)),
    (5, "qlever", PRIVACY, "operator_number_missing", None, ("has_bin", True)),
    (5, "dar", PRIVACY, "operator_number_missing", None, ("has_bin", True)),
    (5, "5qbe", PRIVACY, "operator_number_missing", None, ("has_bin", True)),
    (6, "qlever", PRIVACY, "cross_border_unsaid", None, ("cross_border.stated", "no_")),
    (6, "qlever", PRIVACY, "publication_unsaid", None, ("publication.stated", "no_")),
    (7, "uof", PDA, "data_list_open", "1.4", ("data_list.is", "closed")),
    (7, "dar", PRIVACY, "data_list_open", "2.4", ("data_list.is", "closed")),
    (7, "qlever", PRIVACY, "data_list_absent", None, ("data_list.is", "closed")),
    (7, "uof", PDA, "purposes_open", "2.3", ("facts=open_purposes", DROP)),
    (7, "dar", PRIVACY, "purposes_open", "2.3[8]", ("facts=open_purposes", DROP)),
    (8, "uof", PDA, "withdrawal_harder", "2.2", ("withdrawal.channels[0].channel", "email")),
    (8, "qlever", PRIVACY, "withdrawal_channel_absent", None, ("withdrawal.channels", [{"channel": "email"}])),
    (9, "worksection", PARTNER, "foreign_law", "11.5", ("facts=foreign_law", DROP)),
    (11, "5qbe", PRIVACY, "passwords_in_cookies", "1.5", ("facts=passwords_in_cookies", DROP)),
    (12, "dar", PRIVACY, "identity_documents", "2.4[2]", ("data[6].kind", "identity")),
    (13, "5qbe", PRIVACY, "keeping_unsaid", None, ("retention", [{"code": "x", "start": "none", "is": "term"}])),
    (13, "worksection", PRIVACY, "keeping_without_length", "4.5", ("retention[0].period", "1y")),
    (13, "qlever", PRIVACY, "keeping_without_length", "5.3", ("retention[0].period", "1y")),
    (13, "uof", PDA, "keeping_without_term", "2.5", ("retention", [])),
    (14, "5qbe", PRIVACY, "marketing_bundled", "3.4", ("purposes[6].bundled", False)),
    (14, "5qbe", PRIVACY, "marketing_bundled", "6.1", ("purposes[7].bundled", False)),
    (14, "dar", PRIVACY, "marketing_bundled", "2.3[8]", ("purposes[7].bundled", False)),
    (14, "uof", PDA, "marketing_bundled", "2.3.3", ("purposes[2].bundled", False)),
    *(
        (15, slug, document, check, None, ("answers", [{"code": "x", "trigger": of, "action": "x", "period": "1wd"}]))
        for slug, document in (("worksection", PRIVACY), ("uof", PDA), ("qlever", PRIVACY), ("dar", PRIVACY), ("5qbe", PRIVACY))
        for check, of in (
            ("answer_to_withdrawal_unsaid", "withdrawal"), ("answer_to_access_unsaid", "access"), ("correction_unsaid", "correction"),
        )
    ),
    *(
        (16, slug, document, "undated", None, DATED)
        for slug, document in (
            ("uof", PDA), ("uof", "terms-of-use"), ("uof", "online-payments"), ("qlever", PRIVACY), ("dar", PRIVACY), ("5qbe", PRIVACY),
        )
    ),
    (17, "worksection", PRIVACY, "storage_abroad", "4.4", ("facts=storage_abroad", DROP)),
    (18, "worksection", PRIVACY, "own_interest", "4(c)", ("purposes[7].basis", "consent")),
    (19, "worksection", PRIVACY, "social_media_kept_after_deletion", "3[3](d)", ("facts=social_media_kept_after_deletion", DROP)),
    (20, "dar", PRIVACY, "contradiction", "2.6", ("facts=contradiction", DROP)),
    (20, "dar", PRIVACY, "contradiction", "4.5", ("facts=contradiction", DROP)),
    (20, "uof", PDA, "contradiction", "2.6", ("facts=contradiction", DROP)),
    (20, "worksection", PARTNER, "contradiction", "6.16", ("facts=contradiction", DROP)),
    (20, "5qbe", PRIVACY, "contradiction", "3.3", ("facts=contradiction", DROP)),
    *(
        (21, "worksection", PARTNER, "unintelligible", clause, ("facts=unintelligible", DROP))
        for clause in ("2.1", "8.1", "9.2", "10.1")
    ),
    (21, "worksection", PRIVACY, "mixed_language", "3[3](b)", ("facts=mixed_language", DROP)),
    (22, "dar", PRIVACY, "rights_waived", "3.4", ("facts=rights_waived", DROP)),
    (22, "qlever", PRIVACY, "rights_waived", "7.1", ("facts=rights_waived", DROP)),
    (22, "qlever", PRIVACY, "rights_waived", "7.2", ("facts=rights_waived", DROP)),
    (23, "dar", PRIVACY, "hashing_called_depersonalising", "3.1", ("facts=hashing_called_depersonalising", DROP)),
    (24, "worksection", PRIVACY, "contact_missing", "7", ("facts=contact_missing", DROP)),
    (24, "qlever", PRIVACY, "contact_missing", "8.1", ("facts=contact_missing", DROP)),
    (25, "dar", PRIVACY, "sign_in_takes_back", "2.10[2]", ("withdrawal.take_back.by", ["application"])),
]  # fmt: skip


def _has(what: Examined, check: str, clause: str | None) -> bool:
    grounds = found(what).get(check, ())
    return any(clause in ground.clause if clause else not ground.rules for ground in grounds)


@pytest.mark.parametrize(("item", "slug", "document", "check", "clause", "patch"), KNOWN)
def test_what_is_known_of_the_published_sets_is_found_and_goes_with_its_fact(
    item: int, slug: str, document: str, check: str, clause: str | None, patch: Patch
) -> None:
    before = examined(slug, rules(slug, document))
    place, value = patch
    if place == "has_bin":
        after = replace(before, has_bin=value)
    else:
        after = examined(slug, altered(rules(slug, document), place, value))

    assert _has(before, check, clause)
    assert not _has(after, check, clause)


def test_every_known_finding_is_in_the_table() -> None:
    assert {row[0] for row in KNOWN} | {10} == set(range(1, 26))


def test_a_finding_is_made_of_a_fact_in_one_place_only() -> None:
    named = {FactCode(code) for code in NEUTRAL} | {FactCode.OPEN_PURPOSES, *FINDINGS}

    assert named == set(FactCode)


def test_every_check_has_words_and_every_word_a_check() -> None:
    words = words_of_checks()

    assert sorted(words) == sorted([*(check.code for check in CHECKS), ANNOUNCED])
    for entry in words.values():
        assert entry.mark in {"P", "S", "?"}
        for local in (entry.article, entry.name, entry.says, entry.advice):
            assert set(local) == {"kk", "ru", "en"}
            assert all(local.values())
    assert all("жеке деректер" not in entry.says["kk"].lower() for entry in words.values())


def test_what_is_not_settled_is_never_said_to_be() -> None:
    words = words_of_checks()

    for code in ("implied_consent", "identity_documents", "language_missing", "erasing_late", "biometric_data"):
        assert not words[code].settled
    for code in ("data_list_absent", "cross_border_unsaid", "withdrawal_harder", "own_interest"):
        assert words[code].settled


def test_the_report_has_its_own_words_in_three_languages() -> None:
    for local in (
        reservation(),
        *(severity_name(one) for one in Severity),
        *(severity_meaning(one) for one in Severity),
        *(confirmation_name(one) for one in Confirmation),
    ):
        assert set(local) == {"kk", "ru", "en"}
    assert set(paper_words("kk")) == set(paper_words("ru")) == set(paper_words("en"))
