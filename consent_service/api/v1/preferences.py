"""Links to people's own pages, for the sites that they are signed in to."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.preferences_schema import PreferenceLinkIn, PreferenceLinkOut
from consent_service.kernel.uow import UnitOfWork
from consent_service.preferences.links import make_link
from consent_service.preferences.states import OpenedBy
from consent_service.services import services
from consent_service.subjects.service import lock_by_ref

bp = Blueprint("preferences", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "POST",
    "/preference-links",
    summary="Get the short-lived address of a person's own page, to send them to it from their account.",
    status=HTTPStatus.CREATED,
    body=PreferenceLinkIn(),
    answer=PreferenceLinkOut(),
    problems=(404,),
)
def create_link(uow: UnitOfWork, body: Fields) -> Fields:
    """Make a link: whoever sends a reference vouches for the person by the operator's own sign-in."""
    link = make_link(uow, lock_by_ref(uow, body["subject"]), OpenedBy.SITE)
    return {"url": f"{services().settings.base_url}/my/{link.token}", "expires_at": link.expires_at}
