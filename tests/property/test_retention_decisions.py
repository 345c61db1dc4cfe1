"""What holds of every decision on how long data are kept, whatever the rules, events, holds and days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import last_day
from consent_service.deadlines.working_days import load_calendar
from consent_service.retention.reasons import reason_of
from consent_service.retention.rules import (
    Decision,
    Other,
    Standing,
    Started,
    decide,
    decide_person,
    ending,
    goes_on,
    next_look,
    reckon,
)
from consent_service.retention.states import Verdict
from consent_service.storage.rules import OuterLimit, StorageRule
from consent_service.storage.states import ENDING, StorageAction, StorageOrigin, StorageStart

CALENDAR = load_calendar()
WORDS = {"kk": "көз", "ru": "источник", "en": "source"}
DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))
PERIODS = st.builds(
    Period, st.integers(1, 40), st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS, Unit.MONTHS])
) | st.builds(Period, st.integers(1, 3), st.just(Unit.YEARS))
STARTS = st.sampled_from(StorageStart)
RULES = st.builds(
    StorageRule,
    code=st.sampled_from(["policy_x", "destroy_expired", "schedule_y"]),
    start=STARTS,
    action=st.sampled_from(StorageAction),
    keep=st.none() | PERIODS,
    act=PERIODS,
    origin=st.sampled_from(StorageOrigin),
    source=st.just(WORDS),
    clause=st.sampled_from([(), ("2.10",)]),
)
LIMITS = st.builds(OuterLimit, start=STARTS, period=PERIODS, clause=st.just(("2.6",)), source=st.just(WORDS))
STANDINGS = st.builds(
    Standing,
    document=st.sampled_from(["a/one", "b/two"]),
    lives=st.booleans(),
    started=st.dictionaries(STARTS, st.builds(Started, DAYS, DAYS), max_size=4),
    rules=st.lists(RULES, max_size=4),
    outer=st.lists(LIMITS, max_size=2),
    take_back_until=st.none() | DAYS,
    is_blocked=st.booleans(),
)
OTHERS = st.lists(st.builds(Other, st.none() | DAYS), max_size=2)
HOLDS = st.sets(st.sampled_from(["court-7", "tax-2"]), max_size=2)


def on(standing: Standing, today: date, **more: Any) -> Decision:  # Any: arguments of decide()
    facts: dict[str, Any] = {"holds": (), "others": (), "ordered_for": None} | more  # Any: as above
    return decide(standing, calendar=CALENDAR, today=today, **facts)


def ends(decision: Decision) -> bool:
    return decision.verdict is not Verdict.KEEP and decision.action in ENDING


@given(STANDINGS, HOLDS, OTHERS, DAYS)
def test_a_legal_hold_always_prevents_that_data_go(
    standing: Standing, holds: set[str], others: list[Other], today: date
) -> None:
    decision = on(standing, today, holds={*holds, "court-1"}, others=others)

    assert decision.verdict is not Verdict.ACT or decision.action is StorageAction.BLOCK


@given(STANDINGS, DAYS)
def test_nothing_is_kept_past_an_outer_limit_unless_something_else_stands(standing: Standing, today: date) -> None:
    course = reckon(standing, CALENDAR)
    limits = [
        last_day(limit.period, standing.started[limit.start].on, CALENDAR, rolls=False).due_on
        for limit in standing.outer
        if limit.start in standing.started
    ]

    if course is not None:
        assert all(course.due_on <= limit for limit in limits)
        assert course.acts_on <= course.due_on
        decision = on(standing, today)
        if ends(decision):
            assert decision.due_on == course.due_on


@given(STANDINGS, st.lists(LIMITS, min_size=1, max_size=2))
def test_an_outer_limit_is_never_a_reason_to_keep(standing: Standing, limits: list[OuterLimit]) -> None:
    without = Standing(**{name: getattr(standing, name) for name in Standing.__slots__} | {"outer": ()})
    within = Standing(**{name: getattr(standing, name) for name in Standing.__slots__} | {"outer": limits})
    plain, bounded = reckon(without, CALENDAR), reckon(within, CALENDAR)

    assert (plain is None) == (bounded is None)
    if plain is not None and bounded is not None:
        assert bounded.due_on <= plain.due_on
        assert bounded.acts_on <= plain.acts_on


@given(STANDINGS, RULES, STARTS, st.builds(Started, DAYS, DAYS))
def test_a_further_ground_never_makes_the_day_later(
    standing: Standing, rule: StorageRule, start: StorageStart, event: Started
) -> None:
    more = Standing(
        **{name: getattr(standing, name) for name in Standing.__slots__}
        | {"rules": [*standing.rules, rule], "started": {start: event} | dict(standing.started)}
    )
    before, after = reckon(standing, CALENDAR), reckon(more, CALENDAR)

    if before is not None:
        assert after is not None
        assert after.due_on <= before.due_on


@given(STANDINGS, HOLDS, OTHERS, st.none() | DAYS, DAYS, st.integers(0, 800))
def test_what_is_to_be_done_today_is_still_to_be_done_tomorrow(
    standing: Standing, holds: set[str], others: list[Other], ordered_for: date | None, today: date, later: int
) -> None:
    facts = {"holds": holds, "others": others, "ordered_for": ordered_for}
    first, then = on(standing, today, **facts), on(standing, today + timedelta(days=later), **facts)

    if ends(first):
        assert then.verdict is first.verdict or then.action is StorageAction.BLOCK
    if first.action is StorageAction.BLOCK and first.verdict is Verdict.ACT:
        assert then.action is StorageAction.BLOCK


@given(STANDINGS, HOLDS, OTHERS, st.none() | DAYS, DAYS)
def test_nobody_is_looked_at_later_than_on_the_day_on_which_something_is_to_be_done(
    standing: Standing, holds: set[str], others: list[Other], ordered_for: date | None, today: date
) -> None:
    facts = {"holds": holds, "others": others, "ordered_for": ordered_for}
    now = on(standing, today, **facts)

    if now.verdict is Verdict.KEEP:
        for days in (1, 7, 30, 400, 2000):
            then = on(standing, today + timedelta(days=days), **facts)
            if then.verdict is Verdict.ACT:
                assert now.look_on is not None
                assert now.look_on <= today + timedelta(days=days)


@given(st.lists(STANDINGS, max_size=3), HOLDS, st.none() | DAYS, DAYS)
def test_a_person_goes_only_when_no_document_needs_the_data_any_more(
    standings: list[Standing], holds: set[str], ordered_for: date | None, today: date
) -> None:
    decisions = decide_person(standings, holds=holds, ordered_for=ordered_for, calendar=CALENDAR, today=today)
    end = ending(decisions)

    if end is not None and end.course is not None:
        for standing in standings:
            course = reckon(standing, CALENDAR)
            assert course is not None
            assert course.acts_on <= today
        assert end.verdict is (Verdict.HOLD if holds else Verdict.ACT)
        assert next_look(decisions) is not None or not holds


@given(STANDINGS, HOLDS, OTHERS, st.none() | DAYS, DAYS)
def test_every_decision_says_why_in_three_languages(
    standing: Standing, holds: set[str], others: list[Other], ordered_for: date | None, today: date
) -> None:
    decision = on(standing, today, holds=holds, others=others, ordered_for=ordered_for)

    said = reason_of(decision)

    assert set(said) == {"kk", "ru", "en"}
    assert all(words and "{" not in words for words in said.values())
    assert all(hold in said["en"] for hold in holds) or decision.verdict is not Verdict.HOLD


@given(st.lists(STANDINGS, min_size=1, max_size=3), HOLDS, DAYS)
def test_the_day_on_which_somebody_is_said_to_go_is_the_first_on_which_a_run_takes_them(
    standings: list[Standing], holds: set[str], today: date
) -> None:
    def decided(on: date) -> list[Decision]:
        facts: dict[str, Any] = {
            "holds": holds,
            "ordered_for": None,
            "calendar": CALENDAR,
            "today": on,
        }  # Any: as above
        decisions = decide_person(standings, **facts)
        blocked = [  # a run blocks first; whom it blocked it takes on its next day
            replace(standing, is_blocked=standing.is_blocked or _blocks(decision))
            for standing, decision in zip(standings, decisions, strict=True)
        ]
        return decide_person(blocked, **facts)

    day = goes_on(decided(today), today)
    takes = [
        on for on in (today, *([day - timedelta(days=1), day] if day else [])) if on >= today and _takes(decided(on))
    ]

    assert takes[:1] == ([] if day is None else [day])


def _blocks(decision: Decision) -> bool:
    return decision.verdict is Verdict.ACT and decision.action is StorageAction.BLOCK


def _takes(decisions: list[Decision]) -> bool:
    end = ending(decisions)
    return end is not None and end.verdict is Verdict.ACT
