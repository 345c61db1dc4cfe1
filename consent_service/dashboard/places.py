"""A page of one operator: who may see it, who may act on it, and how its units of work begin."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import LazyString, lazy_gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.session import actor_of, signed_in
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.staff import Place, SignedIn
from consent_service.pages.addresses import HOME
from consent_service.services import services

View = Callable[..., Any]  # Any: each page has its own arguments
# The pages of one operator as the navigation names them, in its order.
SECTIONS: tuple[tuple[str, LazyString], ...] = (
    ("dashboard.today", lazy_gettext("Today")),
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
    ("dashboard.recalculation", lazy_gettext("Recalculation")),
    ("dashboard.reminders", lazy_gettext("Reminders")),
    ("dashboard.connectors", lazy_gettext("Connected systems")),
    ("dashboard.webhooks", lazy_gettext("Webhooks")),
    ("dashboard.jobs", lazy_gettext("Jobs")),
)


@dashboard.app_context_processor
def where() -> dict[str, object]:
    """Give every page who is signed in, the operator it belongs to, and the pages beside it."""
    return {"session": g.get("session"), "place": g.get("place"), "sections": SECTIONS, "standing_at": standing_at}


def standing_at(endpoint: str) -> str | None:
    """Say whether the page shown is a section's own (``page``), or stands below it (``true``)."""
    if request.endpoint == endpoint:
        return "page"
    place: Place | None = g.get("place")
    if place is None or endpoint == SECTIONS[0][0]:
        return None
    return "true" if request.path.startswith(url_for(endpoint, slug=place.slug) + "/") else None


def at_operator(view: View) -> View:
    """Let those see a page of an operator who have a role there; an auditor reads and never acts."""
    return _guarded(view, auditor_may_send=False)


def searching_at_operator(view: View) -> View:
    """Do the same for a search, which is sent as a form to keep what is searched for out of addresses and logs."""
    return _guarded(view, auditor_may_send=True)


def here(session: SignedIn) -> Place | None:
    """Return the operator that the address names, if the session has a role there."""
    slug = request.path.removeprefix(HOME).partition("/")[0]
    return next((place for place in session.places if place.slug == slug), None)


def _guarded(view: View, *, auditor_may_send: bool) -> View:
    @signed_in
    @wraps(view)
    def guarded(slug: str, **values: Any) -> Any:  # Any: as the page has it
        session: SignedIn = g.session
        place = next((place for place in session.places if place.slug == slug), None)
        if place is None:
            abort(404)
        if request.method == "POST" and place.role is Role.AUDITOR and not auditor_may_send:
            abort(403)
        g.place = place
        return view(place, **values)

    return guarded


def reading(place: Place) -> AbstractContextManager[UnitOfWork]:
    """Begin a unit of work for reads at an operator."""
    return services().read(actor_of(g.session), place.operator_id)


def writing(place: Place) -> AbstractContextManager[UnitOfWork]:
    """Begin a unit of work at an operator; it is committed when the block ends."""
    return services().write(actor_of(g.session), place.operator_id)
