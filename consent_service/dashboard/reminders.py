"""Reminders of a member of staff: which messages come, and the calendar feed."""

from flask import g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.form_values import FormValues
from consent_service.dashboard.languages import language
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.operators.staff import Place, SignedIn
from consent_service.reminders.feed import feed_of, make_feed, revoke_feed
from consent_service.reminders.service import Wish, wish, wish_of
from consent_service.services import services


@dashboard.get("/<slug>/reminders")
@at_operator
def reminders(place: Place) -> str:
    """Show what comes, and whether there is a feed."""
    return _page(place, None)


@dashboard.post("/<slug>/reminders")
@at_operator
def set_reminders(place: Place) -> Response:
    """Set which messages come, make a new address of the feed, or end it."""
    session: SignedIn = g.session
    act, token = request.form.get("act", ""), None
    with writing(place) as uow:
        if act == "make":
            token = make_feed(uow, session.staff_id, language())
        elif act == "revoke":
            revoke_feed(uow, session.staff_id)
        else:
            values = FormValues()
            wish(uow, session.staff_id, Wish(values.ticked("reminders"), values.ticked("digest")))
    if token is None:
        return redirect(url_for("dashboard.reminders", slug=place.slug))
    answer = make_response(_page(place, f"{services().settings.base_url}/calendar/{token}.ics"))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(place: Place, address: str | None) -> str:
    session: SignedIn = g.session
    with reading(place) as uow:
        wanted, feed = wish_of(uow, session.staff_id), feed_of(uow, session.staff_id)
    return render_template("reminders.html", wanted=wanted, feed=feed, address=address)
