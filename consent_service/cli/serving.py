"""``run``, ``serve`` and ``worker``."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from tempfile import TemporaryDirectory
from types import FrameType

import click
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from consent_service.cli.demo_shop import SHOP_HOST, demo_shop, enter_shop, start_shop
from consent_service.cli.first_run import prepare
from consent_service.cli.lifeline import stop_when_closed
from consent_service.cli.output import fail, progress
from consent_service.config import LARGE_BODIES, ROOT, SHARED_COUNTS, SMALL_BODIES, Settings
from consent_service.jobs.worker import work
from consent_service.kernel import logs
from consent_service.kernel.errors import SettingsError
from consent_service.opening import check_start, open_house
from consent_service.schema import migrate

APPLICATION = "wsgi:application"
READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 10
BACKLOG = 1024
# For each request that the gate lets in: one that works, two that wait, one that sends away.
# Beside them, as they are needed: one for each body that is waited for.
THREADS_FOR_EACH = 4
HEAD_WITHIN_MS = 10_000
MOST_HEAD_BYTES = 64 * 1024


_until_closed = click.option("--until-closed", type=int, hidden=True, help="Stop when this pipe is closed.")


@click.command()
@_until_closed
def serve(until_closed: int | None) -> None:
    """Serve the API and the pages until stopped."""
    stop_when_closed(until_closed)
    settings = _settings()
    _check_port(settings)
    check_start(open_house(settings))
    os.chdir(ROOT)
    with _counting_together(settings):
        _serve(settings)


@contextmanager
def _counting_together(settings: Settings) -> Iterator[None]:
    """Let several web processes put together what they count for ``/metrics``."""
    if settings.web_workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="kelisim-counts-") as folder:
        os.environ[SHARED_COUNTS] = folder
        yield


def _serve(settings: Settings) -> None:
    Granian(
        APPLICATION,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads * THREADS_FOR_EACH + SMALL_BODIES + LARGE_BODIES,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_WITHIN_MS, max_buffer_size=MOST_HEAD_BYTES),
        workers_kill_timeout=STOP_WITHIN_SECONDS,
        log_enabled=False,
        respawn_failed_workers=True,
    ).serve()


@click.command()
@_until_closed
def worker(until_closed: int | None) -> None:
    """Do what is due, until stopped; any number of workers share the work."""
    stop_when_closed(until_closed)
    app = open_house(_settings())
    check_start(app)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    work(app, stop)


@click.command()
def run() -> None:
    """Prepare the database and the operators of the policies folder, then serve web and worker until Ctrl-C."""
    settings = _settings()
    _check_port(settings)
    app = open_house(settings)
    migrate(app)
    check_start(app)
    prepare(app, settings)
    shop_trouble = _cannot_listen(SHOP_HOST, settings.shop_port)
    if shop_trouble:
        progress(f"The demo shop is not served: SHOP_PORT {settings.shop_port} cannot be used ({shop_trouble}).")
    else:
        enter_shop(app, settings)
    command = [sys.executable, "-m", "consent_service"]
    alive, ours = os.pipe()  # closed when we end, however we end: so that nothing outlives us
    # In sessions of their own: Ctrl-C reaches us alone, and we end each with all that it has started.
    children = [
        subprocess.Popen(  # noqa: S603 - our own commands
            [*command, name, "--until-closed", str(alive)], cwd=ROOT, start_new_session=True, pass_fds=[alive]
        )
        for name in ("serve", "worker")
    ]
    stopping = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    shop = None if shop_trouble else start_shop(settings, alive)
    ended = _watch(settings, children, stopping)
    children += [shop] if shop else []
    for child in children:
        child.terminate()
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_WITHIN_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    os.close(ours)
    if ended:
        fail(ended)


def _watch(settings: Settings, children: list[subprocess.Popen[bytes]], stopping: threading.Event) -> str | None:
    """Wait until asked to stop, or until a part has ended by itself; say READY once."""
    is_ready, waited = False, 0.0
    while not stopping.wait(0.1):
        for child, name in zip(children, ("web", "worker"), strict=True):
            if child.poll() is not None:
                return f"The {name} process ended with status {child.returncode}; its log says why."
        if not is_ready and _answers(settings):
            is_ready = True
            print(f"READY {settings.base_url}", flush=True)
        waited += 0.1
        if not is_ready and waited > READY_WITHIN_SECONDS:
            return f"The service was not ready within {READY_WITHIN_SECONDS} seconds."
    return None


def _check_port(settings: Settings) -> None:
    """Refuse a port that somebody listens on: the server would share it, and requests would go to either.

    Raises:
        SettingsError: The port is taken, or the address is not of this machine.
    """
    trouble = _cannot_listen(settings.host, settings.port)
    if trouble:
        raise SettingsError(
            f"PORT {settings.port} on {settings.host} cannot be used ({trouble}): "
            "stop what listens there, or choose another with PORT=."
        )


def _cannot_listen(host: str, port: int) -> str | None:
    """Say why nothing can listen there, None where it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _settings() -> Settings:
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    return settings


COMMANDS = (run, serve, worker, demo_shop)
