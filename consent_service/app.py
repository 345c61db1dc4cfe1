"""``create_app()``: where the parts are put together.  No app is made on import."""

from dataclasses import replace

from flask import Flask, Response, abort, request
from sqlalchemy import inspect
from werkzeug.middleware.proxy_fix import ProxyFix

from consent_service import dashboard, pages, portal, widget
from consent_service.admission.table import admission_to
from consent_service.api import problems
from consent_service.api.routes import api
from consent_service.config import MAX_BODY_BYTES, Settings
from consent_service.connectors.registry import connector_targets
from consent_service.dashboard.problem_pages import problem_page
from consent_service.database import db, init_database, transaction
from consent_service.deadlines.rules import check_time_zone
from consent_service.deadlines.service import load_law
from consent_service.erasure.restores import check_not_put_back
from consent_service.kernel.clock import Clock, system_clock
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.uow import Actor
from consent_service.key_keeping import make_provider
from consent_service.operators.queries import operator_numbers
from consent_service.pages.unspooled import UnspooledRequest
from consent_service.services import Services, attach, services
from consent_service.subjects.key_epochs import check_keys

CONNECTORS, START_CHECK = Actor("system", "connectors"), Actor("system", "start")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, clock: Clock = system_clock, *, keys_may_be_gone: bool = False) -> Flask:
    """Build the web application; workers and commands use it for its services.

    ``keys_may_be_gone``: for what has to work on a database from before a turn of the keys as well.

    Raises:
        SettingsError: The time-zone data are too old, or the calendar overrides are wrong.
        KeyUnavailableError: The key file is damaged, open to others, or of another database.
    """
    check_time_zone()
    app = Flask(__name__, static_folder=None)
    app.request_class = UnspooledRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]  # as Flask says
    init_database(app, settings.database_url)
    _check_key_file(app, settings)
    key_file = KeyFile(settings.key_file, make_provider(settings, settings.key_provider))
    _check_keys(app, key_file, may_be_gone=keys_may_be_gone)
    law = load_law(settings.calendar_overrides, settings.law_editions)
    house = Services(settings, clock, key_file, law)
    targets = connector_targets(lambda operator_id: house.write(CONNECTORS, operator_id), house.outbound)
    attach(app, replace(house, targets=targets))
    app.register_blueprint(api)
    pages.register(app)
    widget.register(app)
    dashboard.register(app)
    portal.register(app)
    problems.register(app, problem_page)
    app.before_request(_refuse_what_is_not_listed)
    app.after_request(_secure)
    return app


def check_start(app: Flask) -> None:
    """Refuse to serve, or to work, on a database that was put back to an earlier day and is not answered for.

    Raises:
        PutBackError: It was; the detail says what to do.
    """
    with app.app_context():
        if inspect(db.engine).has_table("erasure_orders"):
            house = services()
            with house.read(START_CHECK) as uow:
                check_not_put_back(uow, house.erasure_log, house.settings.ledger_dir)


def _check_key_file(app: Flask, settings: Settings) -> None:
    """Refuse to make a new key file beside a database whose data were sealed with another."""
    if settings.key_file.exists():
        return
    with app.app_context():
        has_data = inspect(db.engine).has_table("operators") and operator_numbers(db.session())
    if has_data:
        raise KeyUnavailableError(
            f"The key file {settings.key_file.name} is missing, and the database was sealed with it: "
            "restore it from its backup. Without it nothing sealed can be read."
        )


def _check_keys(app: Flask, key_file: KeyFile, *, may_be_gone: bool) -> None:
    """Refuse a key file that is not the one with which the database was sealed."""
    with app.app_context():
        if inspect(db.engine).has_table("key_checks"):
            with transaction() as session:
                check_keys(session, key_file.ring(), may_be_gone=may_be_gone)


def _refuse_what_is_not_listed() -> None:
    if request.endpoint is not None and admission_to(request.endpoint) is None:
        abort(403)


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
