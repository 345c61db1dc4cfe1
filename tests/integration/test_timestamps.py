"""Time-stamps of heads: what an honest server gives is kept and checked by openssl; nothing else is ever kept."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from consent_service.config import Settings
from consent_service.jobs.anchoring import stamp
from consent_service.jobs.runner import find_job, run_now, run_slot
from consent_service.kernel import outbound
from consent_service.kernel.errors import LedgerError, SettingsError
from consent_service.kernel.uow import Actor
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import all_anchors
from consent_service.ledger.exporting import export_all
from consent_service.ledger.timestamps import Asked, Stampers, read_stamp, stamp_request
from consent_service.ledger.tree import find_head
from consent_service.ledger.verifying import Verdict
from consent_service.ledger.verifying_anchors import verify_anchors
from consent_service.runs.queries import latest_runs
from consent_service.services import Services, services
from tests import receivers
from tests.databases import app_on
from tests.integration.conftest import MovableClock
from tests.integration.test_ledger_export import PROGRAM
from tests.tsa import OPENSSL, POLICY, Tsa, make_tsa, serving

ACTOR = Actor("command", "test")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify-ledger.md"
NOTE = "log.example/1\n5\nAAAA\n\n— log.example/1 BBBB\n"
LONG_AFTER = 4_102_444_800  # when every certificate of the tests has expired
Start = Callable[..., Services]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return make_tsa(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def start(database_url: str, tmp_path: Path, clock: MovableClock, tsa: Tsa) -> Iterator[Start]:
    """Begin the service with settings of its own, and a head that is signed."""
    with ExitStack() as stack:

        def begin(url: str, **environ: str) -> Services:
            environ = {"TSA_URL": url, "TSA_CA_FILE": str(tsa.root)} | environ
            app = stack.enter_context(app_on(database_url, tmp_path, clock, **environ))
            stack.enter_context(app.app_context())
            sign(services())
            return services()

        yield begin


def sign(house: Services) -> None:
    run_now(house, find_job("ledger.seal"))
    run_now(house, find_job("ledger.publish"))


def stamped(house: Services) -> list[tuple[int, str]]:
    with house.snapshot(ACTOR) as uow:
        return [(one.tree_size, one.party) for one in all_anchors(uow.session) if one.kind is AnchorKind.TIMESTAMP]


def problems(house: Services) -> list[str]:
    with house.snapshot(ACTOR) as uow:
        verdict = Verdict()
        verify_anchors(uow.session, house.settings.ledger_dir, house.settings.anchors.stampers, verdict)
    return [f"{problem.place}: {problem.what}" for problem in verdict.problems]


def stamped_at(house: Services) -> int:
    with house.snapshot(ACTOR) as uow:
        (anchor,) = all_anchors(uow.session)
        head = find_head(uow.session, 1, anchor.tree_size)
    assert head
    return int(read_stamp(anchor.token, head.note, house.settings.anchors.stampers).at.timestamp())


def openssl(command: str, folder: Path, size: int, authority: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of the documentation in a folder of an export."""
    assert OPENSSL
    words = command.replace("SIZE", str(size)).replace("AUTHORITY.pem", str(authority)).replace("N/", "1/").split()
    return subprocess.run([OPENSSL, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)


def documented() -> str:
    found = re.search(r"^openssl ts -verify .*$", PAGE.read_text(), re.MULTILINE)
    assert found
    return found[0]


def verified(export: Path) -> subprocess.CompletedProcess[str]:
    key = json.loads((export / "export.json").read_text())["logs"][0]["verifier_key"]
    arguments = [sys.executable, "-I", str(PROGRAM), str(export), "--key", key]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_a_head_is_stamped_exported_and_checked_by_openssl(start: Start, tsa: Tsa, tmp_path: Path) -> None:
    with serving(tsa.stamp) as url:
        house = start(url)
        assert run_now(house, find_job("ledger.stamp")).done == 1
        assert run_now(house, find_job("ledger.stamp")).done == 0  # it is stamped
    (size, party), *more = stamped(house)
    assert (party, more) == ("CN=Test tsa", [])
    assert run_now(house, find_job("ledger.publish")).done == 2
    with house.snapshot(ACTOR) as uow:
        export_all(uow, tmp_path / "export")
    told = verified(tmp_path / "export")
    assert told.returncode == 0
    assert "NOT CHECKED BY THIS PROGRAM: 1 time-stamps of heads of log 1: openssl ts -verify" in told.stdout

    for folder in (house.settings.ledger_dir, tmp_path / "export"):
        assert (folder / "1" / "timestamps" / f"{size}.note").read_text() == (folder / "1" / "checkpoint").read_text()
        good = openssl(documented(), folder, size, tsa.root)
        assert "Verification: OK" in good.stdout + good.stderr
        assert openssl(documented(), folder, size, tsa.certificate("other")).returncode != 0
        assert openssl(f"{documented()} -attime {LONG_AFTER}", folder, size, tsa.root).returncode != 0
        assert openssl(f"{documented()} -attime {stamped_at(house)}", folder, size, tsa.root).returncode == 0
    (tmp_path / "export" / "1" / "timestamps" / f"{size}.note").write_text("something else")
    assert openssl(documented(), tmp_path / "export", size, tsa.root).returncode != 0
    assert (
        f"First: 1/timestamps/{size}.tsr: what it stamps is no head of this log" in verified(tmp_path / "export").stdout
    )
    assert problems(house) == []


def test_the_database_itself_refuses_to_change_an_anchor(start: Start, tsa: Tsa) -> None:
    with serving(tsa.stamp) as url:
        house = start(url)
        stamp(house, ACTOR)

    for statement in ("DELETE FROM ledger_anchors", "UPDATE ledger_anchors SET party = 'x'"):
        with pytest.raises(DBAPIError, match="only appended to"), house.write(ACTOR) as uow:
            uow.session.execute(text(statement))


LIES = (
    "another digest", "another nonce", "no nonce", "another policy", "a SHA-1 digest", "a stranger's certificate",
    "an expired certificate", "no certificate", "a refusal", "an altered signature", "half of an answer",
    "something behind the answer", "the query", "a page", "nothing",
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_the_stamp_that_was_asked_for_is_not_kept_and_signing_goes_on(
    start: Start, tsa: Tsa, lie: str, clock: MovableClock
) -> None:
    assert set(LIES) == set(tsa.lies())
    with serving(tsa.lies()[lie]) as url:
        house = start(url, TSA_POLICY=POLICY)
        count = run_slot(house, find_job("ledger.stamp"), "worker")

    assert count
    assert (count.done, count.failed) == (0, 1)
    assert stamped(house) == []
    with house.read(ACTOR) as uow:
        assert [run.outcome for run in latest_runs(uow.session) if run.job == "ledger.stamp"] == ["failed"]
    clock.move(minutes=1)
    sign(house)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "answered 500"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 200_000, "too large"),
        (b"", "cannot be reached"),
    ],
)
def test_a_server_that_fails_is_told_of_in_words(start: Start, answer: bytes, words: str) -> None:
    with receivers.serving(receivers.answering(answer)) as port:
        (told,) = stamp(start(f"http://127.0.0.1:{port}/"), ACTOR)

    assert told.problem
    assert words in told.problem


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_hangs_or_is_not_there_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.2)
    with receivers.serving(receivers.read_request) as port:
        house = start(f"http://127.0.0.1:{port}/")
        (hung,) = stamp(house, ACTOR)
    (gone,) = stamp(house, ACTOR)

    assert hung.problem
    assert gone.problem
    assert stamped(house) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_pinned_certificate_is_the_only_one_that_counts(start: Start, tsa: Tsa) -> None:
    with serving(tsa.stamp) as url:
        house = start(url, TSA_CERTIFICATE_FILE=str(tsa.certificate("stranger")), TSA_POLICY=POLICY)
        (refused,) = stamp(house, ACTOR)
        assert refused.problem
        assert "not signed by whom the settings trust" in refused.problem

        house = start(url, TSA_CERTIFICATE_FILE=str(tsa.certificate()), TSA_POLICY=POLICY)
        (taken,) = stamp(house, ACTOR)
    assert taken.problem is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("token = zeroblob(9)", "not the time-stamp that was exported"),
        ("party = 'CN=Somebody'", "made by another"),
        ("tree_size = tree_size + 1", "is not there"),
        ("kind = 'cosignature'", "no verifier key of a witness"),
        ("kind = 'nothing'", "never stores"),
        ("number = 2", "anchor 1: it is gone"),
    ],
)
def test_an_altered_anchor_is_named(start: Start, tsa: Tsa, tmp_path: Path, change: str, words: str) -> None:
    with serving(tsa.stamp) as url:
        house = start(url)
        stamp(house, ACTOR)
    run_now(house, find_job("ledger.publish"))
    with closing(sqlite3.connect(tmp_path / "kelisim.db")) as connection, connection:
        connection.execute("DROP TRIGGER ledger_anchors_update")
        connection.execute(f"UPDATE ledger_anchors SET {change}")

    assert words in problems(house)[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stamp_that_was_exported_and_is_gone_is_named(start: Start, tsa: Tsa, tmp_path: Path) -> None:
    with serving(tsa.stamp) as url:
        house = start(url)
        stamp(house, ACTOR)
    run_now(house, find_job("ledger.publish"))
    with closing(sqlite3.connect(tmp_path / "kelisim.db")) as connection, connection:
        connection.execute("DROP TRIGGER ledger_anchors_delete")
        connection.execute("DELETE FROM ledger_anchors")

    (problem,) = problems(house)

    assert problem.startswith("exported head 1: a time-stamp of")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stamp_of_somebody_else_is_named_even_where_nothing_was_exported(start: Start, tsa: Tsa) -> None:
    with serving(tsa.stamp) as url:
        house = start(url)
        stamp(house, ACTOR)
    with house.snapshot(ACTOR) as uow:
        verdict = Verdict()
        other = make_other(tsa)
        verify_anchors(uow.session, house.settings.ledger_dir / "elsewhere", other, verdict)

    assert "not signed by whom the settings trust" in verdict.problems[0].what


def make_other(tsa: Tsa) -> Stampers:
    found = Settings.from_env({"TSA_URL": "http://tsp.example.kz", "TSA_CA_FILE": str(tsa.certificate("other"))})
    assert found.anchors.stampers
    return found.anchors.stampers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_altered_answer_is_ever_another_stamp(tsa: Tsa, data: st.DataObject) -> None:
    asked = Asked(12345)
    token = bytearray(honest(tsa, asked))
    for _ in range(data.draw(st.integers(1, 3))):
        token[data.draw(st.integers(0, len(token) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del token[data.draw(st.integers(0, len(token) - 1)) :]
    trusted = Settings.from_env({"TSA_URL": "http://x.example", "TSA_CA_FILE": str(tsa.root)}).anchors.stampers
    good = read_stamp(honest(tsa, asked), NOTE, trusted, asked)

    with suppress(LedgerError):
        assert read_stamp(bytes(token), NOTE, trusted, asked) == good


@cache
def honest(tsa: Tsa, asked: Asked) -> bytes:
    """Return the answer to a request."""
    return tsa.stamp(stamp_request(NOTE, asked))


def test_settings_of_time_stamps_are_refused_at_once(tmp_path: Path, tsa: Tsa) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for environ, name in (
        ({"TSA_URL": "ftp://x"}, "TSA_URL"),
        ({"TSA_URL": "http://["}, "TSA_URL"),
        ({"TSA_URL": "http://tsp.example.kz"}, "TSA_CA_FILE"),
        ({"TSA_CA_FILE": str(tmp_path / "no.pem")}, "TSA_CA_FILE"),
        ({"TSA_CA_FILE": str(tmp_path / "gone.pem")}, "TSA_CA_FILE"),
        ({"TSA_CERTIFICATE_FILE": str(tmp_path / "no.pem")}, "TSA_CERTIFICATE_FILE"),
        ({"TSA_CERTIFICATE_FILE": str(tsa.root)}, "TSA_CA_FILE"),
        ({"TSA_POLICY": "1.2.x"}, "TSA_POLICY"),
    ):
        with pytest.raises(SettingsError, match=name):
            Settings.from_env(environ)
