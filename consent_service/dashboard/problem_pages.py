"""Errors as pages, for those who came with a browser."""

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext

from consent_service.dashboard.places import here
from consent_service.dashboard.session import session_at_hand
from consent_service.pages.addresses import HOME

GONE = 410
NOT_FOUND, FORBIDDEN, CONFLICT, TOO_LARGE, WRONG, AWAY = 404, 403, 409, 413, 422, 503


def problem_page(status: int) -> Response:
    """Say what went wrong and where to go on; whoever is signed in keeps the navigation."""
    if status == NOT_FOUND:
        _find_place()
        heading, advice = gettext("There is nothing here"), gettext("Check the address, or go on from the first page.")
    elif status == FORBIDDEN:
        heading = gettext("This was not allowed")
        advice = gettext(
            "Nothing was changed. The form was too old, or your role may only read. Open the page again and repeat it."
        )
    elif status == GONE:
        heading = gettext("This operator is not served here any more")
        advice = gettext("It is being ended, and what was kept of it is destroyed. Its owner can see how far that is.")
    elif status == CONFLICT:
        heading = gettext("This can no longer be done")
        advice = gettext("Somebody was faster, or the case has moved on. Nothing was changed. Open the page again.")
    elif status == TOO_LARGE:
        heading = gettext("This is too large")
        advice = gettext("Nothing was taken. Go back and send less at once.")
    elif status == WRONG:
        heading = gettext("This could not be taken. Nothing was changed.")
        advice = gettext("Something in the form or the address is wrong. Go back and correct it.")
    elif status == AWAY:
        heading, advice = gettext("The service cannot answer right now"), _how_to_come_again()
    else:
        heading = gettext("Something went wrong")
        advice = gettext("Nothing was changed. Try again in a little while; it has been logged.")
    return make_response(render_template("problem.html", heading=heading, advice=advice), status)


def _how_to_come_again() -> str:
    """Advise without the database; whether something that was sent is stored, nobody knows."""
    if request.method in {"GET", "HEAD"}:
        return str(gettext("Please open this page again in a few minutes."))
    return str(
        gettext(
            "What you have just sent may not have been kept. "
            "Open the page again in a few minutes, look whether it is there, and send it again if it is not."
        )
    )


def _find_place() -> None:
    """Find out who asked for an address that no page has, and at which operator."""
    if "session" not in g and request.path.startswith(HOME):
        g.session = session_at_hand()
    if g.get("session") is not None and "place" not in g:
        g.place = here(g.session)
