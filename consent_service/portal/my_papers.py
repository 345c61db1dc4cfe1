"""What a person takes along from their own page: receipts as data and as paper, and the course of each request."""

from http import HTTPStatus
from uuid import UUID

import orjson
from flask import redirect
from werkzeug.wrappers import Response

from consent_service.consents.queries import ConsentView, consent_view
from consent_service.kernel.errors import NotFoundError
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.languages import language
from consent_service.portal.blueprint import portal
from consent_service.portal.my_visit import Visit, acting, looking
from consent_service.portal.tracked_request import act_on, course_of, read_act
from consent_service.receipts.issuing import issue, print_receipt
from consent_service.services import services
from consent_service.subject_requests.queries import request_view

_RECEIPT = "/my/<token>/receipts/<uuid:consent_id>"


@portal.get(f"{_RECEIPT}.json")
def my_receipt_json(token: str, consent_id: UUID) -> Response:
    """Hand out the receipt as data, with its signed form."""
    with looking(token) as visit:
        issued = issue(visit.uow, _own(visit, consent_id), services().law.catalogue, services().settings.base_url)
        body = orjson.dumps({**issued.receipt, "jwt": issued.token}, option=orjson.OPT_INDENT_2)
        return to_keep(body, "application/json", f"receipt-{consent_id}.json")


@portal.get(f"{_RECEIPT}.pdf")
def my_receipt_pdf(token: str, consent_id: UUID) -> Response:
    """Hand out the receipt as paper, with its signed form inside."""
    with looking(token) as visit:
        _own(visit, consent_id)
        printed = print_receipt(
            visit.uow, consent_id, services().law.catalogue, services().settings.base_url, language()
        )
        return to_keep(printed, PDF, f"receipt-{consent_id}.pdf")


@portal.get("/my/<token>/requests/<uuid:request_id>")
def my_request(token: str, request_id: UUID) -> Response:
    """Show how far a request of the person is."""
    with looking(token) as visit:
        _check_own(visit, request_id)
        return visit.page("track", back=visit.address("my_page"), **course_of(visit.uow, request_id, by_author=False))


@portal.post("/my/<token>/requests/<uuid:request_id>")
def act_on_my_request(token: str, request_id: UUID) -> Response:
    """Take a message in, or a code."""
    act = read_act()
    with acting(token) as visit:
        _check_own(visit, request_id)
        found = act_on(visit.uow, request_id, act)
        if found:
            facts = course_of(visit.uow, request_id, by_author=False)
            return visit.page(
                "track",
                HTTPStatus.UNPROCESSABLE_ENTITY,
                back=visit.address("my_page"),
                **{**facts, "found": found, "text": act.text},
            )
        return redirect(visit.address("my_request", request_id=request_id), HTTPStatus.SEE_OTHER)


def _own(visit: Visit, consent_id: UUID) -> ConsentView:
    view = consent_view(visit.uow, consent_id)
    if view.subject_id != visit.link.subject_id:
        raise NotFoundError("There is no such consent.")
    return view


def _check_own(visit: Visit, request_id: UUID) -> None:
    if request_view(visit.uow, request_id).subject_id != visit.link.subject_id:
        raise NotFoundError("There is no such request.")
