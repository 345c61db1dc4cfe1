"""The tiles of today: a figure each, what it was seven days ago, and the list of what it counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import LazyString, gettext, lazy_gettext

from consent_service.kernel.counting import MOST, written
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.overview.figures import Figure
from consent_service.overview.keeping import figures_before
from consent_service.overview.measuring import measure
from consent_service.services import services

MANY_UNSIGNED = 10  # percent from which somebody should look why


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that says whether all is well, what it was, and where what it counts is listed."""

    figure: Figure
    name: str
    number: str
    mark: str
    before: str
    way: str
    address: str | None

    @property
    def is_alarm(self) -> bool:
        """Whether the authorised body is to be told today."""
        return self.figure is Figure.BREACHES and self.mark == "bad"


@dataclass(frozen=True, slots=True)
class _About:
    """How a figure is shown: in which words, how much it matters, and which page lists what it counts."""

    name: LazyString
    mark: str
    endpoint: str | None = None
    asked: str = ""


_ABOUT: Mapping[Figure, _About] = {
    Figure.LATE: _About(lazy_gettext("Late"), "bad", "duties", "?state=late"),
    Figure.SOON: _About(lazy_gettext("Due within 3 working days"), "soon", "duties", "?state=soon"),
    Figure.BREACHES: _About(lazy_gettext("Breaches: the clock runs"), "bad", "incidents"),
    Figure.UNIDENTIFIED: _About(
        lazy_gettext("Requests whose asker is not known"), "soon", "subject_requests", "?state=unidentified"
    ),
    Figure.NOT_EXECUTED: _About(
        lazy_gettext("Withdrawals in effect, data not gone everywhere"),
        "soon",
        "withdrawals",
        "?state=not_executed",
    ),
    Figure.PAST_RETENTION: _About(lazy_gettext("Data past their day"), "bad", "erasures", "?state=late"),
    Figure.LACKING_LANGUAGE: _About(
        lazy_gettext("Documents lacking Kazakh or Russian"), "bad", "documents", "?lacking=language"
    ),
    Figure.UNSIGNED: _About(lazy_gettext("Sent without a token, worst form"), "soon", "forms"),
    Figure.BY_HAND: _About(lazy_gettext("People to be told by hand"), "soon"),
    Figure.WEBHOOKS: _About(lazy_gettext("Webhooks failing"), "bad", "webhooks"),
    Figure.LEDGER: _About(lazy_gettext("Checks of the ledger failing"), "bad", "jobs"),
    Figure.JOBS: _About(lazy_gettext("Jobs failing"), "bad", "jobs"),
}


def tiles_of(uow: UnitOfWork, place: Place) -> list[Tile]:
    """Return the tiles of an operator; what is not known yet is shown so."""
    now, before = measure(uow, services().law.calendar), figures_before(uow)
    return [_tile(figure, about, now.get(figure), before.get(figure), place) for figure, about in _ABOUT.items()]


def _tile(figure: Figure, about: _About, number: int | None, before: int | None, place: Place) -> Tile:
    least = MANY_UNSIGNED if figure is Figure.UNSIGNED else 1
    calls = number is not None and number >= least
    return Tile(
        figure=figure,
        name=str(about.name),
        number="–" if number is None else _written(figure, number),
        mark=about.mark if calls else "good",
        before=gettext("not known") if before is None else _written(figure, before),
        way=_way(number, before),
        address=url_for(f".{about.endpoint}", slug=place.slug) + about.asked if about.endpoint else None,
    )


def _written(figure: Figure, number: int) -> str:
    if figure is Figure.UNSIGNED:
        return f"{number} %"
    return written(number)


def _way(number: int | None, before: int | None) -> str:
    """Return whether it is more or less than it was; nothing where nobody can say."""
    if number is None or before is None or min(number, before) >= MOST:
        return ""
    return "▲" if number > before else "▼" if number < before else "="
