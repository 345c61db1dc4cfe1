"""A page of one operator: its place in the navigation, who comes to it, and how its units of work begin."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from flask import g, request, url_for
from flask_babel import LazyString, lazy_gettext

from consent_service.admission.table import is_admitted
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.session import actor_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.addresses import HOME
from consent_service.services import services

ENDING = "dashboard.operator_ending"
View = Callable[..., Any]  # Any: each page has its own arguments
# The pages of one operator as the navigation names them, in its order.
SECTIONS: tuple[tuple[str, LazyString], ...] = (
    ("dashboard.today", lazy_gettext("Today")),
    ("dashboard.my_cases", lazy_gettext("My cases")),
    ("dashboard.pictures", lazy_gettext("Pictures")),
    ("dashboard.duties", lazy_gettext("Duties")),
    ("dashboard.withdrawals", lazy_gettext("Withdrawals")),
    ("dashboard.subject_requests", lazy_gettext("Requests")),
    ("dashboard.consents", lazy_gettext("Consents")),
    ("dashboard.incidents", lazy_gettext("Incidents")),
    ("dashboard.erasures", lazy_gettext("Erasures")),
    ("dashboard.letters", lazy_gettext("Outgoing post")),
    ("dashboard.documents", lazy_gettext("Documents")),
    ("dashboard.document_changes", lazy_gettext("Changes of documents")),
    ("dashboard.retention", lazy_gettext("Storage")),
    ("dashboard.forms", lazy_gettext("Sites and forms")),
    ("dashboard.recipients", lazy_gettext("Recipients")),
    ("dashboard.registers", lazy_gettext("Registers")),
    ("dashboard.inspections", lazy_gettext("Inspection pack")),
    ("dashboard.work_calendar", lazy_gettext("Calendar")),
    ("dashboard.recalculation", lazy_gettext("Recalculation")),
    ("dashboard.reminders", lazy_gettext("Reminders")),
    ("dashboard.connectors", lazy_gettext("Connected systems")),
    ("dashboard.webhooks", lazy_gettext("Webhooks")),
    ("dashboard.secret_keys", lazy_gettext("Keys")),
    ("dashboard.operator_details", lazy_gettext("Operator")),
    ("dashboard.settings", lazy_gettext("Settings")),
    ("dashboard.staff", lazy_gettext("Staff")),
    ("dashboard.jobs", lazy_gettext("Jobs")),
    ("dashboard.audit", lazy_gettext("Audit log")),
)


@dashboard.app_context_processor
def where() -> dict[str, object]:
    """Give every page who is signed in, the operator it belongs to, and the pages beside it."""
    return {
        "session": g.get("session"),
        "place": g.get("place"),
        "sections": [one for one in SECTIONS if comes_to(one[0])],
        "standing_at": standing_at,
        "comes_to": comes_to,
        "first_page": first_page,
    }


def comes_to(endpoint: str) -> bool:
    """Say whether whoever asks comes to a page of this operator, or may send something there."""
    place: Place | None = g.get("place")
    return place is not None and _is_open(place, endpoint) and is_admitted(place.role, endpoint)


def first_page(place: Place) -> str:
    """Return the address of the first page of an operator that a role comes to."""
    if place.is_closed:
        return url_for(ENDING, slug=place.slug)
    endpoint = next(endpoint for endpoint, _ in SECTIONS if is_admitted(place.role, endpoint))
    return url_for(endpoint, slug=place.slug)


def _is_open(place: Place, endpoint: str) -> bool:
    """Say whether a page is there: of an operator that is being ended, nothing but how far that is."""
    return not place.is_closed or endpoint == ENDING


def standing_at(endpoint: str) -> str | None:
    """Say whether the page shown is a section's own (``page``), or stands below it (``true``)."""
    if request.endpoint == endpoint:
        return "page"
    place: Place | None = g.get("place")
    if place is None or endpoint == SECTIONS[0][0]:
        return None
    return "true" if request.path.startswith(url_for(endpoint, slug=place.slug) + "/") else None


def at_operator(view: View) -> View:
    """Give a page of an operator the place of whoever asks, whom the guard has let in by the table of routes."""

    @wraps(view)
    def placed(slug: str, **values: Any) -> Any:  # noqa: ARG001 - the place says it; Any: as the page has it
        return view(g.place, **values)

    return placed


def here(session: SignedIn) -> Place | None:
    """Return the operator that the address names, if the session has a role there."""
    slug = request.path.removeprefix(HOME).partition("/")[0]
    return next((place for place in session.places if place.slug == slug), None)


def reading(place: Place) -> AbstractContextManager[UnitOfWork]:
    """Begin a unit of work for reads at an operator."""
    return services().read(actor_of(g.session), place.operator_id)


def writing(place: Place) -> AbstractContextManager[UnitOfWork]:
    """Begin a unit of work at an operator; it is committed when the block ends."""
    return services().write(actor_of(g.session), place.operator_id)
