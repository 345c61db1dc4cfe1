"""The manual of the integrator, carried out from an empty installation: each block as it is printed, in its order."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "manual" / "integrator.md"
BLOCK = re.compile(r"(?:<!-- (?P<how>[\w:. ]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
PARTS = ("consent_service", "migrations", "policies", "clients")
END = "the end of the manual"
START_WITHIN_SECONDS = 120


@contextmanager
def beside(commands: list[list[str]], folder: Path, environ: dict[str, str]) -> Iterator[None]:
    """Keep programs running, each in a session of its own."""
    running = [subprocess.Popen(one, cwd=folder, env=environ, start_new_session=True) for one in commands]
    try:
        yield
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def in_shell(script: str, folder: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{script}\necho {END}"],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"{END}\n"), "every command was run"
    return done.stdout


def wait_until_ready(url: str) -> None:
    end = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            assert answer.status == 200
            return
        time.sleep(0.2)
    raise AssertionError(url)


def test_an_integrator_comes_from_nothing_to_a_verified_receipt_as_the_manual_says(tmp_path: Path) -> None:
    blocks = [(found["how"] or "", found["kind"], found["text"]) for found in BLOCK.finditer(MANUAL.read_text())]
    assert {kind for _, kind, _ in blocks} == {"sh", "python"}
    place = next(number for number, (how, _, _) in enumerate(blocks) if how == "beside")
    before, after = (
        "".join(text for how, kind, text in part if kind == "sh" and not how)
        for part in (blocks[:place], blocks[place:])
    )
    files = {how.removeprefix("file: "): text for how, kind, text in blocks if kind == "python"}
    assert set(files) == {"tick.py", "hook.py"}
    for name in PARTS:
        (tmp_path / name).symlink_to(ROOT / name)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    port, hook = free_ports()
    url = f"http://127.0.0.1:{port}"
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8",
        "DATA_DIR": str(tmp_path / "data"), "PORT": str(port), "BASE_URL": url, "LOG_LEVEL": "error",
        "HOOK": f"http://127.0.0.1:{hook}/hooks/consents", "INSECURE_ALLOW_PRIVATE_ADDRESSES": "1",
    }  # fmt: skip

    in_shell(before, tmp_path, environ)
    commands = [line.split() for line in blocks[place][2].splitlines()]
    with beside([*commands, ["python", "hook.py", str(hook)]], tmp_path, environ):
        wait_until_ready(url)
        said = in_shell(after, tmp_path, environ)

    assert "<k-field" in said
    assert "delivered: 204" in said
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    assert "client-4711" not in (tmp_path / "receipt.jwt").read_text()


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
