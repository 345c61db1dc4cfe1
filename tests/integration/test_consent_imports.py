"""Former answers out of files: each line once, whatever happens; what is wrong is set aside and said without names."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from consent_service.consents.tables import Consent
from consent_service.database import db
from consent_service.evidence.verifying import verify_evidence
from consent_service.imports import service
from consent_service.imports.batches import record_batch
from consent_service.imports.journal import refusals
from consent_service.imports.set_aside import set_aside
from consent_service.imports.source import Form, opened
from consent_service.imports.tables import ConsentImport
from consent_service.kernel.errors import ConflictError, InvalidInputError, TryAgainError
from consent_service.operators.queries import operator_number
from consent_service.services import services
from tests.command_line import run
from tests.dying import dying
from tests.factories import consent
from tests.importing import ACTOR, GIVEN, PURPOSE, imported, line, written
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_withdrawals import work

Client = Callable[[str], Api]
ASKED = f"uof/personal-data-agreement#{PURPOSE}"


def reasons(app: Flask, import_id: Any) -> dict[int, list[str]]:  # Any: an id
    with app.app_context(), services().read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, "uof"))
        return {one.line: list(one.reasons) for one in refusals(uow, import_id)}


def consents_on_record(app: Flask) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(Consent)).scalar_one()


def allowed(api: Api, ref: str) -> bool:
    return bool(api.get("/permissions", subject=ref, purpose=ASKED).json["items"][0]["allowed"])


def test_an_imported_answer_is_all_that_a_recorded_one_is_and_says_what_it_proves(
    api: Client, app: Flask, tmp_path: Path, clock: MovableClock
) -> None:
    uof = api("uof")
    file = written(tmp_path / "a.ndjson", line("person-7", evidence={"archive": "box 12"}), line("person-8"))

    journal = imported(app, file)
    assert work(app) == 0

    assert (journal.recorded, journal.known, journal.refused) == (2, 0, 0)
    (one,) = uof.get("/consents", subject="person-7").json["items"]
    assert (one["evidence_grade"], one["channel"], one["given_at"]) == ("imported", "paper", GIVEN)
    assert one["recorded_at"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    assert allowed(uof, "person-7")
    assert uof.post("/subjects/search", {"email": "person-7@example.kz"}).json["items"] == [{"ref": "person-7"}]
    receipt = uof.get(f"/consents/{one['id']}/receipt.json").json
    assert (receipt["event"]["evidence_grade"], receipt["event"]["event_time"]) == ("imported", GIVEN)
    (proof,) = uof.get(f"/consents/{one['id']}/proof").json["events"]
    assert json.loads(proof["body"])["facts"]["import"] == {"import": str(journal.id), "line": 1}
    with app.app_context(), services().snapshot(ACTOR) as uow:
        verdict = verify_evidence(uow, services().settings.ledger_dir, lambda _what, _count: None)
    assert verdict.problems == []


def test_of_several_answers_of_a_person_the_latest_rules_in_whatever_order_they_stand(
    api: Client, app: Flask, tmp_path: Path, clock: MovableClock
) -> None:
    uof = api("uof")
    uof.post("/consents", consent(subject={"ref": "p-now"}))
    clock.move(minutes=1)
    no = [{"purpose": PURPOSE, "granted": False}]
    file = written(
        tmp_path / "a.ndjson",
        line("p-late", given_at="2026-05-01", choices=no),
        line("p-late"),
        line("p-changed"),
        line("p-changed", given_at="2026-05-01", choices=no),
        line("p-now", choices=no),
    )

    assert imported(app, file).recorded == 5

    assert [allowed(uof, ref) for ref in ("p-late", "p-changed", "p-now")] == [False, False, True]


def test_the_same_file_is_imported_once_and_the_same_answer_is_kept_once(app: Flask, tmp_path: Path) -> None:
    first = written(tmp_path / "a.ndjson", *(line(f"p-{number}") for number in range(4)))
    again = written(tmp_path / "b.ndjson", line("p-1"), line("p-2", given_at="2026-03-05"), line("new"), line("new"))

    done = imported(app, first)
    assert imported(app, first) == done
    second = imported(app, again)

    assert (second.recorded, second.known) == (2, 2)
    assert consents_on_record(app) == 6


def test_what_is_wrong_with_a_line_is_said_without_what_stands_in_it(app: Flask, tmp_path: Path) -> None:
    bad: list[Any] = [  # Any: JSON values, or a line as it is
        "{not json",
        '["a", "list"]',
        line("87011234567"),
        line("ok-1", choices=[{"purpose": "aizhan@example.kz", "granted": True}]),
        line("ok-2", **{"aizhan@example.kz": 1}),
        line("ok-3", given_at="2025-01-01"),
        line("ok-4", version="aizhan@example.kz"),
        line("ok-5", document="no-such"),
        line("ok-6", given_at="2031-01-01"),
        {name: value for name, value in line("ok-7").items() if name != "given_at"},
        line("ok-8", subject={"ref": "ok-8", "identifiers": {"iin": "250723163018"}}),
        line("ok-9", language="de"),
        "x" * (1 << 20) + "y",
    ]
    file = written(tmp_path / "a.ndjson", line("good-1"), "", *bad, line("good-2"))

    journal = imported(app, file)

    assert (journal.recorded, journal.refused) == (2, len(bad))
    said = reasons(app, journal.id)
    assert list(said) == list(range(3, 3 + len(bad)))
    assert all(all(reason.endswith(".") for reason in one) and one for one in said.values())
    assert said[12] == ["given_at: Missing data for required field."]
    for planted in ("aizhan", "87011234567", "250723163018", "xxxx"):
        assert planted not in str(said)


def test_lines_that_were_set_aside_are_corrected_there_and_imported(app: Flask, tmp_path: Path) -> None:
    head = "document,subject.ref,subject.identifiers.full_name,language,channel,given_at,choices." + PURPOSE
    rows = [f'uof/personal-data-agreement,p-{n},"Айжан ""А"", {n}",kk,paper,2026-03-0{n},true' for n in (1, 2, 3)]
    rows[1] = rows[1].replace(",kk,", ",de,").replace("Айжан", "Айжан\nҚызы")
    file = written(tmp_path / "old.csv", head, *rows)

    journal = imported(app, file)
    with app.app_context(), opened(file, None) as source, services().read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, "uof"))
        aside = set_aside(source, refusals(uow, journal.id))
        assert not set_aside(source, refusals(uow, journal.id)).is_new

    assert (journal.recorded, journal.refused) == (2, 1)
    assert aside.lines.read_text() == f"{head}\n{rows[1]}\n"
    assert aside.reasons.read_text().startswith(f"line 3 (line 2 of {aside.lines.name}): language: ")
    assert "Айжан" not in aside.reasons.read_text()
    assert {place.stat().st_mode & 0o777 for place in (aside.lines, aside.reasons)} == {0o600}
    aside.lines.write_text(aside.lines.read_text().replace(",de,", ",ru,"))
    assert imported(app, aside.lines).recorded == 1
    assert consents_on_record(app) == 3


def test_a_file_that_cannot_be_used_is_refused_before_anything_is_written(app: Flask, tmp_path: Path) -> None:
    files = {
        "empty.csv": "",
        "head.csv": "subject.ref,aizhan@example.kz\np-1,x",
        "short.csv": "document,subject.ref,language,channel,given_at\n",
        "twice.csv": "document,subject.ref,language,channel,given_at,choices.a,choices.a\n",
        "unknown.txt": "x",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(InvalidInputError) as refused:
            imported(app, tmp_path / name)
        assert "aizhan" not in refused.value.detail
    with opened(written(tmp_path / "a.txt", line("p-1")), Form.NDJSON) as source:
        assert source.size


def test_a_file_that_is_written_to_meanwhile_stops_the_import(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_LINES", 1)
    file = written(tmp_path / "a.ndjson", line("p-1"), line("p-2"))

    def grow(*arguments: Any) -> Any:  # Any: as the function has them
        with file.open("a") as more:
            more.write("\n")
        return record_batch(*arguments)

    monkeypatch.setattr(service, "record_batch", grow)
    with pytest.raises(ConflictError):
        imported(app, file)
    assert consents_on_record(app) == 1


def test_an_import_that_is_killed_at_any_moment_goes_on_where_it_stopped(
    app: Flask, tmp_path: Path, database_url: str, clock: MovableClock
) -> None:
    lines: list[Any] = [line(f"p-{number}") for number in range(20)]  # Any: JSON values
    lines[4] = line("p-4", language="de")
    file = written(tmp_path / "a.ndjson", *lines, line("p-1", given_at="2026-05-01"))
    place = {"DATA_DIR": str(tmp_path), "DATABASE_URL": database_url, "FILE": str(file)}
    outcomes: list[str] = []

    with dying("tests.killed_import", **place, NOW=clock.now.isoformat()) as work_until:
        while outcomes[-1:] != ["done"]:
            outcomes.append(work_until(len(outcomes) + 1))
            assert outcomes[-1] in {"killed", "done"}

    assert len(outcomes) > 8
    journal = imported(app, file)
    assert (journal.recorded, journal.known, journal.refused) == (20, 0, 1)
    assert consents_on_record(app) == 20
    assert list(reasons(app, journal.id)) == [5]


def test_two_imports_of_one_file_at_a_time_take_no_line_twice(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_LINES", 2)
    file = written(tmp_path / "a.ndjson", *(line(f"p-{number}") for number in range(12)))
    ended: list[str] = []

    def go() -> None:
        try:
            imported(app, file)
            ended.append("done")
        except ConflictError:
            ended.append("refused")

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "done" in ended
    assert len(ended) == 3
    assert consents_on_record(app) == 12


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_an_import_waits_for_whoever_works_on_one_of_its_people(
    api: Client, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api("uof").post("/consents", consent(subject={"ref": "p-1"}))
    file = written(tmp_path / "a.ndjson", line("p-0"), line("p-1"))
    pauses: list[float] = []
    with app.app_context():
        other = db.engine.connect()
    other.execute(text("SELECT 1 FROM subjects FOR UPDATE"))

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            other.rollback()

    monkeypatch.setattr(time, "sleep", pause)
    assert imported(app, file).recorded == 2
    assert len(pauses) == 2
    other.execute(text("SELECT 1 FROM subjects FOR UPDATE"))
    with pytest.raises(TryAgainError):
        imported(app, written(tmp_path / "b.ndjson", line("p-1", given_at="2026-05-01")))
    other.close()


def test_no_digest_of_a_file_is_kept_that_a_guess_could_be_held_against(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path / "a.ndjson", line("p-1"))

    imported(app, file)

    with app.app_context(), db.engine.connect() as connection, opened(file, None) as source:
        (kept,) = connection.execute(select(ConsentImport.file_index)).scalars()
        assert kept not in source.digest


def test_the_command_tries_imports_and_says_where_the_rest_is(tmp_path: Path) -> None:
    run("operators", "add", "policies/uof", data_dir=tmp_path)
    file = written(tmp_path / "old.ndjson", line("p-1"), line("p-2", language="de"))

    tried = run("consents", "import", "uof", str(file), "--dry-run", "--json", data_dir=tmp_path, expect=1)
    done = run("consents", "import", "uof", str(file), data_dir=tmp_path, expect=1)
    again = run("consents", "import", "uof", str(file), "--json", data_dir=tmp_path, expect=1)

    assert json.loads(tried.stdout)["would_be_recorded"] == 1
    assert [one["line"] for one in json.loads(tried.stdout)["first_refused"]] == [2]
    assert done.stdout.startswith("1 recorded, 0 on record before, 1 refused.\nline 2: language: ")
    told = json.loads(again.stdout)
    assert (told["recorded"], told["refused"]) == (1, 1)
    aside = tmp_path / told["set_aside"]
    assert json.loads(aside.read_text())["subject"]["ref"] == "p-2"
    aside.write_text(aside.read_text().replace('"de"', '"kk"'))
    assert run("consents", "import", "uof", str(aside), data_dir=tmp_path).stdout.startswith("1 recorded")
