"""``create_app()``: where the parts are put together.  No app is made on import."""

from flask import Flask, Response, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from consent_service import dashboard, pages, portal, widget
from consent_service.admission.table import admission_to
from consent_service.api import metrics, problems, short_way
from consent_service.api.bodies import BodyFirst
from consent_service.api.gate import Gate
from consent_service.api.routes import api
from consent_service.config import MAX_BODY_BYTES, Settings
from consent_service.dashboard.problem_pages import problem_page
from consent_service.jobs.schedule import JOBS
from consent_service.kernel.clock import Clock, system_clock
from consent_service.opening import open_house
from consent_service.pages.busy import BusyPages
from consent_service.pages.unspooled import UnspooledRequest
from consent_service.tracing import trace_requests

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_SECURE = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SECURE_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Build the web application: an installation, and all that is delivered from it.

    Raises:
        SettingsError: The time-zone data are too old, or the calendar overrides are wrong.
        KeyUnavailableError: The key file is damaged, open to others, or of another database.
    """
    app = open_house(settings, clock)
    app.request_class = UnspooledRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_blueprint(api)
    metrics.register(app, {job.name: job.every for job in JOBS})
    pages.register(app)
    widget.register(app)
    dashboard.register(app)
    portal.register(app)
    problems.register(app, problem_page)
    app.before_request(_refuse_what_is_not_listed)
    app.after_request(_secure)
    short_way.put_before(app, secure_headers)
    busy = BusyPages(app)
    app.wsgi_app = Gate(app.wsgi_app, settings.web_threads, secure_headers, busy.answer)  # type: ignore[method-assign]  # as Flask says
    app.wsgi_app = BodyFirst(app.wsgi_app, secure_headers)  # type: ignore[method-assign]  # as Flask says
    trace_requests(app, {short_way.PERMISSIONS, short_way.CONSENTS})
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]  # as Flask says
    return app


def secure_headers(is_https: bool) -> dict[str, str]:
    """Return what every answer carries, unless it says something else of the same."""
    return _SECURE | _SECURE_HTTPS if is_https else _SECURE


def _refuse_what_is_not_listed() -> None:
    """Refuse a route that stands in no table of admission, whoever asks."""
    if request.endpoint is not None and admission_to(request.endpoint) is None:
        abort(403)


def _secure(response: Response) -> Response:
    for name, value in secure_headers(request.is_secure).items():
        response.headers.setdefault(name, value)
    return response
