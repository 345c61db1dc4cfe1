"""What can be done with any list: taking it away as a file, saving a view, giving lines to a colleague."""

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import abort, g, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import attempt
from consent_service.dashboard.listing import LISTS, Listing, asked_for, lines_of_file, query_of
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.kernel.uow import UnitOfWork
from consent_service.listings.service import record_export, remove_view, save_view
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.downloads import to_be_saved
from consent_service.pages.form_values import FormValues

MOST_AT_ONCE = 200


@dashboard.post("/<slug>/lists/<name>.csv")
@at_operator
def list_file(place: Place, name: str) -> Response:
    """Give everything that is asked of a list as CSV; that it was taken away is recorded first."""
    listing = _listing(name)
    with writing(place) as uow:
        asked = asked_for(listing, uow)
        record_export(uow, name, dict(parse_qsl(query_of(listing, asked))))
    headers = {"Content-Disposition": to_be_saved(f"{name}-{place.slug}.csv"), "Cache-Control": "no-store"}
    lines = stream_with_context(lines_of_file(listing, place, asked))
    return Response(lines, mimetype="text/csv", headers=headers)


@dashboard.post("/<slug>/lists/<name>/views")
@at_operator
def keep_view(place: Place, name: str) -> Response:
    """Save what is asked of a list under a name of one's own; nobody who is searched for stands in it."""
    session: SignedIn = g.session
    listing, values = _listing(name), FormValues()
    named = values.needed("name", most=60)
    with reading(place) as uow:
        query = query_of(listing, asked_for(listing, uow), with_people=False)

    def do(uow: UnitOfWork) -> None:
        save_view(uow, session.staff_id, name, named, query)

    found = values.wrong or attempt(place, do)
    return _back(place, listing, "name_refused" if found else "view_saved")


@dashboard.post("/<slug>/lists/<name>/views/<uuid:view_id>/remove")
@at_operator
def drop_view(place: Place, name: str, view_id: UUID) -> Response:
    """Remove one of one's own views."""
    session: SignedIn = g.session
    listing = _listing(name)
    found = attempt(place, lambda uow: remove_view(uow, session.staff_id, view_id))
    return _back(place, listing, "" if found else "view_removed")


@dashboard.post("/<slug>/lists/<name>/assign")
@at_operator
def assign_lines(place: Place, name: str) -> Response:
    """Give the ticked lines to a colleague, or take them from everybody."""
    listing = _listing(name)
    assign = listing.assign
    if assign is None:
        abort(404)
    try:
        ids = [UUID(one) for one in request.form.getlist("line")[:MOST_AT_ONCE]]
        to = UUID(request.form["assignee"]) if request.form.get("assignee") else None
    except ValueError:
        abort(400)
    found = attempt(place, lambda uow: assign(uow, ids, to))
    return _back(place, listing, "given" if ids and not found else "not_given")


def _listing(name: str) -> Listing[Any]:  # Any: of whatever lines
    listing = LISTS.get(name)
    if listing is None:
        abort(404)
    return listing


def _back(place: Place, listing: Listing[Any], said: str) -> Response:  # Any: as above
    """Go back to the list as it was asked for, and say there what came of it."""
    with reading(place) as uow:
        query = query_of(listing, asked_for(listing, uow))
    pairs = [one for one in (query, urlencode({"said": said}) if said else "") if one]
    return redirect(url_for(listing.endpoint, slug=place.slug) + "?" + "&".join(pairs))
