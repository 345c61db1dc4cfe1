"""Numbers and units in words and digits, and rules held against their clauses."""

import pytest

from consent_service.policies.checking import Verdict, check_terms
from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.quantities import find_quantities

TEXT = PolicyText(
    "Мысал",
    "kk",
    (
        Clause("1", "Жалпы", is_heading=True),
        Clause("1.1", "Хабарлама алынғаннан кейін 10 (он) күннен соң."),
        Clause("1.2", "Деректер 30 (отыз) жұмыс күн ішінде жойылады:"),
        Clause("1.2[1]", "өтініш түскенде;"),
    ),
)


@pytest.mark.parametrize(
    ("words", "language", "found"),
    [
        ("10 (он) күн", "kk", [(10, "d")]),
        ("алған күннен бастап 10 күннен кейін", "kk", [(10, "d")]),
        ("24 сағаттан кейін", "kk", [(24, "h")]),
        ("үш жылдың ішінде", "kk", [(3, "y")]),
        ("30 (отыз) жұмыс күннің ішінде", "kk", [(30, "wd")]),
        ("7 (жеті) күнтізбелік күн", "kk", [(7, "d")]),
        ("31 (отыз бір) күн", "kk", [(31, "d")]),
        ("он төрт күн", "kk", [(14, "d")]),
        ("3 айдан астам", "kk", [(3, "m")]),
        ("18 жасқа толмаған", "kk", [(18, "age")]),
        ("20% бонус, 50 000 теңге, $25", "kk", [(20, "share"), (50000, "money"), (25, "money")]),
        ("2013 жылғы 21 мамыр", "kk", []),
        ("10 (он бес) күн", "kk", []),  # digits and words disagree
        ("30 рабочих дней и три года", "ru", [(30, "wd"), (3, "y")]),
        ("thirty-one days, 24 hours", "en", [(31, "d"), (24, "h")]),
    ],
)
def test_a_quantity_is_read_in_digits_words_and_case_endings(
    words: str, language: str, found: list[tuple[int, str]]
) -> None:
    assert [(quantity.value, quantity.unit) for quantity in find_quantities(words, language)] == found


def test_a_plain_day_is_told_from_a_calendar_day() -> None:
    assert [q.qualified for q in find_quantities("10 күн, 10 күнтізбелік күн, күнтізбелік 10 күн", "kk")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"clause": "1.1", "period": "10d"}, Verdict.CONFIRMED),
        ({"clause": "1.1", "period": "10wd"}, Verdict.NUMBER_MISSING),
        ({"clause": "1.1", "period": "11d"}, Verdict.NUMBER_MISSING),
        ({"clause": ["1.2", "1.2[1]"], "period": "30wd"}, Verdict.CONFIRMED),
        ({"clause": "1.2[1]", "period": "30wd"}, Verdict.NUMBER_MISSING),
        ({"clause": "1", "period": "30wd"}, Verdict.CONFIRMED),  # said below it
        ({"clause": "9.9"}, Verdict.CLAUSE_MISSING),
        ({"clause": ["1.1", "9.9"], "period": "10d"}, Verdict.CLAUSE_MISSING),
        ({"clause": "other/1.1"}, Verdict.CLAUSE_MISSING),
        ({"clause": "1.1", "period": None}, Verdict.CONFIRMED),
        ({"clause": "1.1", "says": [{"number": 10, "unit": "d"}]}, Verdict.CONFIRMED),
        ({"clause": "1.1", "with": ["7"]}, Verdict.CLAUSE_MISSING),
    ],
)
def test_a_rule_is_confirmed_by_its_clause_or_says_what_is_missing(rule: dict[str, object], verdict: Verdict) -> None:
    (check,) = check_terms({"withdrawal": {"effects": [rule]}}, TEXT)

    assert check.verdict is verdict
    assert check.rule == "withdrawal.effects[0]"
    if verdict is Verdict.CONFIRMED and check.expected:
        assert check.words_found


def test_a_clause_of_another_document_is_looked_up_there() -> None:
    (check,) = check_terms({"identifier": {"clause": "other/1.1"}}, TEXT, others={"other": TEXT})

    assert check.verdict is Verdict.CONFIRMED
