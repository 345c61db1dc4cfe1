"""How long data are kept by each of the published documents, and what a schedule may add."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from consent_service.deadlines.catalogue import load_catalogue
from consent_service.deadlines.periods import Period
from consent_service.kernel.errors import InvalidInputError
from consent_service.policies.documents import read_tree
from consent_service.policies.terms import RetentionIs, Terms
from consent_service.storage.limits import check_schedule
from consent_service.storage.rules import ScheduleRule, StorageTerms, storage_terms
from consent_service.storage.states import StorageAction, StorageOrigin, StorageStart
from consent_service.storage.words import limit_in_words, rule_in_words
from tests.factories import POLICIES, SIXTH

ON = date(2026, 11, 23)
CATALOGUE = load_catalogue()
LAW = Period.parse("1wd")
DOCUMENTS = {
    f"{folder.slug}/{version.document}": Terms.from_data(version.terms_data)
    for tree in (POLICIES, SIXTH)
    for folder in read_tree(tree)
    for version in folder.versions
}
W, C, A, P = (
    StorageStart.WITHDRAWAL,
    StorageStart.CONSENT_ENDED,
    StorageStart.AGREEMENT_ENDED,
    StorageStart.PURPOSE_REACHED,
)
# document, event, within, who says so, clause, and whether the document is silent
TABLE = [
    ("dar/privacy-policy", W, "30wd", "policy", ("2.10", "2.10[1]"), False),
    ("dar/privacy-policy", C, "30wd", "policy", ("2.10", "2.10[3]"), False),
    ("dar/privacy-policy", A, "30wd", "policy", ("2.10", "2.10[4]"), False),
    ("dar/privacy-policy", P, "30wd", "policy", ("2.10", "2.10[3]"), False),
    ("qlever/privacy-policy", P, "1wd", "law", ("5.3",), False),
    ("qlever/privacy-policy", W, "1wd", "law", (), True),
    ("worksection/privacy-policy", P, "1wd", "law", ("4.5",), False),
    ("worksection/privacy-policy", C, "1wd", "law", (), True),
    ("worksection/partner-agreement", A, "1wd", "law", (), True),
    ("uof/personal-data-agreement", W, "1wd", "law", (), True),
    ("uof/personal-data-agreement", C, "1wd", "law", (), True),
    ("uof/personal-data-agreement", P, "1wd", "law", (), True),
    ("5qbe/privacy-policy", W, "1wd", "law", (), True),
]


def of(document: str, *schedule: ScheduleRule) -> StorageTerms:
    return storage_terms(DOCUMENTS[document], document.partition("/")[0], CATALOGUE, ON, schedule)


def rule(document: str, start: StorageStart, period: str, **more: Any) -> ScheduleRule:  # Any: fields of the rule
    fields: dict[str, Any] = {"action": StorageAction.DESTROY, "code": "own"} | more  # Any: as above
    return ScheduleRule(
        document=document.partition("/")[2],
        start=start,
        period=Period.parse(period),
        basis={"kk": "негіз", "ru": "основание", "en": "basis"},
        **fields,
    )


@pytest.mark.parametrize(("document", "start", "within", "origin", "clause", "silent"), TABLE)
def test_each_document_keeps_data_as_long_as_it_prints_and_else_as_the_law_gives(
    document: str, start: StorageStart, within: str, origin: str, clause: tuple[str, ...], silent: bool
) -> None:
    (found,) = of(document).for_start(start)

    assert (str(found.act), str(found.origin), found.clause, found.is_gap) == (within, origin, clause, silent)
    assert found.keep is None
    assert found.action is StorageAction.DESTROY
    assert set(rule_in_words(found)) == {"kk", "ru", "en"}
    assert ("silent" in rule_in_words(found)["en"]) is silent


def test_dar_2_6_three_years_are_an_outer_limit_and_no_rule_to_keep_by() -> None:
    terms = of("dar/privacy-policy")

    (limit,) = terms.outer
    assert (limit.start, str(limit.period), limit.clause) == (A, "3y", ("2.6",))
    assert all(found.keep is None for found in terms.rules)
    assert "no reason to keep" in limit_in_words(limit)["en"]


def test_what_stands_in_place_of_a_length_is_shown_and_gives_no_term() -> None:
    assert [(one.says, one.clause) for one in of("uof/personal-data-agreement").unbounded] == [
        (RetentionIs.WITHOUT_TERM, ("1.5",)),
        (RetentionIs.WITHOUT_TERM, ("2.5",)),
    ]
    assert [one.says for one in of("uof/terms-of-use").unbounded] == [RetentionIs.NO_DELETION]


def test_a_printed_term_is_kept_and_then_what_follows_its_end_is_due() -> None:
    (found,) = of("ulgi/course-consent").for_start(StorageStart.ACCEPTANCE)

    assert (str(found.keep), str(found.act), found.clause) == ("1y", "1wd", ("4.5", "4.6"))


def test_94_v_18_a_refusal_has_the_law_s_term_whatever_a_document_says() -> None:
    (found,) = of("dar/privacy-policy").for_start(StorageStart.REFUSAL)

    assert (str(found.act), found.origin) == ("1wd", StorageOrigin.LAW)


def test_a_schedule_makes_a_printed_term_shorter_and_stands_beside_it() -> None:
    printed, own = of("dar/privacy-policy", rule("dar/privacy-policy", A, "10wd")).for_start(A)

    assert (str(printed.act), printed.origin) == ("30wd", StorageOrigin.POLICY)
    assert (str(own.keep), own.origin, own.code) == ("10wd", StorageOrigin.SCHEDULE, "schedule_own")


def test_a_schedule_that_a_law_demands_replaces_the_law_s_own_term_where_the_document_is_silent() -> None:
    longer = rule("uof/personal-data-agreement", C, "5y", required_by_law=True)

    assert [str(one.keep) for one in of("uof/personal-data-agreement", longer).for_start(C)] == ["5y"]
    assert [one.origin for one in of("uof/personal-data-agreement", longer).for_start(W)] == [StorageOrigin.LAW]


def test_a_rule_for_some_purposes_leaves_data_alone_that_serve_others_too() -> None:
    own = rule("uof/personal-data-agreement", C, "5y", required_by_law=True, purposes=("targeted_advertising",))
    terms = of("uof/personal-data-agreement", own)

    assert [one.origin for one in terms.for_start(C, {"targeted_advertising"})] == [StorageOrigin.SCHEDULE]
    assert [one.origin for one in terms.for_start(C, {"targeted_advertising", "other"})] == [StorageOrigin.LAW]


@pytest.mark.parametrize(
    ("document", "start", "period", "more", "cited"),
    [
        ("dar/privacy-policy", A, "31wd", {}, "2.10"),
        ("dar/privacy-policy", A, "2m", {"required_by_law": True}, "2.10"),
        ("qlever/privacy-policy", P, "10d", {"required_by_law": True}, "5.3"),
        ("uof/personal-data-agreement", C, "5y", {}, "94-V 18"),
        ("uof/personal-data-agreement", W, "5y", {"required_by_law": True}, "94-V 8(2)"),
        ("ulgi/course-consent", StorageStart.ACCEPTANCE, "13m", {}, "4.5"),
        ("uof/personal-data-agreement", StorageStart.REFUSAL, "1d", {}, "94-V 18"),
        ("uof/personal-data-agreement", C, "12h", {}, "days"),
        ("uof/personal-data-agreement", C, "1d", {"purposes": ("fishing",)}, "fishing"),
        ("uof/nothing-such", C, "1d", {}, "no published document"),
    ],
)
def test_a_schedule_that_keeps_longer_than_it_may_is_refused_with_the_clause_or_the_article(
    document: str,
    start: StorageStart,
    period: str,
    more: dict[str, Any],
    cited: str,  # Any: fields of the rule
) -> None:
    published = {document.partition("/")[2]: [DOCUMENTS[document]]} if document in DOCUMENTS else {}

    with pytest.raises(InvalidInputError) as refused:
        check_schedule([rule(document, start, period, **more)], published, LAW)

    assert cited in refused.value.detail
    assert list(refused.value.fields) == ["rules.0"]


@pytest.mark.parametrize(
    ("document", "start", "period", "more"),
    [
        ("dar/privacy-policy", A, "30wd", {}),
        ("dar/privacy-policy", W, "10wd", {}),
        ("qlever/privacy-policy", P, "1d", {}),
        ("uof/personal-data-agreement", C, "5y", {"required_by_law": True}),
        ("uof/personal-data-agreement", StorageStart.LAST_ACTIVITY, "2y", {}),
        ("uof/personal-data-agreement", StorageStart.LAST_ACTIVITY, "1y", {"action": StorageAction.BLOCK}),
    ],
)
def test_a_schedule_that_keeps_no_longer_is_taken(
    document: str,
    start: StorageStart,
    period: str,
    more: dict[str, Any],  # Any: fields of the rule
) -> None:
    check_schedule([rule(document, start, period, **more)], {document.partition("/")[2]: [DOCUMENTS[document]]}, LAW)


def test_every_version_under_which_answers_stand_is_asked() -> None:
    terms = DOCUMENTS["dar/privacy-policy"]
    silent = replace(terms, erasing=(), retention=())

    with pytest.raises(InvalidInputError, match=r"2\.10"):
        check_schedule(
            [rule("dar/privacy-policy", A, "5y", required_by_law=True)], {"privacy-policy": [silent, terms]}, LAW
        )


def test_two_rules_of_one_code_are_refused() -> None:
    one = rule("dar/privacy-policy", A, "10wd")

    with pytest.raises(InvalidInputError, match="code"):
        check_schedule([one, one], {"privacy-policy": [DOCUMENTS["dar/privacy-policy"]]}, LAW)
