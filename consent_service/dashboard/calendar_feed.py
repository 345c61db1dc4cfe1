"""The calendar feed: what is due, for a calendar program that knows a secret address and has no session.

The address is the key, so it is written into no log: those of the service name routes, never paths.
"""

import hashlib
from http import HTTPStatus

from flask import Blueprint, Response, request

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import Actor
from consent_service.reminders.feed import USED_EVERY, find_feed, note_use, write_feed
from consent_service.services import services

feeds = Blueprint("feeds", __name__, url_prefix="/calendar")
READER = Actor("system", "calendar")


@feeds.get("/<token>.ics")
def feed(token: str) -> Response:
    """Give the feed to whoever has its address; a revoked address and one that never was look alike."""
    app = services()
    with app.read(READER) as unbound:
        known, now = find_feed(unbound, token), unbound.now
        uow = unbound.for_operator(known.operator_id)
        body = write_feed(uow, known.language, app.law.catalogue, app.settings.base_url)
    if known.used_at is None or now - known.used_at >= USED_EVERY:
        with app.write(READER, known.operator_id) as uow:
            note_use(uow, known.staff_id)
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(body).hexdigest())
    answer.make_conditional(request)
    return answer


@feeds.errorhandler(NotFoundError)
def not_found(_error: NotFoundError) -> Response:
    """Answer in plain words: a page would repeat the address in its links."""
    return Response("There is no such calendar.\n", HTTPStatus.NOT_FOUND, content_type="text/plain; charset=utf-8")


@feeds.after_request
def keep_private(answer: Response) -> Response:
    """Let nothing on the way keep a copy; a calendar program compares by the tag alone."""
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
