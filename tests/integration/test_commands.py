"""The commands as a person at a terminal meets them: real processes, real files."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consent_service.cli.demo_words import PROVISIONAL, in_words
from tests.command_line import run
from tests.conftest import FULL

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("language", ["kk", "ru", "en"] if FULL else ["kk"])
def test_the_demo_tells_the_life_of_a_consent_at_each_operator(tmp_path: Path, language: str) -> None:
    told = run("demo", "--lang", language, data_dir=tmp_path).stdout

    stories = told.split("===")[1:]
    assert len(stories) == 5
    for story in stories:
        days = re.findall(r"^(\d\d)\.(\d\d)\.(\d{4})  ", story, flags=re.MULTILINE)
        assert days == sorted(days, key=lambda day: (day[2], day[1], day[0]))
        for code in ("stop_or_refuse", "registered_mail", "site_attested", "never_asked", "False", "None"):
            assert code not in story  # a story is told in words
        assert in_words("done", language) in story
        assert in_words("withdrawn", language) in story
    uof = next(story for story in stories if story.startswith(" uof –"))
    assert "04.12.2026" in uof
    assert "2.2" in uof
    dar = next(story for story in stories if story.startswith(" dar –"))
    assert "11.01.2027" in dar
    assert PROVISIONAL[language] in dar
    assert "2.10[2]" in dar


def test_a_deadline_is_explained_on_the_command_line(tmp_path: Path) -> None:
    answer = json.loads(run("deadline", "2026-12-14", "15wd", "--json", data_dir=tmp_path).stdout)

    assert (answer["due_on"], answer["provisional"]) == ("2027-01-08", True)
    assert {
        "on": "2026-12-16",
        "why": {"kk": "Тәуелсіздік күні", "ru": "День Независимости", "en": "Independence Day"},
    } in answer["skipped"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("deadline", "yesterday", "15wd"),
        ("deadline", "2026-12-14", "0wd"),
        ("jobs", "run", "no.such.job"),
        ("keys", "create", "nobody"),
        ("nonsense",),
        ("operators", "add", "docs"),
    ],
)
def test_a_command_that_fails_ends_with_one_clear_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    failed = run(*arguments, data_dir=tmp_path, expect=1)

    assert failed.stderr.splitlines()[-1].startswith("error: ")
    assert failed.stderr.count("error: ") == 1
    assert "Traceback" not in failed.stderr


def test_a_database_that_does_not_answer_is_one_line_without_its_password(tmp_path: Path) -> None:
    address = "postgresql+psycopg://kelisim:canary@127.0.0.1:1/kelisim"

    failed = run("jobs", "list", data_dir=tmp_path, expect=1, DATABASE_URL=address)

    (line,) = failed.stderr.splitlines()
    assert "DATABASE_URL" in line
    assert "canary" not in line


def test_a_lost_key_file_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    run("operators", "add", str(ROOT / "tests" / "policies" / "acme"), data_dir=tmp_path)
    (tmp_path / "keys.json").unlink()

    failed = run("jobs", "list", data_dir=tmp_path, expect=1)

    assert "restore it from its backup" in failed.stderr
    assert not (tmp_path / "keys.json").exists()


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    failed = run(
        "serve", data_dir=tmp_path, expect=1, PORT="eighty", LOG_LEVEL="loud", DATABASE_URL="mysql://x", SMTP_URL="x"
    )

    for name in ("PORT", "LOG_LEVEL", "DATABASE_URL", "SMTP_URL"):
        assert name in failed.stderr


def test_an_operator_imports_checks_compares_and_publishes_its_own_text(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    sixth = ROOT / "tests" / "policies" / "acme"
    run("operators", "add", str(sixth), data_dir=data_dir)
    text = tmp_path / "acme.txt"
    text.write_text(
        "Ақпараттық хаттарға келісім\n2026 жылғы 1 қаңтар\n"
        + "".join(f"{n}. {words}\n" for n, words in _sections(sixth / "newsletter-consent" / "2026-01-01" / "kk.md"))
        + "\nCookie саясаты\n. . .\n"
    )
    policies = str(sixth.parent)

    imported = json.loads(
        run(
            "policies", "import", "acme", str(text), "--lang", "kk", "--json", data_dir=data_dir, POLICIES_DIR=policies
        ).stdout
    )

    document = imported["documents"][0]
    assert (document["document"], document["version"], document["state"]) == (
        "newsletter-consent", "2026-01-01-published", "draft",
    )  # fmt: skip
    checked = json.loads(run("policies", "check", "acme", "--json", data_dir=data_dir).stdout)
    assert {row["verdict"] for row in checked} == {"confirmed"}
    assert {row["text_kind"] for row in checked} == {"published"}
    published = run(
        "policies", "publish", "acme", "newsletter-consent", "2026-01-01-published", "--json", data_dir=data_dir
    )
    assert json.loads(published.stdout)["state"] == "in_force"
    same = run(
        "policies",
        "diff",
        "acme",
        "newsletter-consent",
        "2026-01-01",
        "2026-01-01-published",
        "--json",
        data_dir=data_dir,
    )
    assert json.loads(same.stdout) == []
    again = run(
        "policies", "publish", "acme", "newsletter-consent", "2026-01-01-published", data_dir=data_dir, expect=1
    )
    assert "published" in again.stderr


def test_a_text_in_another_language_than_said_or_of_an_unknown_operator_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "policy.txt"
    text.write_text("Құпиялылық саясаты\n" + "1. Осы саясат дербес деректерді өңдеу тәртібін белгілейді.\n" * 10)

    wrong = run("policies", "import", "acme", str(text), "--lang", "ru", data_dir=tmp_path, expect=1)
    nobody = run("policies", "import", "nobody", str(text), "--lang", "kk", data_dir=tmp_path, expect=1)

    assert "operator" in nobody.stderr
    assert "Traceback" not in wrong.stderr + nobody.stderr


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The service as ``make run`` starts it."""
    data_dir = tmp_path_factory.mktemp("run")
    port = _free_port()
    child = _start(data_dir, port)
    yield f"http://127.0.0.1:{port}", data_dir
    _end(child, signal.SIGINT, data_dir, port)


