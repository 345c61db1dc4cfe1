"""Before every page: who asks, at which operator, and whether the table of routes admits them.

What does not stand in the table is refused.  A page itself never asks who may see it.
"""

from flask import abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from consent_service.admission.kinds import Open, Staff
from consent_service.admission.table import admission_to
from consent_service.dashboard.blueprint import account, dashboard
from consent_service.dashboard.confirming import ask_who, is_proven
from consent_service.dashboard.own_cases import works_on
from consent_service.dashboard.places import ENDING
from consent_service.dashboard.session import actor_of, is_same, session_at_hand
from consent_service.operators.access import Role
from consent_service.operators.sessions import SEEN_EVERY, Place, SignedIn, touch_session
from consent_service.services import services

_NO_SESSION = (Open.EVERYBODY, Open.LINK)


@dashboard.before_request
@account.before_request
def admit() -> Response | None:
    """Let somebody in, send them to sign in, or refuse; None where the page may be shown."""
    row = admission_to(request.endpoint)
    if row in _NO_SESSION:
        return None
    session = session_at_hand()
    if session is None:
        return redirect(url_for("dashboard.sign_in", next=request.full_path.rstrip("?")))
    g.session = session
    if request.method == "POST" and not is_same(session.csrf_token, request.form.get("csrf_token")):
        abort(403)
    _touch(session)
    if isinstance(row, Staff):
        g.place = _place(session)
        if g.place.is_closed and request.endpoint != ENDING:
            abort(410)
        if not row.admits(g.place.role):
            abort(403)
        if g.place.role is Role.ASSIGNEE and Role.ASSIGNEE not in row.roles:
            _only_own_case(session, g.place)
    elif row not in {Open.ACCOUNT, Open.ACCOUNT_ANEW}:
        abort(403)
    anew = row.anew if isinstance(row, Staff) else row is Open.ACCOUNT_ANEW
    return None if not anew or is_proven(session) else ask_who(session)


def _touch(session: SignedIn) -> None:
    if services().clock() - session.seen_at >= SEEN_EVERY:
        with services().write(actor_of(session)) as uow:
            touch_session(uow, session.id)


def _place(session: SignedIn) -> Place:
    """Return what somebody is at the operator that the address names; another's looks like one that is missing."""
    slug = (request.view_args or {}).get("slug")
    found = next((place for place in session.places if place.slug == slug), None)
    if found is None:
        abort(404)
    return found


def _only_own_case(session: SignedIn, place: Place) -> None:
    """Let an assignee to a case of theirs alone; another's looks like one that is missing."""
    case_id = (request.view_args or {}).get("case_id")
    with services().read(actor_of(session), place.operator_id) as uow:
        if case_id is None or not works_on(uow, case_id, session.staff_id):
            abort(404)
