"""Whoever comes to their own page: the link in the address says whose it is; nothing may keep the page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.kernel.bound_tokens import operator_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.closing import check_served
from consent_service.operators.queries import OperatorView, operator_view
from consent_service.portal.blueprint import portal
from consent_service.portal.form_pages import shown
from consent_service.preferences.links import LinkOverError, OpenLink, find_link
from consent_service.services import services
from consent_service.subjects.service import lock_by_id

PERSON = Actor("system", "preferences")


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at, or one act on, a person's own page."""

    uow: UnitOfWork
    token: str
    link: OpenLink
    operator: OperatorView

    def address(self, endpoint: str, **path: Any) -> str:  # Any: what addresses are made of
        """Return the address of one of the person's pages."""
        return url_for(f"portal.{endpoint}", token=self.token, **path)

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **facts: Any) -> Response:  # Any: for templates
        """Answer with a page that nothing may keep."""
        made = render_template(
            f"portal/{template}.html",
            visit=self,
            operator=self.operator,
            **{"found": {}, "home": self.address("my_page"), **facts},
        )
        return shown(made, status)


@contextmanager
def looking(token: str) -> Iterator[Visit]:
    """Yield a visit that only reads.

    Raises:
        LinkOverError: The token opens nothing.
    """
    with services().read(PERSON) as unbound:
        yield _visit(unbound, token)


@contextmanager
def acting(token: str) -> Iterator[Visit]:
    """Yield a visit whose changes are kept when the block ends; the person is locked, so that two windows take turns.

    Raises:
        LinkOverError: The token opens nothing.
    """
    with services().write(PERSON) as unbound:
        visit = _visit(unbound, token)
        if lock_by_id(visit.uow, visit.link.subject_id) is None:
            raise LinkOverError
        yield visit


@portal.errorhandler(LinkOverError)
def link_is_over(_: LinkOverError) -> Response:
    """Say that an address opens nothing, and where to ask for another; it is the same whatever the reason."""
    operator = None
    token: str = (request.view_args or {}).get("token", "")
    with services().read(PERSON) as unbound:
        try:
            operator = operator_view(unbound.for_operator(operator_of(token)))
        except NotFoundError:
            operator = None
    return shown(render_template("portal/my_over.html", operator=operator), HTTPStatus.NOT_FOUND)


def chosen(names: Mapping[str, object]) -> list[str] | None:
    """Return the purposes that an address names, those that there are; None where it names none: all."""
    wanted = request.args.getlist("purpose")
    return [code for code in names if code in wanted] if wanted else None


def _visit(unbound: UnitOfWork, token: str) -> Visit:
    try:
        uow = unbound.for_operator(operator_of(token))
        check_served(uow.session, uow.operator_id)
    except NotFoundError as error:
        raise LinkOverError from error
    link = find_link(uow, token)
    return Visit(uow, token, link, operator_view(uow))
