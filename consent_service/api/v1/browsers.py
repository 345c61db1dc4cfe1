"""What browsers ask with a site's public key: what to show, and a token for what was ticked.  Nothing is about whom."""

from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request

from consent_service.api.cross_origin import let_read, preflight
from consent_service.api.endpoint import ENDPOINTS, JSON, Endpoint, load, query_values, read_json
from consent_service.api.problems import of_error
from consent_service.api.v1.browsers_schema import IntentIn, IntentOut, ShownFormOut, ShownQuery
from consent_service.forms.changes import known_versions
from consent_service.forms.counts import Numbers
from consent_service.forms.displayed import Displayed
from consent_service.forms.intents import TokenGiven, Visit, check_origin, take_intent
from consent_service.forms.rules import TOKEN_LIFE
from consent_service.forms.showing import Asked, ShownForm, show_form
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import Actor
from consent_service.operators.sites import KnownSite, site_of_key
from consent_service.services import services

bp = Blueprint("browsers", __name__)
BROWSER = Actor("system", "browser")
SHOWN, INTENTS = "/sites/<string:site_key>/forms/<string:form>", "/sites/<string:site_key>/intents"
# A body of plain text needs no question of the browser beforehand, which saves a page a whole round trip.
BODIES = (JSON, "text/plain")
ENDPOINTS["browsers.get_shown"] = Endpoint(
    "GET",
    SHOWN,
    None,
    "Read what a form has to show; 304 while nothing has changed.",
    query=ShownQuery(),
    answer=ShownFormOut(),
    problems=(404, 409),
)
ENDPOINTS["browsers.post_intent"] = Endpoint(
    "POST",
    INTENTS,
    None,
    "Get a token for what was displayed and ticked.",
    HTTPStatus.CREATED,
    bodies={"": IntentIn()},
    answer=IntentOut(),
    problems=(404, 409, 429),
)


@bp.get(SHOWN, provide_automatic_options=False)
def get_shown(site_key: str, form: str) -> Response:
    """Tell what to show, from memory where it was made lately."""
    app = services()
    query = load(ShownQuery(), query_values(ShownQuery()))
    asked = Asked(site_key, form, query["lang"], frozenset(query["since"]))
    shown = app.forms.find(asked, app.clock()) or _make(asked)
    if "Origin" in request.headers:
        try:
            check_origin(shown.site, request.headers["Origin"])
        except ConsentServiceError as error:
            return let_read(of_error(error), shown.site.origins)
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site") == "same-origin":
        _count(shown.site, shown, Numbers(shown=1))
    answer = Response(shown.body, mimetype=JSON)
    answer.set_etag(shown.digest)
    answer.headers["Cache-Control"] = "no-cache"
    answer.make_conditional(request)
    return let_read(answer, shown.site.origins)


@bp.post(INTENTS, provide_automatic_options=False)
def post_intent(site_key: str) -> Response:
    """Sign what was displayed and ticked."""
    app = services()
    with app.read(BROWSER) as uow:
        site = site_of_key(uow.session, site_key)
    try:
        body = load(IntentIn(), read_json(request.get_data(cache=False), BODIES))
        visit = Visit(
            origin=request.headers.get("Origin"),
            address=request.remote_addr,
            nonce=body["nonce"],
            page=body.get("page"),
            script=body.get("script"),
        )
        with app.write(BROWSER, site.operator_id) as uow:
            given = take_intent(uow, site, Displayed.from_data(body), visit, app.settings.base_url)
    except ConsentServiceError as error:
        return let_read(of_error(error), site.origins)
    _count(site, given, Numbers(ticked=int(given.is_first)))
    said = {"token": given.token, "expires_at": given.expires_at, "expires_in": int(TOKEN_LIFE.total_seconds())}
    answer = Response(orjson.dumps(IntentOut().dump(said)), HTTPStatus.CREATED, mimetype=JSON)
    answer.headers["Cache-Control"] = "no-store"
    return let_read(answer, site.origins)


@bp.route(INTENTS, methods=["OPTIONS"], provide_automatic_options=False)
def may_post_intent(site_key: str) -> Response:
    """Answer the question whether a page may post."""
    with services().read(BROWSER) as uow:
        return preflight(site_of_key(uow.session, site_key).origins, "POST")


def _make(asked: Asked) -> ShownForm:
    app = services()
    with app.read(BROWSER) as unbound:
        site = site_of_key(unbound.session, asked.site_key)
        uow, known = unbound.for_operator(site.operator_id), known_versions(sorted(asked.since))
        shown = show_form(uow, site, asked.form, asked.language, app.settings.base_url, known)
        app.forms.keep(shown, asked, uow.now)
        return shown


def _count(site: KnownSite, seen: ShownForm | TokenGiven, numbers: Numbers) -> None:
    app = services()
    app.tally.add(site.operator_id, seen.form_id, app.clock(), numbers)
    app.write_counts()
