"""``open_house()``: an installation with its database, keys and law, before anything is delivered from it."""

from dataclasses import replace

from flask import Flask
from sqlalchemy import inspect

from consent_service.config import Settings
from consent_service.connectors.registry import connector_targets
from consent_service.database import check_pooled, db, init_database, reading, transaction
from consent_service.deadlines.at_hand import LawAtHand
from consent_service.deadlines.rules import check_time_zone
from consent_service.deadlines.service import load_law
from consent_service.erasure.restores import check_not_put_back
from consent_service.kernel.clock import Clock, system_clock
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.uow import UNBOUND, Actor, UnitOfWork
from consent_service.key_keeping import make_provider
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services, attach, services
from consent_service.subjects.key_epochs import check_keys
from consent_service.tracing import start_tracing

CONNECTORS, START_CHECK = Actor("system", "connectors"), Actor("system", "start")


def open_house(settings: Settings, clock: Clock = system_clock, *, keys_may_be_gone: bool = False) -> Flask:
    """Make an app that has the services and no route: all that workers and commands need.

    ``keys_may_be_gone``: for what has to work on a database from before a turn of the keys as well.

    Raises:
        SettingsError: The time-zone data are too old, the calendar overrides or the pooler of the database are wrong,
            or traces are wanted and their libraries missing.
        KeyUnavailableError: The key file is damaged, open to others, or of another database.
    """
    check_time_zone()
    app = Flask("consent_service", static_folder=None)
    init_database(app, settings.database_url, pooled=settings.database_pooled, threads=settings.web_threads)
    if settings.database_pooled:
        check_pooled(app)
    _check_key_file(app, settings)
    key_file = KeyFile(settings.key_file, make_provider(settings, settings.key_provider))
    _check_keys(app, key_file, may_be_gone=keys_may_be_gone)
    law = load_law(settings.calendar_overrides, settings.law_editions)
    house = Services(settings, clock, key_file, LawAtHand(law))
    targets = connector_targets(lambda operator_id: house.write(CONNECTORS, operator_id), house.outbound)
    attach(app, replace(house, targets=targets, spans=start_tracing(app, settings.trace_endpoint)))
    return app


def check_start(app: Flask) -> None:
    """Refuse to serve, or to work, on a database that was put back to an earlier day and is not answered for.

    Raises:
        PutBackError: It was; the detail says what to do.
    """
    with app.app_context():
        if inspect(db.engine).has_table("erasure_orders"):
            house = services()
            with reading() as session:  # the schema may be an earlier one: nothing else is read of it
                uow = UnitOfWork(session, house.clock(), START_CHECK, house.keys, UNBOUND)
                check_not_put_back(uow, house.erasure_log, house.settings.ledger_dir)


def _check_key_file(app: Flask, settings: Settings) -> None:
    """Refuse to make a new key file beside a database whose data were sealed with another."""
    if settings.key_file.exists():
        return
    with app.app_context():
        has_data = inspect(db.engine).has_table("operators") and operator_numbers(db.session(), closed_too=True)
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
