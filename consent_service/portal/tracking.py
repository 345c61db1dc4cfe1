"""The secret address under which whoever asked follows a request."""

from http import HTTPStatus
from uuid import UUID

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from consent_service.kernel.bound_tokens import operator_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.closing import check_served
from consent_service.operators.queries import operator_view
from consent_service.portal.blueprint import portal
from consent_service.portal.form_pages import Problems, shown
from consent_service.portal.tracked_request import act_on, course_of, read_act
from consent_service.portal.visitors import VISITOR
from consent_service.services import services
from consent_service.subject_requests.tracking import find_tracked


@portal.get("/r/track/<token>")
def track(token: str) -> Response:
    """Show a request to whoever has its address."""
    with services().read(VISITOR) as unbound:
        uow, request_id = _find(unbound, token)
        return _page(uow, request_id, {}, "")


@portal.post("/r/track/<token>")
def act_on_tracked(token: str) -> Response:
    """Take a message in, or make sure who asks by a code to the address that was given."""
    act = read_act()
    with services().write(VISITOR) as unbound:
        uow, request_id = _find(unbound, token)
        found = act_on(uow, request_id, act)
        if found:
            return _page(uow, request_id, found, act.text)
    return redirect(url_for("portal.track", token=token), HTTPStatus.SEE_OTHER)


def _find(unbound: UnitOfWork, token: str) -> tuple[UnitOfWork, UUID]:
    uow = unbound.for_operator(operator_of(token))
    check_served(uow.session, uow.operator_id)
    return uow, find_tracked(uow, token)


def _page(uow: UnitOfWork, request_id: UUID, found: Problems, text: str) -> Response:
    facts = {**course_of(uow, request_id, by_author=True), "found": found, "text": text}
    page = render_template("portal/track.html", operator=operator_view(uow), **facts)
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)