def test_run_writes_what_is_needed_to_get_in_for_nobody_else_to_read(served: tuple[str, Path]) -> None:
    base_url, data_dir = served
    demo = json.loads((data_dir / "demo.json").read_text())

    assert (data_dir / "demo.json").stat().st_mode & 0o777 == 0o600
    assert (data_dir / "keys.json").stat().st_mode & 0o777 == 0o600
    assert demo["base_url"] == base_url
    assert {"url", "email", "password"} == set(demo["dashboard"])
    for slug in ("worksection", "uof", "qlever", "dar", "5qbe"):
        operator = demo["operators"][slug]
        assert _get(f"{base_url}/api/v1/operator", operator["secret_key"])["slug"] == slug
        assert operator["sites"][0]["site_key"]


def test_the_first_consent_of_the_readme_works_as_printed(served: tuple[str, Path]) -> None:
    _, data_dir = served
    readme = (ROOT / "README.md").read_text()
    block = readme.split("<!-- test: first-consent -->")[1].split("```sh")[1].split("```")[0]

    done = subprocess.run(
        ["bash", "-e"],
        input=block,
        env={**os.environ, "DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 5
    assert answers[0]["state"] == "active"
    assert answers[1]["items"][0]["allowed"] is True
    assert answers[2]["duties"]
    assert answers[3]["items"][0]["ends_on"]
    assert answers[4]["due_on"] == "2027-01-08"


def test_the_worker_leaves_a_record_of_each_run(served: tuple[str, Path]) -> None:
    _, data_dir = served
    deadline = time.monotonic() + 20
    while True:
        rows = json.loads(run("jobs", "list", "--json", data_dir=data_dir).stdout)
        if all(row["outcome"] == "done" for row in rows) or time.monotonic() > deadline:
            break
    assert {row["outcome"] for row in rows} == {"done"}


def test_a_port_that_is_taken_is_refused_with_what_to_do(served: tuple[str, Path], tmp_path: Path) -> None:
    port = served[0].rpartition(":")[2]

    refused = run("run", data_dir=tmp_path, expect=1, PORT=port)

    assert f"PORT {port}" in refused.stderr
    assert "READY" not in refused.stdout


def test_what_is_written_can_be_read_by_nobody_else(served: tuple[str, Path]) -> None:
    modes = {file.name: file.stat().st_mode & 0o077 for file in served[1].iterdir()}

    assert {"kelisim.db", "keys.json", "demo.json"} <= set(modes)
    assert not any(modes.values()), modes


def test_nothing_outlives_a_run_that_was_killed_or_stopped_and_the_next_keeps_data_and_keys(tmp_path: Path) -> None:
    port = _free_port()
    seen = []
    for by in (signal.SIGKILL, signal.SIGTERM):
        child = _start(tmp_path, port)
        assert _alive(tmp_path)
        seen.append((tmp_path / "demo.json").read_text())
        key = json.loads(seen[-1])["operators"]["uof"]["secret_key"]
        assert _get(f"http://127.0.0.1:{port}/api/v1/operator", key)["slug"] == "uof"
        _end(child, by, tmp_path, port)

    assert seen[0] == seen[1]


def _alive(data_dir: Path) -> list[Path]:
    return [place for place in Path("/proc").glob("[0-9]*/environ") if _is_of(place, data_dir)]


def _is_of(environ: Path, data_dir: Path) -> bool:
    try:
        return f"DATA_DIR={data_dir}".encode() in environ.read_bytes().split(b"\0")
    except OSError:
        return False


def _start(data_dir: Path, port: int) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "consent_service", "run"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port), "LOG_LEVEL": "warning"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("READY "):
            return child
    child.wait(5)
    raise AssertionError(child.returncode)


def _end(child: subprocess.Popen[str], by: signal.Signals, data_dir: Path, port: int) -> None:
    """End a run; assert that every process that it started ends, too, and that its port is free again."""
    child.send_signal(by)
    with child:  # closes its output, too
        assert child.wait(30) == (-by if by == signal.SIGKILL else 0)
    until = time.monotonic() + (30 if by == signal.SIGKILL else 0)
    while (alive := _alive(data_dir)) and time.monotonic() < until:
        time.sleep(0.1)
    assert alive == []
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _get(url: str, key: str) -> Any:  # Any: JSON
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _sections(file: Path) -> list[tuple[str, str]]:
    found = re.findall(r"^(?:\*\*([\d.]+)\*\*|## (\d+)) (.+)$", file.read_text(), flags=re.MULTILINE)
    return [(clause or heading, words) for clause, heading, words in found]
