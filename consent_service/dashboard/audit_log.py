"""The audit log: everything that was recorded at the operator, the latest first, and who did it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import g, render_template
from flask_babel import gettext, lazy_gettext

from consent_service.dashboard.audit_words import About, about, details
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.listing import Asked, Filter, Listing, enter, show
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.timeline import author_words
from consent_service.deadlines.rules import end_of_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.audit import AuditFilter, Recorded, list_recorded
from consent_service.ledger.words import group_name, group_of, kind_name, kinds_by_group
from consent_service.operators.sessions import Place
from consent_service.operators.staff import former_staff, members
from consent_service.pages.languages import almaty_time, language
from consent_service.subjects.queries import known_among, masked


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An event in words; ``who`` is empty where it was emptied once the evidence term was over."""

    event: Recorded
    what: str
    group: str
    who: str
    about: tuple[About, ...]
    details: tuple[str, ...]


@dashboard.get("/<slug>/audit")
@at_operator
def audit(place: Place) -> str:
    """Show what was recorded, the latest first."""
    with reading(place) as uow:
        shown = show(AUDIT, place, uow)
    return render_template("audit.html", shown=shown)


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[AuditRow], str | None]:
    since, until, who = asked.day("since"), asked.day("until"), asked.get("who")
    kinds = set(kinds_by_group().get(asked.get("group"), ()))
    one = {kind for group in kinds_by_group().values() for kind in group if kind == asked.get("kind")}
    if kinds and one and not kinds & one:
        return [], None  # this kind stands in another group
    wanted = AuditFilter(
        kinds=sorted(one or kinds),
        staff_id=UUID(who) if who else None,
        from_at=end_of_day(since - timedelta(days=1)) if since else None,
        to_at=end_of_day(until) if until else None,
        accounts=[UUID(staff) for staff in _staff(uow)],
    )
    found, after = list_recorded(uow, wanted, limit=limit, cursor=cursor)
    return _rows(uow, found), after


def _rows(uow: UnitOfWork, found: Sequence[Recorded]) -> list[AuditRow]:
    known = known_among(uow, {event.stream for event in found})
    names: dict[str, str] = {}

    def name(actor: str) -> str:
        if actor not in names:
            names[actor] = author_words(uow, actor)
        return names[actor]

    return [
        AuditRow(
            event,
            kind_name(event.kind, language()),
            group_name(group_of(event.kind), language()),
            name(event.actor) if event.actor else "",
            about(event, is_person=event.stream in known),
            details(event, name),
        )
        for event in found
    ]


def _groups(_uow: UnitOfWork) -> Mapping[str, str]:
    return {group: group_name(group, language()) for group in kinds_by_group()}


def _kinds(_uow: UnitOfWork) -> Mapping[str, str]:
    kinds = [kind for group in kinds_by_group().values() for kind in group]
    return {str(kind): kind_name(kind, language()) for kind in kinds}


def _staff(uow: UnitOfWork) -> Mapping[str, str]:
    """Return who works or has worked here, by id; whoever has left has no address any more."""
    if "audit_staff" not in g:  # read once a request: the filter and each page ask
        here = {str(one.staff_id): one.email for one in members(uow)}
        left = [one for one in former_staff(uow) if str(one) not in here]
        g.audit_staff = here | {str(one): f"{gettext('a closed account')} {masked(one)}" for one in left}
    found: Mapping[str, str] = g.audit_staff
    return found


def _columns() -> Mapping[str, Callable[[AuditRow], str]]:
    return {
        "№": lambda row: str(row.event.id),
        gettext("When"): lambda row: almaty_time(row.event.at),
        gettext("What happened"): lambda row: row.what,
        gettext("Group"): lambda row: row.group,
        gettext("Who"): lambda row: row.who,
        gettext("What it is about"): lambda row: "; ".join(one.words for one in row.about),
        gettext("Details"): lambda row: "; ".join(row.details),
    }


AUDIT: Listing[AuditRow] = enter(
    Listing(
        name="audit",
        endpoint="dashboard.audit",
        filters=(
            Filter("group", lazy_gettext("Group"), lazy_gettext("every group"), _groups),
            Filter("kind", lazy_gettext("What happened"), lazy_gettext("whatever happened"), _kinds),
            Filter("who", lazy_gettext("Who"), lazy_gettext("whoever it was"), _staff),
            Filter("since", lazy_gettext("Recorded from")),
            Filter("until", lazy_gettext("Recorded until")),
        ),
        orders={"latest": lazy_gettext("latest first")},
        read=_read,
        columns=_columns,
    )
)
