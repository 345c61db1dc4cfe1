"""Sites and forms, entered and read by an operator's own systems."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.documents_schema import SiteOut
from consent_service.api.v1.forms_schema import CountsOut, CountsQuery, FormIn, FormOut, FormsOut, SiteIn, SitesOut
from consent_service.deadlines.rules import almaty_day
from consent_service.forms.counts import USUAL_SPAN, count_forms
from consent_service.forms.queries import FormView, list_forms, sites_with_forms
from consent_service.forms.rules import Box
from consent_service.forms.service import enter_form
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sites import add_site, find_site
from consent_service.services import services

bp = Blueprint("forms", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(bp, "GET", "/sites", summary="List the operator's sites.", answer=SitesOut())
def get_sites(uow: UnitOfWork) -> Fields:
    """List sites."""
    return {"items": sites_with_forms(uow)}


@endpoint(
    bp,
    "POST",
    "/sites",
    summary="Enter a site by its main origin, or change its further origins.",
    status=HTTPStatus.CREATED,
    body=SiteIn(),
    answer=SiteOut(),
)
def enter_site(uow: UnitOfWork, body: Fields) -> Fields:
    """Enter a site."""
    site = add_site(uow, body["origin"], body["further_origins"])
    services().forms.forget()
    return next(one for one in sites_with_forms(uow) if one["site_key"] == site.site_key)


@endpoint(bp, "GET", "/forms", summary="List forms as they are now.", answer=FormsOut())
def get_forms(uow: UnitOfWork) -> Fields:
    """List forms."""
    return {"items": list_forms(uow)}


@endpoint(
    bp,
    "POST",
    "/forms",
    summary="Enter a form of a site; other boxes than before make a new edition.",
    status=HTTPStatus.CREATED,
    body=FormIn(),
    answer=FormOut(),
    problems=(404, 409),
)
def post_form(uow: UnitOfWork, body: Fields) -> FormView:
    """Enter a form."""
    boxes = [Box(**box) for box in body["boxes"]]
    services().forms.forget()
    return enter_form(uow, find_site(uow, body["site_key"]), body["form"], boxes)


@endpoint(
    bp,
    "GET",
    "/forms/counts",
    summary="Count how many saw, ticked and sent each form, from an Almaty day on.",
    query=CountsQuery(),
    answer=CountsOut(),
)
def get_counts(uow: UnitOfWork, query: Fields) -> Fields:
    """Count."""
    since = query.get("from_") or almaty_day(uow.now) - USUAL_SPAN
    return {"from": since, "items": count_forms(uow, since)}
