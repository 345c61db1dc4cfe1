"""``/healthz`` and ``/readyz``: whether the process runs, and whether requests can be served, in words.

The words are written here: nothing of settings, paths or a driver's message is among them.
"""

import os
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path

import orjson
from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from consent_service import schema
from consent_service.database import db, reading
from consent_service.erasure.log import ErasureLogError
from consent_service.erasure.restored import restore_of
from consent_service.kernel.errors import ClockError, KeyUnavailableError
from consent_service.services import services

bp = Blueprint("readiness", __name__)
RESTORED = "a backup was restored: run erasure replay, then start again"


@bp.get("/healthz")
def healthz() -> Response:
    """Say that the process runs."""
    return _answer({"status": "ok"})


@bp.get("/readyz")
def readyz() -> Response:
    """Say whether requests can be served, and what is wrong where they cannot."""
    wrong = dict(_wrong())
    if wrong:
        return _answer({"status": "unready", "wrong": wrong}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer({"status": "ready"})


def _wrong() -> Iterator[tuple[str, str]]:
    """Yield what is wrong: with what, and in words."""
    try:
        services().key_file.ring()
    except (KeyUnavailableError, OSError):
        yield "keys", "the key file is gone, damaged or open to others, or its provider does not answer; see the log"
    database = _wrong_with_database()
    if database:
        yield "database", database
    elif _is_clock_wrong():
        yield "clock", "differs from that of the database by more than a minute: set both by NTP"
    folder = services().settings.ledger_dir
    if not _can_write(folder):
        yield "ledger", "LEDGER_DIR cannot be written: nothing is erased and no head is told"
    try:
        restored = restore_of(folder) is not None
    except ErasureLogError:
        restored = True
    if restored:
        yield "restore", RESTORED


def _wrong_with_database() -> str | None:
    try:
        with db.engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return "cannot be reached, or has no schema"
    # One of a newer release is served: that is how several nodes are brought to it one after another.
    if not found or found < _needed():
        return "has the schema of an older release: run migrate"
    return None


def _is_clock_wrong() -> bool:
    house = services()
    if house.agreed is None:
        return False
    try:
        with reading() as session:
            house.agreed.check(session, house.clock())
    except ClockError:
        return True
    except SQLAlchemyError:  # it went away just now; the next look says so
        return False
    return False


@cache
def _needed() -> str:
    return schema.head() or ""


def _can_write(folder: Path) -> bool:
    """Say whether files can be made in a folder, or the folder itself, which is made when it is needed."""
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def _answer(body: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(orjson.dumps(body), status=status.value, mimetype="application/json")
