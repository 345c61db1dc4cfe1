"""What a run would do: who, what, why, when, and what holds keep back.  Reads alone, by the decisions of the run."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.kernel.uow import UnitOfWork
from consent_service.retention.clocks import read_due
from consent_service.retention.facts import Decided, Deciding
from consent_service.retention.reasons import reason_of
from consent_service.retention.rules import Course, Decision, ending, goes_on
from consent_service.retention.states import Verdict
from consent_service.storage.states import StorageAction
from consent_service.subjects.queries import masked

PAGE = 1000
SHOWN = 100
LONGEST_AHEAD = 366


@dataclass(frozen=True, slots=True)
class Line:
    """What is decided about one person under one document; ``person`` is masked."""

    person: str
    subject_id: UUID
    document: str
    verdict: Verdict
    action: StorageAction | None
    acts_on: date | None
    due_on: date | None
    held_by: tuple[str, ...]
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many people a rule of a document concerns: how many go now, later, and are held back."""

    document: str
    rule: str
    action: StorageAction
    clause: tuple[str, ...]
    source: Mapping[str, str]
    now: int
    later: int
    held: int


@dataclass(slots=True)
class Preview:
    """What is to be done from ``on`` to ``until``.

    ``people``: how many go on the first day, ``held``: how many would and are held back.  ``days``: how many go from
    which day on, those of the first day included.
    """

    on: date
    until: date
    people: int = 0
    held: int = 0
    blocked: int = 0
    days: Counter[date] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    first: Course | None = None  # the one that is due first
    _rules: Counter[tuple[str, str, Verdict]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], Course] = field(default_factory=dict)

    def add(self, decided: Decided) -> None:
        """Count one person."""
        end = ending(decided.decisions)
        self.people += end is not None and end.verdict is Verdict.ACT
        self.held += end is not None and end.verdict is Verdict.HOLD
        if end is not None and end.verdict is Verdict.ACT and end.course is not None:
            self.first = min((one for one in (self.first, end.course) if one is not None), key=lambda one: one.due_on)
        day = goes_on(decided.decisions, self.on)
        if day is not None and day <= self.until:
            self.days[day] += 1
        for decision in decided.decisions:
            if decision.course is None:
                continue
            key = (decision.document, decision.course.rule.code)
            self._examples.setdefault(key, decision.course)
            self._rules[*key, decision.verdict] += 1
            self.blocked += decision.verdict is Verdict.ACT and decision.action is StorageAction.BLOCK
            if len(self.lines) < SHOWN:
                self.lines.append(_line(decided.subject_id, decision))

    @property
    def rules(self) -> list[RuleCount]:
        """Return how many people each rule concerns, by document."""
        return [
            RuleCount(
                document,
                code,
                example.rule.action,
                example.rule.clause,
                example.rule.source,
                self._rules[document, code, Verdict.ACT],
                self._rules[document, code, Verdict.KEEP],
                self._rules[document, code, Verdict.HOLD],
            )
            for (document, code), example in sorted(self._examples.items())
        ]


def preview(uow: UnitOfWork, law: Law, *, days: int = 0) -> Preview:
    """Decide about everybody whose day comes within some days from today; changes nothing."""
    today = almaty_day(uow.now)
    found = Preview(today, today + timedelta(days=min(days, LONGEST_AHEAD)))
    for decided in decisions_until(uow, law, today, found.until):
        found.add(decided)
    return found


def decisions_until(uow: UnitOfWork, law: Law, today: date, until: date) -> Iterator[Decided]:
    """Decide about everybody whose day comes by ``until``, by what is known today; memory does not grow with them."""
    deciding, after = Deciding(uow, law), None
    while True:
        due = read_due(uow, until, after, PAGE)
        yield from deciding.about([one.subject_id for one in due], today).values()
        if len(due) < PAGE:
            return
        after = due[-1]


def _line(subject_id: UUID, decision: Decision) -> Line:
    return Line(
        masked(subject_id),
        subject_id,
        decision.document,
        decision.verdict,
        decision.action,
        None if decision.course is None else decision.course.acts_on,
        decision.due_on,
        decision.held_by,
        reason_of(decision),
    )
