"""The inspection pack: made by the worker, signed, complete over its period, sealed until its term, without a name."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from consent_service.governance.rules import Entry
from consent_service.governance.service import enter
from consent_service.governance.states import EntryKind
from consent_service.inspections import making
from consent_service.inspections.making import KIND, STEPS, make_pack
from consent_service.inspections.queries import list_packs
from consent_service.inspections.rules import Period
from consent_service.inspections.service import MOST_AT_ONCE, SHELF, finish_pack, order_pack, take_pack
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.signed_zip import checked_list
from consent_service.kernel.uow import UnitOfWork
from consent_service.packs.shelf import LEASE, MOST_ATTEMPTS, Claim, ClaimLostError
from consent_service.packs.states import PackState
from consent_service.services import services
from tests.command_line import run as run_command
from tests.factories import SIXTH, consent
from tests.integration.conftest import ACTOR, Api, client_of
from tests.integration.test_dashboard import form_token, sign_in
from tests.office import AUDITOR, DPO, PASSWORD, Office, bound

PERIOD = Period(date(2026, 11, 1), date(2026, 12, 31))
PATH = "/dashboard/uof/inspections"


@pytest.fixture
def uof(office: Office) -> Api:
    return client_of(office.app, "uof")


def act(office: Office, do: Callable[[UnitOfWork], object]) -> object:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        return do(bound(unbound))


def states(office: Office) -> list[tuple[PackState, int]]:
    with office.app.app_context(), services().read(ACTOR) as unbound:
        return [(one.state, one.percent) for one in list_packs(bound(unbound))]


def run(office: Office, job: str = "inspections.make") -> tuple[int, int]:
    with office.app.app_context():
        count = run_now(services(), find_job(job))
    return count.done, count.failed


def content(office: Office, pack_id: UUID) -> bytes:
    """Return the ZIP as it is handed out."""
    act(office, lambda uow: take_pack(uow, pack_id))
    with office.app.app_context():
        number = int(str(office.rows("SELECT id FROM operators WHERE slug = 'uof'")[0][0]))
        return b"".join(SHELF.parts_of(lambda: services().read(ACTOR, number), pack_id))


def ordered(office: Office, period: Period = PERIOD) -> UUID:
    made = act(office, lambda uow: order_pack(uow, period))
    assert isinstance(made, UUID)
    return made


def made(office: Office, period: Period = PERIOD) -> dict[str, bytes]:
    """Ask for a pack, let the worker make it, check its list, and return its files."""
    pack_id = ordered(office, period)
    assert run(office) == (1, 0)
    whole = content(office, pack_id)
    with office.app.app_context():
        said = checked_list(io.BytesIO(whole), KIND, [one.receipts for one in services().keys.public_signers()])
    assert (said["since"], said["until"]) == (period.since.isoformat(), period.until.isoformat())
    with zipfile.ZipFile(io.BytesIO(whole)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def rows(files: dict[str, bytes], name: str) -> list[list[str]]:
    """Return the lines of a table below its heads."""
    found = next(one for one in files if one.endswith(f"-{name}.csv") and one.startswith("ru/"))
    return list(csv.reader(io.StringIO(files[found].decode("utf-8-sig"))))[1:]


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def entered(office: Office, address: str) -> FlaskClient:
    client = office.app.test_client()
    assert sign_in(client, PASSWORD, address) == 302
    client.get("/language/en")
    return client


def send(client: FlaskClient, path: str, **form: str) -> tuple[int, bytes]:
    answer = client.post(path, data={"csrf_token": form_token(client, PATH), **form})
    return answer.status_code, answer.get_data()


def person(number: int) -> dict[str, object]:
    return {"ref": f"person-{number}", "identifiers": {"email": f"canary{number}@example.kz"}}


def test_94_v_25_the_pack_holds_every_document_of_an_inspection_in_both_languages_and_nobody_s_name(
    office: Office, uof: Api
) -> None:
    uof.post("/consents", consent(subject=person(1), act="ticked"))
    body = {"document": "personal-data-agreement", "subject": "person-1", "channel": "email"}
    assert uof.post("/withdrawals", body).status_code == 201
    asked = {"type": "access", "channel": "form", "identifiers": {"email": "canary1@example.kz"}}
    assert uof.post("/subject-requests", asked).status_code == 201
    entry = Entry(kind=EntryKind.DPO_ORDER, done_on=date(2026, 11, 2), reference="order 12", persons="A. Example")
    act(office, lambda uow: enter(uow, entry))

    files = made(office)

    numbers = {name.partition("/")[2][:2] for name in files if name.startswith("kk/")}
    assert numbers == {f"{number:02}" for number in range(1, 14)}
    kinds = {(name[:2], name.rpartition(".")[2]) for name in files if name[2:3] == "/"}
    assert kinds == {(language, kind) for language in ("kk", "ru") for kind in ("pdf", "csv")}
    assert {"index-kk.pdf", "index-ru.pdf", "jwks.json", "manifest.json", "manifest.jwt"} <= set(files)
    assert len(rows(files, "consents")) == len(rows(files, "withdrawals")) == len(rows(files, "requests")) == 1
    assert "order 12" in files["ru/01-order.csv"].decode()
    assert "01.11.2026 – 31.12.2026" in words_of(files["index-ru.pdf"])
    assert "келісті" in words_of(files["kk/04-consents.pdf"])
    text = next(
        name for name in files if name.startswith("texts/personal-data-agreement-") and name.endswith("-kk.txt")
    )
    assert (hashlib.sha256(files[text]).hexdigest(),) in office.rows("SELECT sha256 FROM version_texts")
    everything = (
        b" ".join(files.values()) + " ".join(words_of(one) for name, one in files.items() if "pdf" in name).encode()
    )
    for planted in (b"canary", b"person-1"):
        assert planted not in everything


def test_a_log_holds_the_days_of_the_period_by_the_clocks_of_almaty_and_a_long_one_is_whole_in_the_table(
    office: Office, uof: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "ON_PAPER", 2)
    for number, at in enumerate(("2026-11-29T18:59", "2026-11-29T19:00", "2026-11-30T05:00", "2026-11-30T18:59")):
        office.clock.set(datetime.fromisoformat(at).replace(tzinfo=UTC))
        assert uof.post("/consents", consent(subject=person(number))).status_code == 201
        asked = {"type": "access", "channel": "form", "identifiers": {"email": f"canary{number}@example.kz"}}
        assert uof.post("/subject-requests", asked).status_code == 201
    office.clock.set(datetime(2026, 11, 30, 19, 0, tzinfo=UTC))  # midnight of the first of December
    assert uof.post("/consents", consent(subject=person(9))).status_code == 201
    day = Period(date(2026, 11, 30), date(2026, 11, 30))

    files = made(office, day)

    times = [row[0] for row in rows(files, "consents")]
    assert times == ["30.11.2026 23:59", "30.11.2026 10:00", "30.11.2026 00:00"]
    assert [row[0] for row in rows(files, "requests")] == ["30.11.2026"] * 3
    paper = words_of(files["ru/04-consents.pdf"])
    assert "первые 2 строк; все 3 строк" in paper
    assert "30.11.2026 00:00" not in paper


def test_the_worker_tells_how_far_it_is_and_a_pack_is_handed_out_only_when_it_is_ready(office: Office) -> None:
    pack_id = ordered(office)
    assert states(office) == [(PackState.WAITING, 0)]
    seen: list[int] = []

    with office.app.app_context(), services().snapshot(ACTOR) as unbound:
        make_pack(bound(unbound), PERIOD, io.BytesIO(), seen.append)
    assert seen == [*range(1, STEPS), STEPS]

    with pytest.raises(NotFoundError):
        act(office, lambda uow: take_pack(uow, pack_id))
    claim = act(office, SHELF.claim)
    assert isinstance(claim, Claim)
    act(office, lambda uow: SHELF.note_progress(uow, claim, 7, 28))
    assert states(office) == [(PackState.MAKING, 25)]
    assert run(office) == (0, 0)  # somebody makes it
    office.clock.move(seconds=LEASE.total_seconds())
    assert run(office) == (1, 0)
    assert states(office) == [(PackState.READY, 100)]
    for late in (
        lambda uow: SHELF.note_progress(uow, claim, 8, 28),
        lambda uow: SHELF.store_part(uow, claim, 0, b"late"),
        lambda uow: finish_pack(uow, claim, size=1, sha256="x", made_at=uow.now),
    ):
        with pytest.raises(ClaimLostError):
            act(office, late)
    kinds = "SELECT kind, count(*) FROM ledger_events WHERE kind LIKE 'inspection_pack%' GROUP BY kind ORDER BY kind"
    assert office.rows(kinds) == [("inspection_pack_made", 1), ("inspection_pack_ordered", 1)]


def test_what_a_killed_worker_had_stored_is_made_anew_and_three_tries_in_vain_are_a_failure(office: Office) -> None:
    pack_id = ordered(office)
    claim = act(office, SHELF.claim)
    assert isinstance(claim, Claim)
    act(office, lambda uow: SHELF.store_part(uow, claim, 0, b"half of it"))
    act(office, lambda uow: SHELF.store_part(uow, claim, 7, b"and more"))
    office.clock.move(seconds=LEASE.total_seconds())

    assert run(office) == (1, 0)

    assert zipfile.ZipFile(io.BytesIO(content(office, pack_id))).testzip() is None
    ordered(office)
    for _ in range(MOST_ATTEMPTS):
        assert act(office, SHELF.claim) is not None
        office.clock.move(seconds=LEASE.total_seconds())
    assert run(office) == (0, 0)
    assert [state for state, _ in states(office)] == [PackState.FAILED, PackState.READY]


def test_a_pack_that_cannot_be_made_is_given_back_and_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(office)
    monkeypatch.setattr(making, "_DOCUMENTS", ("no such document",))
    assert run(office) == (0, 1)
    monkeypatch.undo()

    assert run(office) == (1, 0)


def test_it_lies_sealed_and_goes_after_a_week(office: Office) -> None:
    pack_id = ordered(office)
    run(office)
    stored = office.rows("SELECT sealed FROM inspection_pack_parts")
    assert stored
    assert not any(bytes(part).startswith(b"PK") for (part,) in stored)  # type: ignore[call-overload]  # bytes

    office.clock.move(hours=7 * 24)

    with pytest.raises(NotFoundError):
        act(office, lambda uow: take_pack(uow, pack_id))
    run(office, "housekeeping")
    assert office.rows("SELECT * FROM inspection_packs") == office.rows("SELECT * FROM inspection_pack_parts") == []


@pytest.mark.parametrize(
    ("since", "until"), [("2026-12-02", "2026-12-01"), ("2027-06-01", "2027-06-02"), ("2019-01-01", "2026-01-01")]
)
def test_a_period_that_cannot_be_told_about_is_refused(office: Office, since: str, until: str) -> None:
    with pytest.raises(InvalidInputError):
        ordered(office, Period(date.fromisoformat(since), date.fromisoformat(until)))


def test_no_more_than_a_few_are_made_at_once(office: Office) -> None:
    for _ in range(MOST_AT_ONCE):
        ordered(office)

    with pytest.raises(ConflictError):
        ordered(office)


@pytest.mark.parametrize("change", ["added", "altered", "missing", "list", "signature"])
def test_a_pack_that_was_altered_is_found_out(office: Office, change: str) -> None:
    files = made(office)
    name = "ru/04-consents.csv"
    if change == "added":
        files["extra.txt"] = b"more"
    elif change == "missing":
        del files[name]
    elif change == "altered":
        files[name] += b"more"
    elif change == "list":
        said = json.loads(files["manifest.json"])
        files["manifest.json"] = json.dumps(said | {"until": "2027-01-01"}).encode()
    else:
        files["manifest.jwt"] = files["manifest.jwt"][:-6] + b"AAAAAA"
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as pack:
        for one, said_in_it in files.items():
            pack.writestr(one, said_in_it)

    with office.app.app_context(), pytest.raises(InvalidInputError):
        checked_list(body, KIND, [one.receipts for one in services().keys.public_signers()])


def test_whoever_is_in_charge_asks_for_it_on_a_page_and_an_auditor_takes_it_after_saying_who_they_are(
    office: Office,
) -> None:
    dpo, auditor = entered(office, DPO), entered(office, AUDITOR)
    assert send(auditor, PATH, since="2026-11-01", until="2026-11-30")[0] == 403
    assert send(dpo, PATH, since="2026-12-01", until="2026-11-30")[0] == 422
    assert send(dpo, PATH, since="2026-11-01", until="2026-11-30")[0] == 302
    assert "data-live" in dpo.get(PATH).get_data(as_text=True)
    run(office)
    shown = auditor.get(PATH).get_data(as_text=True)
    assert "data-live" not in shown
    (pack_id,) = office.rows("SELECT id FROM inspection_packs")[0]
    address = f"{PATH}/{UUID(str(pack_id))}.zip"
    assert address in shown
    office.clock.move(minutes=11)

    status, _ = send(auditor, address)
    assert status == 403  # asked who it is
    status, whole = send(auditor, address, confirm_proof=PASSWORD)

    assert status == 200
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    taken = "SELECT count(*) FROM ledger_events WHERE kind = 'inspection_pack_taken'"
    assert office.rows(taken) == [(1,)]
    assert send(auditor, f"{PATH}/{UUID(int=1)}.zip")[0] == 404


def test_a_command_makes_a_pack_at_once_writes_it_for_its_owner_alone_and_checks_it(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "pack.zip"
    run_command("operators", "add", str(SIXTH / "acme"), data_dir=data)
    period = ("--since", "2026-01-01", "--until", "2026-03-31")

    told = json.loads(run_command("inspection", "pack", "acme", str(file), *period, "--json", data_dir=data).stdout)

    assert told["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert "as they were signed" in run_command("inspection", "verify", str(file), data_dir=data).stdout
    again = run_command("inspection", "pack", "acme", str(file), *period, data_dir=data, expect=1)
    assert "is there already" in again.stderr
    assert told["pack"] in run_command("inspection", "list", "acme", "--json", data_dir=data).stdout
    file.write_bytes(file.read_bytes()[:-100])
    assert "error: " in run_command("inspection", "verify", str(file), data_dir=data, expect=1).stderr
