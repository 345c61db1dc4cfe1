"""The machine of lists: what an address asks for, a page of it, and the same as a file.

Filters, order and place stand in the address, which never holds personal data; every list is one ``Listing``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import g, request, url_for
from flask_babel import LazyString, gettext

from consent_service.dashboard.cases import id_asked_for
from consent_service.dashboard.places import comes_to, reading
from consent_service.kernel.uow import UnitOfWork
from consent_service.listings.service import views_of
from consent_service.operators.access import WORK_ON_CASES
from consent_service.operators.colleagues import colleagues
from consent_service.operators.sessions import Place, SignedIn
from consent_service.operators.staff import staff_address
from consent_service.printing.cells import BYTE_ORDER_MARK, csv_lines

PAGE, PART = 25, 1000
MINE, NOBODY = "mine", "nobody"
_NO_SEARCH = UUID(int=0)  # for what is no id of a search: it finds nobody, as one that is over
R = TypeVar("R")
Words = Callable[[UnitOfWork], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing that may be asked for: one of some words, or, where there are no words, a day."""

    name: str
    label: LazyString
    every: LazyString | str = ""
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as far as it can be taken."""

    values: Mapping[str, str]
    order: str
    person: UUID | None
    search: UUID | None

    def get(self, name: str) -> str:
        """Return what is asked for under a name; nothing asked for is empty."""
        return self.values.get(name, "")

    def day(self, name: str) -> date | None:
        """Return a day that is asked for."""
        return date.fromisoformat(self.values[name]) if name in self.values else None

    def staff(self) -> tuple[UUID | None, ...]:
        """Return whose work is asked for: of nobody where it is None; nothing where it does not matter."""
        session: SignedIn = g.session
        one = self.get("assignee")
        if not one:
            return ()
        return (None,) if one == NOBODY else (session.staff_id if one == MINE else UUID(one),)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list: its page, what may be asked of it, how a page of it is read, and its columns in a file.

    ``orders``: the first is that of a bare address.  ``assign``: how lines are given to a colleague.
    """

    name: str
    endpoint: str
    filters: tuple[Filter, ...]
    orders: Mapping[str, LazyString]
    read: Callable[[UnitOfWork, Asked, int, str | None], tuple[Sequence[R], str | None]]
    columns: Callable[[], Mapping[str, Callable[[R], str]]]
    assign: Callable[[UnitOfWork, Sequence[UUID], UUID | None], int] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the template of a list is given."""

    listing: Listing[Any]  # Any: of whatever lines
    asked: Asked
    rows: Sequence[Any]  # Any: as above
    options: Mapping[str, Mapping[str, str]]
    staff: Mapping[str, str]
    views: Sequence[Any]  # Any: saved views, each with its address
    address: str
    following: str | None
    is_first: bool
    said: str | None

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything is asked for."""
        return bool(self.asked.values or self.asked.person or self.asked.search)

    @property
    def query(self) -> str:
        """What is asked for, as it stands in an address."""
        return query_of(self.listing, self.asked)

    @property
    def query_of_everybody(self) -> str:
        """The same, whoever it is about."""
        return query_of(self.listing, self.asked, with_people=False)


LISTS: dict[str, Listing[Any]] = {}  # Any: as above


def enter(listing: Listing[R]) -> Listing[R]:
    """Make a list known to what all lists share: files, saved views, giving lines to a colleague."""
    LISTS[listing.name] = listing
    return listing


def show(listing: Listing[R], place: Place, uow: UnitOfWork) -> Shown:
    """Read the page of a list that the address asks for."""
    session: SignedIn = g.session
    options = _options(listing, uow)
    asked = _asked(listing, options)
    cursor = request.args.get("after") or None
    rows, after = listing.read(uow, asked, PAGE, cursor)
    address = url_for(listing.endpoint, slug=place.slug)
    query = query_of(listing, asked)
    following = f"{address}?{query}{'&' if query else ''}{urlencode({'after': after})}" if after else None
    may_assign = listing.assign is not None and comes_to("dashboard.assign_lines")
    return Shown(
        listing=listing,
        asked=asked,
        rows=rows,
        options=options,
        staff=staff_words(uow) if may_assign else {},
        views=views_of(uow, session.staff_id, listing.name),
        address=address,
        following=following,
        is_first=cursor is None,
        said=_said().get(request.args.get("said", "")),
    )


def asked_for(listing: Listing[R], uow: UnitOfWork) -> Asked:
    """Read what the address asks of a list."""
    return _asked(listing, _options(listing, uow))


def query_of(listing: Listing[R], asked: Asked, *, with_people: bool = True) -> str:
    """Write what is asked for as it stands in an address; ``with_people``: with whom it is about."""
    pairs = dict(asked.values)
    if asked.order != next(iter(listing.orders)):
        pairs["order"] = asked.order
    if with_people and asked.person:
        pairs["person"] = str(asked.person)
    if with_people and asked.search:
        pairs["search"] = str(asked.search)
    return urlencode(pairs)


def lines_of_file(listing: Listing[R], place: Place, asked: Asked) -> Iterator[str]:
    """Write everything that is asked for as CSV, part by part, each read in a short transaction."""
    columns = listing.columns()
    yield BYTE_ORDER_MARK + csv_lines([list(columns)])
    cursor: str | None = None
    while True:
        with reading(place) as uow:
            rows, cursor = listing.read(uow, asked, PART, cursor)
        yield csv_lines([cell(row) for cell in columns.values()] for row in rows)
        if cursor is None:
            return


def _asked(listing: Listing[R], options: Mapping[str, Mapping[str, str]]) -> Asked:
    values = {}
    for one in listing.filters:
        value = request.args.get(one.name, "")
        if value and (value in options[one.name] if one.words else _is_day(value)):
            values[one.name] = value
    order = request.args.get("order", "")
    return Asked(
        values=values,
        order=order if order in listing.orders else next(iter(listing.orders)),
        person=id_asked_for("person"),
        search=id_asked_for("search") or (_NO_SEARCH if "search" in request.args else None),
    )


def _options(listing: Listing[R], uow: UnitOfWork) -> Mapping[str, Mapping[str, str]]:
    return {one.name: one.words(uow) if one.words else {} for one in listing.filters}


def staff_words(uow: UnitOfWork) -> Mapping[str, str]:
    """Return those to whom work can be given, by id and address."""
    if "staff_words" not in g:  # read once a request: a page of a list asks three times
        acting = [one.staff_id for one in colleagues(uow) if one.role in WORK_ON_CASES]
        named = {str(one): staff_address(uow, one) or "–" for one in acting}
        g.staff_words = dict(sorted(named.items(), key=lambda pair: pair[1]))
    found: Mapping[str, str] = g.staff_words
    return found


def _said() -> Mapping[str, str]:
    return {
        "view_saved": gettext("The view is saved."),
        "view_removed": gettext("The view is removed."),
        "name_refused": gettext("This name cannot be taken: leave out personal data, and keep at most 20 views."),
        "given": gettext("The ticked lines changed hands."),
        "not_given": gettext("Nothing was changed: tick at least one line, and choose somebody who acts here."),
    }


def _is_day(text: str) -> bool:
    """Say whether it is a day that has a day before and after it."""
    try:
        return date.min < date.fromisoformat(text) < date.max
    except ValueError:
        return False
