"""How many saw a form, answered it and sent it, by day.  Numbers alone; nothing is known of whom.

What browsers do is counted in memory and written every few seconds, so that showing a form writes nothing; what was
recorded is counted from the records themselves.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, select, union_all

from consent_service.consents.states import EvidenceGrade
from consent_service.deadlines.rules import ALMATY, almaty_day
from consent_service.forms.queries import FormView, list_forms
from consent_service.forms.tables import Form, FormAnswer, FormDay
from consent_service.kernel.db import table_of, upsert
from consent_service.kernel.uow import UnitOfWork

USUAL_SPAN = timedelta(days=29)  # before today: thirty days
WRITTEN_EVERY = timedelta(seconds=10)
LOOKED_AT = 200  # the latest answers of a form that its rate is counted from
_FORMS, _DAYS, _ANSWERS = table_of(Form), table_of(FormDay), table_of(FormAnswer)
_Place = tuple[int, UUID, date]  # operator, form, Almaty day


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often a form was shown and answered in browsers."""

    shown: int = 0
    ticked: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(self.shown + other.shown, self.ticked + other.ticked)


@dataclass(frozen=True, slots=True)
class FormCount:
    """A form over a span of days: seen, answered, confirmed by token, recorded without one."""

    form: FormView
    shown: int
    ticked: int
    confirmed: int
    unsigned: int
    last_at: datetime | None

    @property
    def unsigned_percent(self) -> int | None:
        """What part of all that was recorded came without a token; None where nothing was recorded."""
        recorded = self.confirmed + self.unsigned
        return round(100 * self.unsigned / recorded) if recorded else None


class Tally:
    """What a process has counted and not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: defaultdict[_Place, Numbers] = defaultdict(Numbers)
        self._taken_at: datetime | None = None

    def add(self, operator_id: int, form_id: UUID, now: datetime, numbers: Numbers) -> None:
        """Count."""
        with self._lock:
            self._counted[operator_id, form_id, almaty_day(now)] += numbers
            self._taken_at = self._taken_at or now

    def take(self, now: datetime, *, at_once: bool = False) -> Mapping[_Place, Numbers]:
        """Take what is counted, to write it, when its time has come; nothing else is taken by two at once."""
        with self._lock:
            if self._taken_at is None or not (at_once or now - self._taken_at >= WRITTEN_EVERY):
                return {}
            taken = dict(self._counted)
            self._counted.clear()
            self._taken_at = None
            return taken

    def give_back(self, taken: Mapping[_Place, Numbers], now: datetime) -> None:
        """Count again what could not be written."""
        for (operator_id, form_id, _), numbers in taken.items():
            self.add(operator_id, form_id, now, numbers)


def write_counts(uow: UnitOfWork, taken: Mapping[_Place, Numbers]) -> None:
    """Add to the days of each form what was counted."""
    for (operator_id, form_id, day), numbers in taken.items():
        row = upsert(uow.session, _DAYS).values(
            operator_id=operator_id, form_id=form_id, day=day, shown=numbers.shown, ticked=numbers.ticked
        )
        added = {name: _DAYS.c[name] + row.excluded[name] for name in ("shown", "ticked")}
        uow.session.execute(
            row.on_conflict_do_update(index_elements=[_DAYS.c.operator_id, _DAYS.c.form_id, _DAYS.c.day], set_=added)
        )


def count_forms(uow: UnitOfWork, since: date) -> list[FormCount]:
    """Count every form of the operator from an Almaty day on."""
    seen = {
        row.form_id: row
        for row in uow.session.execute(
            select(_DAYS.c.form_id, func.sum(_DAYS.c.shown).label("shown"), func.sum(_DAYS.c.ticked).label("ticked"))
            .where(_DAYS.c.operator_id == uow.operator_id, _DAYS.c.day >= since)
            .group_by(_DAYS.c.form_id)
        )
    }
    begun_at = datetime(since.year, since.month, since.day, tzinfo=ALMATY)
    recorded = {
        (row.form_id, row.evidence_grade): row
        for row in uow.session.execute(
            select(
                _ANSWERS.c.form_id,
                _ANSWERS.c.evidence_grade,
                func.count().label("answers"),
                func.max(_ANSWERS.c.recorded_at, type_=_ANSWERS.c.recorded_at.type).label("last_at"),
            )
            .where(and_(_ANSWERS.c.operator_id == uow.operator_id, _ANSWERS.c.recorded_at >= begun_at))
            .group_by(_ANSWERS.c.form_id, _ANSWERS.c.evidence_grade)
        )
    }
    counts = []
    for form in list_forms(uow):
        days = seen.get(form.id)
        signed, unsigned = (
            recorded.get((form.id, grade)) for grade in (EvidenceGrade.WIDGET_SIGNED, EvidenceGrade.SITE_ATTESTED)
        )
        counts.append(
            FormCount(
                form,
                int(days.shown) if days else 0,
                int(days.ticked) if days else 0,
                signed.answers if signed else 0,
                unsigned.answers if unsigned else 0,
                max((row.last_at for row in (signed, unsigned) if row), default=None),
            )
        )
    return counts


def worst_unsigned(uow: UnitOfWork) -> int | None:
    """Return how many percent of the latest answers of the worst form came without a token; None before the first."""
    forms = uow.session.scalars(select(_FORMS.c.id).where(_FORMS.c.operator_id == uow.operator_id)).all()
    latest = [
        select(_ANSWERS.c.form_id, _ANSWERS.c.evidence_grade)
        .where(_ANSWERS.c.operator_id == uow.operator_id, _ANSWERS.c.form_id == form_id)
        .order_by(_ANSWERS.c.recorded_at.desc())
        .limit(LOOKED_AT)
        .subquery()
        for form_id in forms
    ]
    if not latest:
        return None
    answers = union_all(*(select(one) for one in latest)).subquery()
    unsigned = func.count().filter(answers.c.evidence_grade == EvidenceGrade.SITE_ATTESTED)
    rates = uow.session.execute(select(unsigned, func.count()).group_by(answers.c.form_id))
    return max((100 * some // every for some, every in rates), default=None)
