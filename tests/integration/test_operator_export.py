"""The full export: complete, in clear for its owner, provable without us, sealed until taken, gone with an erasure."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.exports.queries import list_exports
from consent_service.exports.service import SHELF, claim_export, order_export, take_export
from consent_service.exports.states import ExportReason
from consent_service.governance.rules import Entry
from consent_service.governance.service import enter
from consent_service.governance.states import EntryKind
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.signed_zip import checked_list
from consent_service.kernel.uow import UnitOfWork
from consent_service.leaving import reading
from consent_service.leaving.contents import EXPORTED
from consent_service.leaving.making import KIND, STEPS, make_export
from consent_service.operators.queries import operator_number
from consent_service.packs.shelf import LEASE, Claim, ClaimLostError
from consent_service.packs.states import PackState
from consent_service.services import services
from consent_service.subjects.files import keep_file
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import SubjectData, find_or_create, keep_note, lock_by_ref
from tests.command_line import run as run_command
from tests.factories import SIXTH, consent
from tests.integration.conftest import ACTOR, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.integration.test_ledger_export import PROGRAM, verifier  # noqa: F401 - a fixture
from tests.office import DPO, OWNER, PASSWORD, Office, bound
from tests.roads import demand, staff

PATH = "/dashboard/uof/operator/export"
PHOTO = b"\x89PNG canary of a picture"
Lines = list[dict[str, object]]


def act(office: Office, do: Callable[[UnitOfWork], object]) -> object:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        return do(bound(unbound))


def ordered(office: Office) -> UUID:
    made = act(office, lambda uow: order_export(uow, ExportReason.CONTRACT_END))
    assert isinstance(made, UUID)
    return made


def run(office: Office, job: str = "exports.make") -> tuple[int, int]:
    with office.app.app_context():
        count = run_now(services(), find_job(job))
    return count.done, count.failed


def states(office: Office) -> list[PackState]:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        return [one.state for one in list_exports(bound(unbound))]


def content(office: Office, export_id: UUID) -> bytes:
    act(office, lambda uow: take_export(uow, export_id))
    with office.app.app_context():
        number = int(str(office.rows("SELECT id FROM operators WHERE slug = 'uof'")[0][0]))
        return b"".join(SHELF.parts_of(lambda: services().read(ACTOR, number), export_id))


def unpacked(office: Office, whole: bytes) -> dict[str, bytes]:
    """Return the files of an export whose list was checked."""
    with office.app.app_context():
        said = checked_list(io.BytesIO(whole), KIND, [one.receipts for one in services().keys.public_signers()])
    assert (said["operator"], said["because"]) == ("uof", "contract_end")
    with zipfile.ZipFile(io.BytesIO(whole)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def lines(files: dict[str, bytes], table: str) -> Lines:
    return [json.loads(line) for line in files[f"data/{table}.ndjson"].splitlines()]


def plant(office: Office) -> UUID:
    """Let five people answer, one of them with words and a file, and another operator have one too; returns a case."""
    uof = client_of(office.app, "uof")
    for number in range(5):
        person = {"ref": f"person-{number}", "identifiers": {"email": f"canary{number}@example.kz"}}
        assert uof.post("/consents", consent(subject=person)).status_code == 201
    with office.app.app_context(), services().write(ACTOR) as unbound:
        other = unbound.for_operator(operator_number(unbound.session, "dar"))
        find_or_create(other, SubjectData("stranger", {IdentifierKind.EMAIL: "stranger@example.kz"}))
    case = uuid4()

    def write(uow: UnitOfWork) -> None:
        person = lock_by_ref(uow, "person-1")
        keep_note(uow, person, case, "words", {"text": "Канарейкина asks"})
        keep_file(uow, person, case, "Канарейкина photo.PNG", "image/png", PHOTO)
        entry = Entry(kind=EntryKind.DPO_ORDER, done_on=date(2026, 11, 2), reference="order 12", persons="A. Canary")
        enter(uow, entry)

    act(office, write)
    return case


def test_an_export_holds_everything_of_the_operator_opened_with_texts_files_and_proofs_and_no_secret(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    verifier: object,  # noqa: F811 - a fixture
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    case = plant(office)
    export_id = ordered(office)
    assert run(office) == (1, 0)
    whole = content(office, export_id)

    files = unpacked(office, whole)

    assert {f"data/{name}.ndjson" for name in EXPORTED} == {name for name in files if name.startswith("data/")}
    assert sorted(str(line["ref"]) for line in lines(files, "subjects")) == [f"person-{n}" for n in range(5)]
    emails = {f"canary{n}@example.kz" for n in range(5)}
    assert {line["value"] for line in lines(files, "subject_identifiers")} == emails
    assert len(lines(files, "consents")) == 5
    notes = [line for line in lines(files, "subject_notes") if line["case_id"] == str(case)]
    assert [line["content"] for line in notes] == [{"text": "Канарейкина asks"}]
    (file,) = lines(files, "subject_files")
    assert str(file["file"]).endswith(".png")
    assert files[str(file["file"])] == PHOTO
    assert "A. Canary" in json.dumps([line["content"] for line in lines(files, "register_entries")])
    assert {line["email"] for line in lines(files, "staff_members")} >= {OWNER, DPO}
    assert [line["slug"] for line in lines(files, "operators")] == ["uof"]
    versions = office.rows(
        "SELECT count(*) FROM version_texts WHERE operator_id = (SELECT id FROM operators WHERE slug = 'uof')"
    )
    assert [(len([name for name in files if name.startswith("texts/")]),)] == versions

    told = json.loads(files["tables.json"])["tables"]
    assert {name: one["lines"] for name, one in told.items()} == {name: len(lines(files, name)) for name in EXPORTED}
    assert set(told["staff_members"]["left_out"]) == {"password_hash", "email_index"}
    (hashed,) = office.rows("SELECT password_hash FROM staff_members LIMIT 1")[0]
    everything = b"".join(files.values())
    assert str(hashed).encode() not in everything
    assert b"stranger" not in everything
    operators = {line["operator_id"] for name in EXPORTED for line in lines(files, name) if "operator_id" in line}
    assert len(operators) == 1
    for language, word in (("kk", "Оператор деректерінің"), ("ru", "Полная выгрузка")):
        pages = PdfReader(io.BytesIO(files[f"index-{language}.pdf"])).pages
        assert word in " ".join(page.extract_text() for page in pages)

    events = [json.loads(line) for line in files["ledger/events.jsonl"].splitlines()]
    kinds = [json.loads(event["body"])["kind"] for event in events if event["body"]]
    assert kinds.count("consent_recorded") == 5
    assert kinds.count("operator_export_ordered") == 1
    assert b"canary" not in files["ledger/events.jsonl"]
    for name in (name for name in files if name.startswith("ledger/")):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(files[name])
    key = json.loads(files["ledger/export.json"])["logs"][0]["verifier_key"]
    assert verifier.main([str(tmp_path / "ledger"), "--key", key]) == 0  # type: ignore[attr-defined]  # a program


def test_who_cannot_be_opened_any_more_is_said_and_keeps_nobody_else_from_leaving(office: Office) -> None:
    plant(office)
    with office.app.app_context(), db.engine.begin() as connection:
        row = connection.execute(text("SELECT id, key_wrapped FROM subjects LIMIT 1")).one()
        altered = bytes(row.key_wrapped[:-1]) + bytes([row.key_wrapped[-1] ^ 1])
        connection.execute(
            text("UPDATE subjects SET key_wrapped = :key WHERE id = :id"), {"key": altered, "id": row.id}
        )
    export_id = ordered(office)

    assert run(office) == (1, 0)

    files = unpacked(office, content(office, export_id))
    assert len([line for line in lines(files, "subjects") if "ref" in line]) == 4
    assert json.loads(files["tables.json"])["tables"]["subjects"] | {"left_out": []} == {
        "lines": 5, "unopened": 1, "file": "data/subjects.ndjson", "left_out": [],
    }  # fmt: skip


def test_it_lies_sealed_for_a_day_and_is_told_of_step_by_step(office: Office) -> None:
    plant(office)
    export_id = ordered(office)
    with pytest.raises(ConflictError):
        ordered(office)
    with pytest.raises(NotFoundError):
        act(office, lambda uow: take_export(uow, export_id))
    seen: list[int] = []
    with office.app.app_context(), services().snapshot(ACTOR) as unbound:
        make_export(bound(unbound), export_id, io.BytesIO(), seen.append)
    assert (seen == sorted(seen), seen[-1]) == (True, STEPS)
    assert run(office) == (1, 0)
    stored = b"".join(bytes(part) for (part,) in office.rows("SELECT sealed FROM operator_export_parts"))  # type: ignore[call-overload]  # bytes
    assert stored
    assert not any(planted in stored for planted in (b"PK\x03\x04", b"canary", b"data/subjects.ndjson"))

    office.clock.move(hours=24)

    with pytest.raises(NotFoundError):
        act(office, lambda uow: take_export(uow, export_id))
    run(office, "housekeeping")
    assert office.rows("SELECT * FROM operator_exports") == office.rows("SELECT * FROM operator_export_parts") == []


def test_when_somebody_is_erased_what_is_ready_goes_and_what_is_being_made_is_begun_again(office: Office) -> None:
    plant(office)
    uof, first = client_of(office.app, "uof"), staff(office.app)
    ready = ordered(office)
    assert run(office) == (1, 0)
    waiting = ordered(office)
    claim = act(office, claim_export)
    assert isinstance(claim, Claim)
    act(office, lambda uow: SHELF.store_part(uow, claim, 0, b"half of it"))
    assert demand(uof, first).status_code == 201
    office.clock.move(minutes=1)

    assert run(office, "erasures.execute") == (1, 0)

    assert states(office) == [PackState.WAITING]
    assert office.rows("SELECT * FROM operator_export_parts") == []
    with pytest.raises(ClaimLostError):
        act(office, lambda uow: SHELF.store_part(uow, claim, 1, b"late"))
    with pytest.raises(NotFoundError):
        act(office, lambda uow: take_export(uow, ready))
    assert run(office) == (1, 0)
    files = unpacked(office, content(office, waiting))
    assert "person-1" not in {line["ref"] for line in lines(files, "subjects")}
    assert not any(b"canary1@" in one or PHOTO in one for one in files.values())


def test_what_a_killed_worker_had_stored_is_made_anew(office: Office) -> None:
    export_id = ordered(office)
    claim = act(office, claim_export)
    assert isinstance(claim, Claim)
    act(office, lambda uow: SHELF.store_part(uow, claim, 7, b"half of it"))
    assert run(office) == (0, 0)  # somebody makes it
    office.clock.move(seconds=LEASE.total_seconds())

    assert run(office) == (1, 0)

    assert unpacked(office, content(office, export_id))


def test_only_an_owner_asks_for_it_with_a_reason_and_takes_it_after_saying_who_they_are(office: Office) -> None:
    def entered(address: str) -> FlaskClient:
        client = office.app.test_client()
        assert sign_in(client, PASSWORD, address) == 302
        client.get("/language/en")
        return client

    def send(client: FlaskClient, path: str, **form: str) -> tuple[int, bytes]:
        token = form_token(
            client, "/dashboard/uof/operator/export" if client is owner else "/dashboard/uof/inspections"
        )
        answer = client.post(path, data={"csrf_token": token, **form})
        return answer.status_code, answer.get_data()

    owner, dpo = entered(OWNER), entered(DPO)
    assert dpo.get(PATH).status_code == send(dpo, PATH, because="contract_end")[0] == 403
    assert PATH in owner.get("/dashboard/uof/operator").get_data(as_text=True)
    assert send(owner, PATH)[0] == send(owner, PATH, because="curiosity")[0] == 422
    assert send(owner, PATH, because="contract_end")[0] == 302
    assert send(owner, PATH, because="contract_end")[0] == 422  # one at a time
    assert "data-live" in owner.get(PATH).get_data(as_text=True)
    run(office)
    (export_id,) = office.rows("SELECT id FROM operator_exports")[0]
    address = f"{PATH}/{UUID(str(export_id))}.zip"
    assert address in owner.get(PATH).get_data(as_text=True)
    office.clock.move(minutes=11)

    assert send(owner, address)[0] == send(owner, PATH, because="own_archive")[0] == 403  # asked who it is
    assert send(dpo, address, confirm_proof=PASSWORD)[0] == 403
    status, whole = send(owner, address, confirm_proof=PASSWORD)

    assert status == 200
    assert unpacked(office, whole)
    kinds = "SELECT kind FROM ledger_events WHERE kind LIKE 'operator_export%' ORDER BY kind"
    assert [kind for (kind,) in office.rows(kinds)] == [
        "operator_export_made", "operator_export_ordered", "operator_export_taken",
    ]  # fmt: skip
    assert send(owner, f"{PATH}/{UUID(int=1)}.zip")[0] == 404


def test_a_command_makes_it_at_once_for_its_owner_alone_and_checks_it(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "export.zip"
    run_command("operators", "add", str(SIXTH / "acme"), data_dir=data)
    asked = ("operators", "export", "acme", str(file), "--because", "contract_end")

    told = json.loads(run_command(*asked, "--json", data_dir=data).stdout)

    assert told["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert "as they were signed" in run_command("operators", "verify-export", str(file), data_dir=data).stdout
    assert "is there already" in run_command(*asked, data_dir=data, expect=1).stderr
    file.write_bytes(file.read_bytes()[:-100])
    assert "error: " in run_command("operators", "verify-export", str(file), data_dir=data, expect=1).stderr
