"""What is known of people when it is decided about them: gathered for many at once, always fresh."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.courses import Answer, answers_of
from consent_service.consents.states import OVER, ConsentState
from consent_service.deadlines.rules import almaty_day, moment_before
from consent_service.deadlines.service import Law
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import Version, version_by_id
from consent_service.retention.road import holds_on, ordered_days
from consent_service.retention.rules import Decision, Standing, Started, decide_person
from consent_service.retention.tables import LastActivity, ToldEnding
from consent_service.storage.queries import storage_of
from consent_service.storage.rules import LAW, OuterLimit, StorageRule, outer_limits
from consent_service.storage.schedule import counts_activity
from consent_service.storage.states import StorageAction, StorageOrigin, StorageStart
from consent_service.subject_requests.courses import request_courses
from consent_service.subjects.queries import known_among
from consent_service.withdrawals.courses import WithdrawalCourse, courses_of

REQUESTS = "requests"  # what the standing of somebody who has asked for something is called
_TOLD, _ACTIVITIES = table_of(ToldEnding), table_of(LastActivity)
_SAID_NO = frozenset({ConsentState.DECLINED, ConsentState.REJECTED})


@dataclass(frozen=True, slots=True)
class Decided:
    """A person and what is decided about each standing; ``purposes`` are those of the answers, for whoever is told."""

    subject_id: UUID
    decisions: Sequence[Decision]
    documents: Mapping[str, UUID]
    purposes: Sequence[UUID]


@dataclass(slots=True)
class Deciding:
    """Decides about people of one operator; rules that many share are worked out once."""

    uow: UnitOfWork
    law: Law
    _rules: dict[tuple[UUID, StorageStart, date, frozenset[str]], list[StorageRule]] = field(default_factory=dict)
    _limits: dict[UUID, Sequence[OuterLimit]] = field(default_factory=dict)

    def about(self, subject_ids: Collection[UUID], today: date) -> dict[UUID, Decided]:
        """Decide about people; nobody comes back who has been erased."""
        uow = self.uow
        known = known_among(uow, subject_ids)
        answers: defaultdict[UUID, list[Answer]] = defaultdict(list)
        for answer in answers_of(uow, known):
            answers[answer.subject_id].append(answer)
        standings: dict[UUID, list[tuple[Standing, UUID | None]]] = {subject_id: [] for subject_id in known}
        courses, told = courses_of(uow, known), _told(uow, known)
        active = _activities(uow, known) if counts_activity(uow) else {}
        for subject_id, theirs in answers.items():
            for document_id, under in _by_document(theirs):
                course = courses.get((subject_id, document_id))
                standing = self._standing(
                    under, course, told.get((subject_id, document_id), ()), active.get(subject_id)
                )
                standings[subject_id].append((standing, document_id))
        for subject_id, asked in request_courses(uow, known).items():
            standings[subject_id].append((self._of_requests(asked.closed_at), None))
        holds, orders = holds_on(uow, known), ordered_days(uow, known)
        return {
            subject_id: Decided(
                subject_id,
                decide_person(
                    [standing for standing, _ in theirs],
                    holds=holds.get(subject_id, ()),
                    ordered_for=orders.get(subject_id),
                    calendar=self.law.calendar,
                    today=today,
                ),
                {standing.document: document_id for standing, document_id in theirs if document_id is not None},
                [answer.purpose_id for answer in answers[subject_id] if answer.state not in _SAID_NO],
            )
            for subject_id, theirs in standings.items()
        }

    def _standing(
        self,
        answers: Sequence[Answer],
        course: WithdrawalCourse | None,
        told: Sequence[tuple[StorageStart, datetime]],
        active_at: datetime | None,
    ) -> Standing:
        given = [answer for answer in answers if answer.state not in _SAID_NO]
        latest = max(given or answers, key=lambda answer: answer.answered_at)
        version = version_by_id(self.uow, latest.version_id)
        lives = any(answer.lives for answer in given)
        started = dict(_ended(given or answers, course)) if not lives else {}
        if given:
            started[StorageStart.ACCEPTANCE] = _on(latest.answered_at)
            started[StorageStart.LAST_ACTIVITY] = _on(max(active_at or latest.answered_at, latest.answered_at))
        for start, at in told:
            if at >= latest.answered_at:
                started.setdefault(start, _on(at))
        codes = version.codes
        purposes = frozenset(codes[answer.purpose_id] for answer in given if answer.purpose_id in codes)
        rules = [
            rule for start, event in started.items() for rule in self._rules_of(version, start, event.on, purposes)
        ]
        living = [answer for answer in given if answer.lives]
        return Standing(
            document=version.name,
            lives=lives,
            started=started,
            rules=rules,
            outer=self._outer_of(version),
            take_back_until=course.take_back_until if course is not None and not lives else None,
            is_blocked=bool(living) and all(answer.is_blocked for answer in living),
        )

    def _of_requests(self, closed_at: datetime | None) -> Standing:
        """Return the standing of somebody who has asked for something: the purpose is reached with the last answer."""
        if closed_at is None:
            return Standing(document=REQUESTS, lives=True, started={}, rules=())
        event = _on(closed_at)
        law = self.law.catalogue.rule(LAW, event.on)
        rule = StorageRule(
            code=law.code,
            start=StorageStart.PURPOSE_REACHED,
            action=StorageAction(law.action),
            keep=None,
            act=law.period,
            origin=StorageOrigin.LAW,
            source=law.source,
            settled=law.settled,
        )
        return Standing(document=REQUESTS, lives=False, started={StorageStart.PURPOSE_REACHED: event}, rules=(rule,))

    def _rules_of(self, version: Version, start: StorageStart, on: date, purposes: frozenset[str]) -> list[StorageRule]:
        key = (version.id, start, on, purposes)
        if key not in self._rules:
            self._rules[key] = storage_of(self.uow, version, self.law.catalogue, on).for_start(start, purposes)
        return self._rules[key]

    def _outer_of(self, version: Version) -> Sequence[OuterLimit]:
        if version.id not in self._limits:
            self._limits[version.id] = outer_limits(version.terms, version.operator)
        return self._limits[version.id]


def _by_document(answers: Sequence[Answer]) -> Iterator[tuple[UUID, list[Answer]]]:
    found: defaultdict[UUID, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.document_id].append(answer)
    yield from found.items()


def _ended(answers: Sequence[Answer], course: WithdrawalCourse | None) -> Iterator[tuple[StorageStart, Started]]:
    """Yield what ended a standing: the end of its last answer, or the refusal where there was no other."""
    over = [answer for answer in answers if answer.state in OVER]
    last = max(over or answers, key=lambda answer: answer.state_since)
    on = almaty_day(moment_before(last.state_since))
    if not over:
        yield StorageStart.REFUSAL, Started(on, on)
        return
    withdrawn = last.state is ConsentState.WITHDRAWN
    start = last.ended_by or (StorageStart.WITHDRAWAL if withdrawn else StorageStart.CONSENT_ENDED)
    counted_on = on
    if start is StorageStart.WITHDRAWAL and course is not None:
        counted_on = almaty_day(course.counted_from)
    yield start, Started(on, counted_on)


def _on(at: datetime) -> Started:
    day = almaty_day(moment_before(at))
    return Started(day, day)


def _told(
    uow: UnitOfWork, subject_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], list[tuple[StorageStart, datetime]]]:
    found: defaultdict[tuple[UUID, UUID], list[tuple[StorageStart, datetime]]] = defaultdict(list)
    rows = uow.session.execute(
        select(_TOLD.c.subject_id, _TOLD.c.document_id, _TOLD.c.start, _TOLD.c.at)
        .where(_TOLD.c.operator_id == uow.operator_id, _TOLD.c.subject_id.in_(subject_ids))
        .order_by(_TOLD.c.at)
    )
    for row in rows:
        found[row.subject_id, row.document_id].append((row.start, row.at))
    return dict(found)


def _activities(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, datetime]:
    rows = uow.session.execute(
        select(_ACTIVITIES.c.subject_id, _ACTIVITIES.c.at).where(
            _ACTIVITIES.c.operator_id == uow.operator_id, _ACTIVITIES.c.subject_id.in_(subject_ids)
        )
    )
    return {row.subject_id: row.at for row in rows}
