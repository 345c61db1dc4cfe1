"""Browsers of three engines behind one small face: open, run, press, click, go back.

Chromium by Playwright, Firefox by WebDriver BiDi, WebKitGTK by WebDriver: each as Debian has it, no driver besides.
"""

import contextlib
import glob
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser
from websockets.sync.client import ClientConnection, connect

START_WITHIN_SECONDS = 60
SETTLE_WITHIN_SECONDS = 20
FIREFOX_PREFERENCES = (
    '"focusmanager.testmode", true',  # a window that nobody sees has the focus all the same
    '"browser.shell.checkDefaultBrowser", false',
    '"datareporting.policy.dataSubmissionEnabled", false',
    '"app.update.enabled", false',
)
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " "}


class Engine(Protocol):
    """What the test of the form needs of a browser."""

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""

    def run(self, script: str) -> Any:  # Any: JSON
        """Run the body of a function in the page; a promise is awaited."""

    def press(self, key: str) -> None:
        """Press one key."""

    def click(self, x: float, y: float) -> None:
        """Click at a place of the view."""

    def back(self) -> None:
        """Go back."""


class Missing(Exception):  # noqa: N818 - not a fault: the engine is not on this machine
    """The engine is not here; the text says how to get it."""


def settle(engine: Engine, script: str) -> Any:  # Any: JSON
    """Run a script again and again until it gives something true."""
    for _ in range(SETTLE_WITHIN_SECONDS * 20):
        found = None
        with contextlib.suppress(Exception):  # a page that is being left answers with an error
            found = engine.run(script)
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(script)


def click_on(engine: Engine, element: str) -> None:
    """Click on an element, given by an expression."""
    place = f"const r = ({element}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2];"
    engine.click(*engine.run(f"({element}).scrollIntoView({{block: 'center'}}); {place}"))


class Chromium:
    """Playwright's page."""

    def __init__(self, browser: Browser) -> None:
        self.page = browser.new_context().new_page()

    def open(self, url: str) -> None:
        self.page.goto(url)

    def run(self, script: str) -> Any:  # Any: JSON
        return self.page.evaluate(f"async () => {{ {script} }}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)

    def back(self) -> None:
        self.page.go_back()


class _Driven:
    """What both protocols of WebDriver share: the actions."""

    def perform(self, actions: list[dict[str, Any]]) -> None:  # Any: JSON
        raise NotImplementedError

    def press(self, key: str) -> None:
        value = KEYS[key]
        pressed = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.perform([{"type": "key", "id": "keys", "actions": pressed}])

    def click(self, x: float, y: float) -> None:
        moved = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        clicked = [moved, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.perform([{"type": "pointer", "id": "mouse", "actions": clicked}])


class Firefox(_Driven):
    """Firefox over WebDriver BiDi."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.numbers = itertools.count(1)
        self.ask("session.new", {"capabilities": {}})
        self.context = self.ask("browsingContext.create", {"type": "tab"})["context"]
        self.ask("browsingContext.activate", {"context": self.context})  # else keys reach it and do nothing

    def ask(self, method: str, params: dict[str, Any]) -> Any:  # Any: JSON
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv(timeout=START_WITHIN_SECONDS))
            if said.get("id") == number:
                if said["type"] == "error":
                    raise RuntimeError(f"{method}: {said['message']}")
                return said["result"]

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", {"context": self.context, "url": url, "wait": "complete"})

    def run(self, script: str) -> Any:  # Any: JSON
        function = f"async () => JSON.stringify(await (async () => {{ {script} }})())"
        asked = {"functionDeclaration": function, "target": {"context": self.context}, "awaitPromise": True}
        said = self.ask("script.callFunction", asked)
        if said["type"] != "success":
            raise RuntimeError(said["exceptionDetails"]["text"])
        return json.loads(said["result"]["value"]) if said["result"]["type"] == "string" else None

    def perform(self, actions: list[dict[str, Any]]) -> None:  # Any: JSON
        self.ask("input.performActions", {"context": self.context, "actions": actions})

    def back(self) -> None:
        self.ask("browsingContext.traverseHistory", {"context": self.context, "delta": -1})


class WebKit(_Driven):
    """WebKitGTK over WebDriver."""

    def __init__(self, driver: str, binary: str) -> None:
        self.base = driver
        wanted = {"webkitgtk:browserOptions": {"binary": binary, "args": ["--automation"]}}
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base = f"{driver}/session/{made['sessionId']}"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # Any: JSON
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=START_WITHIN_SECONDS) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:  # Any: JSON
        return self.ask("POST", "/execute/sync", {"script": f"return (async () => {{ {script} }})()", "args": []})

    def perform(self, actions: list[dict[str, Any]]) -> None:  # Any: JSON
        self.ask("POST", "/actions", {"actions": actions})

    def back(self) -> None:
        self.ask("POST", "/back", {})


@contextmanager
def firefox() -> Iterator[Engine]:
    """Start Firefox with a profile of its own."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        raise Missing("no Firefox was found on PATH (Debian: apt-get install firefox-esr)")
    with tempfile.TemporaryDirectory() as profile:
        (Path(profile) / "user.js").write_text("".join(f"user_pref({one});\n" for one in FIREFOX_PREFERENCES))
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with _started(command, HOME=profile) as process:
            found = _said_by(process, re.compile(r"WebDriver BiDi listening on (ws://\S+)"))
            with connect(f"{found}/session", max_size=None) as socket:
                yield Firefox(socket)


@contextmanager
def webkit() -> Iterator[Engine]:
    """Start WebKitGTK's small browser on a screen of its own."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("xvfb-run")
    binaries = sorted(glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser"))  # noqa: PTH207 - an absolute pattern
    if driver is None or screen is None or not binaries:
        raise Missing("no WebKitGTK was found (Debian: apt-get install webkit2gtk-driver xvfb xauth)")
    port = _free_port()
    with _started([screen, "-a", driver, f"--port={port}"], WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1"):
        url = f"http://127.0.0.1:{port}"
        _answers(f"{url}/status")
        engine = WebKit(url, binaries[-1])
        yield engine
        with contextlib.suppress(OSError):
            engine.ask("DELETE", "")


ENGINES: dict[str, Callable[[], contextlib.AbstractContextManager[Engine]]] = {"firefox": firefox, "webkit": webkit}


@contextmanager
def _started(command: list[str], **environ: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.stderr is not None:
            process.stderr.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _said_by(process: "subprocess.Popen[str]", pattern: re.Pattern[str]) -> str:
    for line in process.stderr or ():
        match = pattern.search(line)
        if match:
            return match[1]
    raise RuntimeError("the browser ended before it listened")


def _answers(url: str) -> None:
    for _ in range(START_WITHIN_SECONDS * 10):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1).close()
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
