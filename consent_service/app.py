"""``create_app()``: where the parts are put together.  No app is made on import."""

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from consent_service import dashboard, pages, portal, widget
from consent_service.api import metrics, problems
from consent_service.api.routes import api
from consent_service.config import MAX_BODY_BYTES, Settings
from consent_service.dashboard.problem_pages import problem_page
from consent_service.jobs.schedule import JOBS
from consent_service.kernel.clock import Clock, system_clock
from consent_service.opening import open_house
from consent_service.pages.unspooled import UnspooledRequest

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Build the web application: an installation, and all that is delivered from it.

    Raises:
        SettingsError: The time-zone data are too old, or the calendar overrides are wrong.
        KeyUnavailableError: The key file is damaged, open to others, or of another database.
    """
    app = open_house(settings, clock)
    app.request_class = UnspooledRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]  # as Flask says
    app.register_blueprint(api)
    metrics.register(app, {job.name: job.every for job in JOBS})
    pages.register(app)
    widget.register(app)
    dashboard.register(app)
    portal.register(app)
    problems.register(app, problem_page)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
