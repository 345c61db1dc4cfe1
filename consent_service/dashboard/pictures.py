"""Pictures of an operator over time: each a drawing, its words, a table and a file, all of the same numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import abort, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.plots import Strip, shares, strip
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.overview import pictures as counted
from consent_service.overview.pictures import DAYS, MONTHS, Line, OverTime
from consent_service.pages.case_words import words_of
from consent_service.pages.downloads import to_keep
from consent_service.pages.languages import day
from consent_service.printing.cells import BYTE_ORDER_MARK, csv_lines
from consent_service.services import services
from consent_service.standings.states import StandingState

_MONTH, _SHORT_DAY = "%m.%y", "%d.%m"


@dataclass(frozen=True, slots=True)
class Picture:
    """Numbers with their words: ``rows`` by what stands in the first column, a number of each line in each of them.

    ``short``: the same rows as a strip names them; empty where the rows are no stretches of time.
    """

    code: str
    title: str
    caption: str
    head: str
    lines: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]
    short: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(numbers) for _, numbers in self.rows)

    @property
    def strips(self) -> list[tuple[str, Strip]]:
        """The lines, one below the other, each with its name."""
        return [
            (name, strip(self.short, [numbers[place] for _, numbers in self.rows]))
            for place, name in enumerate(self.lines)
        ]

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, int, str]]]]:
        """The rows, each with its lines: name, number and length; what is nothing everywhere in it is left out."""
        return [
            (label, [one for one in zip(self.lines, numbers, shares(numbers), strict=True) if one[1]])
            for label, numbers in self.rows
        ]


@dashboard.get("/<slug>/pictures")
@at_operator
def pictures(place: Place) -> str:
    """Show every picture."""
    services().write_counts(at_once=True)
    with reading(place) as uow:
        found = [take(uow) for take in _PICTURES.values()]
    return render_template("pictures.html", pictures=found)


@dashboard.get("/<slug>/pictures/<code>.csv")
@at_operator
def picture_file(place: Place, code: str) -> Response:
    """Give the numbers of a picture as CSV."""
    if code not in _PICTURES:
        abort(404)
    services().write_counts(at_once=True)
    with reading(place) as uow:
        found = _PICTURES[code](uow)
    lines = [[found.head, *found.lines], *([label, *map(str, numbers)] for label, numbers in found.rows)]
    return to_keep(BYTE_ORDER_MARK + csv_lines(lines), "text/csv", f"{code}-{place.slug}.csv")


def _answers(uow: UnitOfWork) -> Picture:
    return _by_day(
        counted.answers(uow),
        "answers",
        gettext("Consents given and withdrawn"),
        gettext(
            "Each bar is a day of the latest %(days)s. A withdrawal counts on the day it came, whatever became of it.",
            days=DAYS,
        ),
    )


def _forms(uow: UnitOfWork) -> Picture:
    rows = [
        (f"{one.form.site.origin} · {one.form.form}", (one.shown, one.ticked, one.confirmed, one.unsigned))
        for one in counted.forms(uow)
    ]
    return Picture(
        "forms",
        gettext("Forms: shown, ticked, confirmed"),
        gettext(
            "How many saw each form in the latest %(days)s days, ticked something, and sent it. Many who see and few "
            "who send: read the form as a visitor does.",
            days=DAYS,
        ),
        gettext("Form"),
        [gettext("saw it"), gettext("ticked"), gettext("confirmed by token"), gettext("without a token")],
        rows,
    )


def _duties(uow: UnitOfWork) -> Picture:
    return _by_month(
        counted.kept_duties(uow),
        "duties",
        gettext("Duties on time and late"),
        gettext(
            "By the month in which they were due, the latest %(months)s. What is open and not late yet is left out.",
            months=MONTHS,
        ),
    )


def _expiring(uow: UnitOfWork) -> Picture:
    return _by_month(
        counted.ending_terms(uow),
        "expiring",
        gettext("Consents whose term ends"),
        gettext(
            "Answers to a purpose that stand now and whose term ends in the coming %(months)s months. People are "
            "offered to renew before.",
            months=MONTHS,
        ),
    )


def _standings(uow: UnitOfWork) -> Picture:
    words = words_of(StandingState)
    return Picture(
        "standings",
        gettext("Where people stand towards new versions"),
        gettext("The latest versions of documents that followed another one, of the last twelve months at most."),
        gettext("Version"),
        [words[state] for state in StandingState],
        [
            (f"{one.document} · {one.version}", [one.people.get(state, 0) for state in StandingState])
            for one in counted.standings(uow)
        ],
    )


def _storage(uow: UnitOfWork) -> Picture:
    return _by_month(
        counted.storage_ahead(uow),
        "storage",
        gettext("Storage ahead"),
        gettext(
            "About how many people it is to be decided in the coming %(months)s months whether their data go. What a "
            "hold or another document keeps stays.",
            months=MONTHS,
        ),
    )


_PICTURES: Mapping[str, Callable[[UnitOfWork], Picture]] = {
    "answers": _answers,
    "forms": _forms,
    "duties": _duties,
    "expiring": _expiring,
    "standings": _standings,
    "storage": _storage,
}


def _by_day(found: OverTime, code: str, title: str, caption: str) -> Picture:
    days = [first for first, _ in found.spans]
    return _over_time(
        found, code, title, caption, gettext("Day"), [day(one) for one in days], [f"{one:{_SHORT_DAY}}" for one in days]
    )


def _by_month(found: OverTime, code: str, title: str, caption: str) -> Picture:
    months = [f"{first:{_MONTH}}" for first, _ in found.spans]
    return _over_time(found, code, title, caption, gettext("Month"), months, months)


def _over_time(
    found: OverTime, code: str, title: str, caption: str, head: str, labels: Sequence[str], short: Sequence[str]
) -> Picture:
    words = _line_words()
    rows = [(label, [numbers[place] for numbers in found.lines.values()]) for place, label in enumerate(labels)]
    return Picture(code, title, caption, head, [words[line] for line in found.lines], rows, short)


def _line_words() -> Mapping[Line, str]:
    return {
        Line.GIVEN: gettext("Consents given"),
        Line.WITHDRAWN: gettext("Withdrawals received"),
        Line.ON_TIME: gettext("Met on time"),
        Line.LATE: gettext("Met late"),
        Line.UNMET: gettext("Late and not met yet"),
        Line.EXPIRING: gettext("Answers whose term ends"),
        Line.LOOKED_AT: gettext("People to be decided about"),
    }
