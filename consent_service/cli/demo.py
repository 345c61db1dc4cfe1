"""``demo``: the life of one consent at each operator, on a moved clock, through the real HTTP API."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from consent_service.app import create_app
from consent_service.cli.app import ACTOR
from consent_service.cli.demo_story import MovedClock, Story
from consent_service.cli.demo_words import WORDS, Line
from consent_service.cli.output import as_json, show
from consent_service.config import Settings
from consent_service.jobs.runner import run_now
from consent_service.jobs.schedule import JOBS
from consent_service.kernel.errors import ConflictError
from consent_service.operators.service import create_credential
from consent_service.policies.documents import OperatorFolder, read_tree
from consent_service.schema import migrate
from consent_service.seeding import add_operator
from consent_service.services import services

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # a Monday, 10:00 in Almaty


@click.command()
@click.option("--lang", type=click.Choice(["kk", "ru", "en"]), default="en", show_default=True)
@as_json
def demo(lang: str, json_: bool) -> None:
    """Show the life of one consent at each operator: given, asked for, withdrawn, erased, proved."""
    told: list[str] = []
    steps = operators = 0
    with tempfile.TemporaryDirectory(prefix="kelisim-demo-") as place:
        environ = {"DATA_DIR": place} | {k: v for k, v in os.environ.items() if k == "POLICIES_DIR"}
        settings = Settings.from_env(environ)
        for folder in read_tree(settings.policies_dir):
            document = _document(folder)
            if document is None:
                continue
            data_dir = Path(place) / folder.slug
            clock = MovedClock(START)
            app = create_app(Settings.from_env({**environ, "DATA_DIR": str(data_dir)}), clock)
            migrate(app)
            with app.app_context(), services().write(ACTOR) as unbound:
                uow = unbound.for_operator(add_operator(unbound, folder))
                _, secret = create_credential(uow, "demo")
            with _served(app) as address:
                story = Story(f"{address}/api/v1", secret, clock, _worker(app), told.append if json_ else print, lang)
                story.run(folder.slug, folder.data["name"][lang], document)
            steps, operators = steps + story.steps, operators + 1
    result = {"operators": operators, "answers": steps, "story": told}
    show(json_, result, WORDS[lang][Line.RESULT].format(operators=operators, steps=steps))


def _document(folder: OperatorFolder) -> str | None:
    """Choose the document whose purposes need consent."""
    for version in folder.versions:
        if any(purpose["needs_consent"] for purpose in version.terms_data["purposes"]):
            return version.document
    return None


def _worker(app: Flask) -> Callable[[], None]:
    def work() -> None:
        with app.app_context():
            failed = sum(run_now(services(), job).failed for job in JOBS)
        if failed:
            raise ConflictError(f"{failed} items failed; the log says which.")

    return work


class _Quiet(WSGIRequestHandler):
    """A handler that writes no access log into the story."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's own name
        """Say nothing."""


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    """Serve an app on a free port of loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


COMMANDS = (demo,)
