"""``create_app()``: where the parts are put together.  No app is made on import."""

from flask import Flask, Response, request

from consent_service import dashboard
from consent_service.api import problems
from consent_service.api.routes import api
from consent_service.config import MAX_BODY_BYTES, Settings
from consent_service.dashboard.problem_pages import problem_page
from consent_service.database import init_database
from consent_service.deadlines.rules import check_time_zone
from consent_service.deadlines.service import load_law
from consent_service.kernel.clock import Clock, system_clock
from consent_service.kernel.keys import open_key_file
from consent_service.services import Services, attach

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Build the web application; workers and commands use it for its services.

    Raises:
        SettingsError: The time-zone data are too old, or the calendar overrides are wrong.
        KeyUnavailableError: The key file is damaged or open to others.
    """
    check_time_zone()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    init_database(app, settings.database_url)
    attach(
        app,
        Services(
            settings,
            clock,
            open_key_file(settings.key_file),
            load_law(settings.calendar_overrides, settings.law_editions),
        ),
    )
    app.register_blueprint(api)
    dashboard.register(app)
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
