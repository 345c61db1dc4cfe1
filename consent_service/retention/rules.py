"""``decide()``: keep, hold or act.  The one decision, for what is shown beforehand and for what is done.  Pure.

Each event that has happened brings rules; the first day among them binds.  An outer limit only ever makes a day
earlier.  A legal hold stops everything but blocking.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from consent_service.deadlines.periods import Period
from consent_service.deadlines.service import deadline_for
from consent_service.deadlines.working_days import Calendar, CalendarGapError
from consent_service.retention.states import COMING, Because, Verdict
from consent_service.storage.rules import OuterLimit, StorageRule
from consent_service.storage.states import ENDING, StorageAction, StorageOrigin, StorageStart

_ONE_DAY = timedelta(days=1)
_REMEMBERED = 8192  # dates: people of one day share them


@dataclass(frozen=True, slots=True)
class Started:
    """When an event was, as Almaty days: a document counts a withdrawal from its receipt, the law from its effect."""

    on: date
    counted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands under one document.

    ``rules``: those of the events that have happened, by the law and the schedule of their days.  ``lives``: an answer
    stands that no event has ended.  ``take_back_until``: the last day on which a withdrawal may be taken back.
    """

    document: str
    lives: bool
    started: Mapping[StorageStart, Started]
    rules: Sequence[StorageRule]
    outer: Sequence[OuterLimit] = ()
    take_back_until: date | None = None
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that needs the data: until a day, or for good where that is None."""

    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided about a standing on a day.

    ``course``: what the rule that binds leads to; None where none runs.  ``held_by``: legal holds that keep it back,
    now or when its day comes.  ``look_on``: the day on which it is to be decided again; None until something happens.
    ``overrides``: an erasure that is ordered already would come too late.  ``lives``: an answer still stands, and ends
    with the term.
    """

    verdict: Verdict
    because: Because
    document: str
    course: "Course | None" = None
    lives: bool = False
    held_by: tuple[str, ...] = ()
    look_on: date | None = None
    overrides: bool = False

    @property
    def action(self) -> StorageAction | None:
        """What is done, now or when its day comes."""
        return None if self.course is None else self.course.rule.action

    @property
    def due_on(self) -> date | None:
        """The last day on which it may be done."""
        return None if self.course is None else self.course.due_on


@dataclass(frozen=True, slots=True)
class Course:
    """What a rule, with its clause or article, leads to.

    ``acts_on``: the first day on which it may be done; ``due_on``: the last, ``within`` a period from ``counted_on``.
    ``is_evening``: the first day is the person's own until the evening.  ``limit``: the outer limit that binds instead.
    """

    acts_on: date
    due_on: date
    rule: StorageRule
    within: Period
    counted_on: date
    is_evening: bool = False
    limit: OuterLimit | None = None


def decide(
    standing: Standing,
    *,
    holds: Collection[str],
    others: Sequence[Other],
    ordered_for: date | None,
    calendar: Calendar,
    today: date,
) -> Decision:
    """Decide about the data of a person under one document (Law 94-V art. 12(2), 18).

    Args:
        standing: The rules that apply and the events that have happened.
        holds: References of the legal holds on the person.
        others: What else stands of the person and needs the same data.
        ordered_for: The day by which an erasure of the person is ordered already.
        calendar: The working calendar.
        today: The Almaty date.
    """
    blocking = _blocking(standing, calendar)
    if blocking is not None and blocking.acts_on <= today:
        return _decision(Verdict.ACT, Because.TERM_OVER, standing, blocking)
    course = reckon(standing, calendar)
    if course is None:
        kept = Decision(verdict=Verdict.KEEP, because=Because.NOTHING_STARTED, document=standing.document)
        return _with_look(kept, blocking)
    return _with_look(_ending(standing, course, holds, others, ordered_for, today), blocking)


def decide_person(
    standings: Sequence[Standing],
    *,
    holds: Collection[str],
    ordered_for: date | None,
    calendar: Calendar,
    today: date,
) -> list[Decision]:
    """Decide about every standing of a person: under each, the others are what else stands."""
    needs = [_needs(standing, calendar) for standing in standings]
    return [
        decide(
            standing,
            holds=holds,
            others=[need for other, need in enumerate(needs) if other != place],
            ordered_for=ordered_for,
            calendar=calendar,
            today=today,
        )
        for place, standing in enumerate(standings)
    ]


def ending(decisions: Sequence[Decision]) -> Decision | None:
    """Return the decision that ends the storage of a person's data, the earliest due one; None where there is none."""
    acting = [one for one in decisions if one.verdict is not Verdict.KEEP and one.action in ENDING]
    return min(acting, key=lambda one: (one.due_on or date.max, one.document), default=None)


def goes_on(decisions: Sequence[Decision], today: date) -> date | None:
    """Return from which day a person's data go, as far as is known; None while something keeps them or holds them."""
    end = ending(decisions)
    if end is not None:
        return today if end.verdict is Verdict.ACT else None
    coming = [one for one in decisions if one.because in COMING and one.action in ENDING]
    if any(one.held_by for one in coming):
        return None
    return min((one.course.acts_on for one in coming if one.course is not None), default=None)


