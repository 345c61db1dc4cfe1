"""The duties of the law as data: each with its period, its article and its mark."""

from datetime import date

import pytest

from consent_service.deadlines.catalogue import load_catalogue
from consent_service.kernel.errors import ConflictError

CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 23)
ROWS = {
    "answer_withdrawal": ("15wd", "8(7)", "P"), "answer_access": ("3wd", "25(2)(6)", "S"), "correct": ("1wd", "25(2)(8)", "P"),
    "block": ("1wd", "25(2)(8)", "P"), "destroy_unlawful": ("1wd", "25(2)(8)", "P"), "unblock": ("1wd", "25(2)(8)", "P"),
    "notify_breach": ("1wd", "25(2)(8)", "P"), "remove_public": ("1wd", "article 6", "P"),
    "notify_transfer": ("10wd", "19(1)", "P"), "answer_automated": ("3wd", "19-1(3)", "P"),
    "delete_digital": ("15d", "41", "S ?"), "destroy_expired": ("1wd", "18", "S"), "answer_complaint": ("10d", "42-4", "S"),
}  # fmt: skip


@pytest.mark.parametrize("code", ROWS)
def test_each_duty_has_its_period_article_and_mark(code: str) -> None:
    rule = CATALOGUE.rule(code, TODAY)

    period, article, mark = ROWS[code]
    assert (str(rule.period), rule.mark) == (period, mark)
    assert article in rule.source["en"]
    assert rule.settled == (mark == "P")
    for words in (rule.name, rule.source):
        assert all(words[language].strip() for language in ("kk", "ru", "en"))


def test_the_catalogue_has_these_duties_and_no_others() -> None:
    assert {rule.code for rule in CATALOGUE.rules} == set(ROWS)


@pytest.mark.parametrize(
    ("code", "first"),
    [("answer_withdrawal", "2026-01-18"), ("answer_automated", "2026-01-18"), ("notify_breach", "2024-07-01")],
)
def test_a_duty_holds_from_its_day_on(code: str, first: str) -> None:
    day = date.fromisoformat(first)

    assert CATALOGUE.rule(code, day).valid_from == day
    with pytest.raises(ConflictError):
        CATALOGUE.rule(code, date.fromordinal(day.toordinal() - 1))


def test_a_withdrawal_owes_stopping_or_a_reasoned_refusal() -> None:
    assert [rule.code for rule in CATALOGUE.duties_for("withdrawal", TODAY)] == ["answer_withdrawal"]
    assert CATALOGUE.duties_for("withdrawal", date(2025, 1, 1)) == ()