def next_look(decisions: Sequence[Decision]) -> date | None:
    """Return the first day on which a person is to be decided about again; None until something happens."""
    return min((one.look_on for one in decisions if one.look_on is not None), default=None)


def reckon(standing: Standing, calendar: Calendar) -> Course | None:
    """Return when the data under a document go at the latest, by the first of its grounds; None where none has come."""
    courses = list(_courses(standing, calendar, ENDING))
    if not courses:
        return None
    first = min(courses, key=lambda one: (one.due_on, one.acts_on))
    acts_on = min(one.acts_on for one in courses)
    for limit in standing.outer:
        if limit.start in standing.started:
            from_on = standing.started[limit.start].on
            last = _last_day(limit.period, from_on, calendar)
            if last < first.due_on:
                first = replace(first, due_on=last, within=limit.period, counted_on=from_on, limit=limit)
    is_evening = all(one.is_evening for one in courses)
    if standing.take_back_until is not None and standing.take_back_until >= acts_on:
        acts_on, is_evening = standing.take_back_until, True
    return replace(first, acts_on=min(acts_on, first.due_on), is_evening=is_evening)


def _ending(
    standing: Standing,
    course: Course,
    holds: Collection[str],
    others: Sequence[Other],
    ordered_for: date | None,
    today: date,
) -> Decision:
    if any(other.until is None for other in others):
        return _decision(Verdict.KEEP, Because.ELSE_STANDS, standing, course, holds)
    latest = max((other.until for other in others if other.until is not None), default=date.min)
    is_later = latest > course.acts_on
    if is_later:
        course = replace(course, acts_on=latest, due_on=max(course.due_on, latest))
    if ordered_for is not None and ordered_for <= course.due_on:
        found = _decision(Verdict.KEEP, Because.ORDERED, standing, replace(course, due_on=ordered_for), holds)
        return replace(found, look_on=max(ordered_for, today) + _ONE_DAY)
    if today < course.acts_on:
        taken_back = standing.take_back_until is not None and course.is_evening
        because = Because.MAY_BE_TAKEN_BACK if taken_back else Because.TERM_RUNS
        found = _decision(Verdict.KEEP, Because.ELSE_COMES_LATER if is_later else because, standing, course, holds)
        return replace(found, look_on=course.acts_on)
    verdict, because = (Verdict.HOLD, Because.HELD) if holds else (Verdict.ACT, Because.TERM_OVER)
    found = _decision(verdict, because, standing, course, holds)
    return replace(found, look_on=today + _ONE_DAY if holds else None, overrides=ordered_for is not None)


def _decision(
    verdict: Verdict, because: Because, standing: Standing, course: Course, holds: Collection[str] = ()
) -> Decision:
    return Decision(
        verdict=verdict,
        because=because,
        document=standing.document,
        course=course,
        lives=standing.lives,
        held_by=tuple(sorted(holds)),
    )


def _with_look(decision: Decision, blocking: Course | None) -> Decision:
    """Let a blocking that is still to come be looked for in time."""
    if blocking is None:
        return decision
    looks = [day for day in (decision.look_on, blocking.acts_on) if day is not None]
    return replace(decision, look_on=min(looks))


def _needs(standing: Standing, calendar: Calendar) -> Other:
    """Return until when a standing needs the data."""
    course = reckon(standing, calendar)
    return Other(None if course is None else course.acts_on)


def _blocking(standing: Standing, calendar: Calendar) -> Course | None:
    if standing.is_blocked or not standing.lives:
        return None  # what has ended allows nothing, so it is locked already
    courses = _courses(standing, calendar, frozenset({StorageAction.BLOCK}))
    return min(courses, key=lambda one: one.acts_on, default=None)


def _courses(standing: Standing, calendar: Calendar, actions: Collection[StorageAction]) -> Iterator[Course]:
    for rule in standing.rules:
        event = standing.started.get(rule.start)
        if event is None or rule.action not in actions:
            continue
        from_on = event.counted_on if rule.origin is StorageOrigin.POLICY and rule.keep is None else event.on
        counted_on, acts_on, due_on = _days(rule.keep, rule.act, from_on, calendar)
        said_no = rule.start is StorageStart.REFUSAL
        # Who has only just said no may still say yes until the evening of the last day.
        yield Course(due_on if said_no else acts_on, due_on, rule, rule.act, counted_on, is_evening=said_no)


@lru_cache(_REMEMBERED)
def _days(keep: Period | None, act: Period, from_on: date, calendar: Calendar) -> tuple[date, date, date]:
    """Return the day that the act is counted from, the first on which it may be done, and the last."""
    if keep is None:
        return from_on, from_on, _due(act, from_on, calendar)
    kept_until = _last_day(keep, from_on, calendar)
    return kept_until, kept_until + _ONE_DAY, _due(act, kept_until, calendar)


@lru_cache(_REMEMBERED)
def _last_day(period: Period, from_on: date, calendar: Calendar) -> date:
    """Return the last day of a period; the end of a term is no act, so it does not roll."""
    try:
        return deadline_for(period, from_on, calendar, rolls=False).due_on
    except CalendarGapError:
        return from_on  # outside the years of the calendar the earlier day is taken


def _due(act: Period, from_on: date, calendar: Calendar) -> date:
    try:
        return deadline_for(act, from_on, calendar).due_on
    except CalendarGapError:
        return from_on
