"""Receipts and proof packs are checked by the program that shares nothing with the service."""

import base64
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_service.jobs.runner import find_job, run_now
from consent_service.ledger.cosignatures import WitnessKey
from consent_service.ledger.exporting import export_all
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_ledger_export import verifier
from tests.integration.test_ledger_served import sealed_and_signed
from tests.integration.test_withdrawals import work
from tests.sealed_ledger import ACTOR
from tests.witnesses import new_witness, serving

__all__ = ["verifier"]
TAMPERINGS = 1000 if FULL else 100


@dataclass(frozen=True)
class Handed:
    """What a service handed out: a pack in a folder, its receipt, the export, and the keys published elsewhere."""

    pack: Path
    receipt: Path
    export: Path
    jwks: Path
    key: str
    witness: str

    def check(self, verifier: ModuleType, what: Path, *more: str) -> tuple[int, dict[str, Any]]:  # Any: JSON
        """Run the program and return its exit code and its verdict."""
        arguments = [str(what), "--key", self.key, "--jwks", str(self.jwks), "--json", *more]
        output = io.StringIO()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("sys.stdout", output)
            code = verifier.main(arguments)
        return code, json.loads(output.getvalue() or "{}")


@pytest.fixture(scope="module")
def handed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    folder = tmp_path_factory.mktemp("handed")
    shutil.copy(sqlite_template, folder / "kelisim.db")
    clock = MovableClock()
    witness = new_witness(folder / "witness")
    with ExitStack() as stack:
        asked = f"{stack.enter_context(serving(witness))} {witness.key}"
        app = stack.enter_context(app_on(f"sqlite:///{folder / 'kelisim.db'}", folder, clock, WITNESSES=asked))
        uof = client_of(app, "uof")
        made = uof.post("/consents", consent(subject={"ref": "p-1", "identifiers": {"email": "p@example.kz"}})).json
        withdrawn = {"subject": "p-1", "document": consent()["document"], "channel": "registered_mail"}
        uof.post("/withdrawals", withdrawn)
        for _ in range(15):
            clock.now += timedelta(days=1)
            work(app)
        sealed_and_signed(app)
        witness.add(app.test_client().get("/ledger/key").text)
        with app.app_context():
            assert run_now(services(), find_job("ledger.cosign")).done == 1
        with zipfile.ZipFile(io.BytesIO(uof.get(f"/consents/{made['id']}/proof.zip").data)) as packed:
            packed.extractall(folder / "pack")
        (folder / "receipt.jwt").write_text(made["receipt"]["jwt"])
        (folder / "jwks.json").write_text(app.test_client().get("/.well-known/jwks.json").text)
        key = app.test_client().get("/ledger/key").text.strip()
        with app.app_context(), services().snapshot(ACTOR) as uow:
            export_all(uow, folder / "export")
    return Handed(
        folder / "pack", folder / "receipt.jwt", folder / "export", folder / "jwks.json", key, str(witness.key)
    )


def test_a_pack_bears_the_word_of_a_witness(verifier: ModuleType, handed: Handed) -> None:
    stranger = WitnessKey(
        "witness.example/w2", bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    )

    code, heard = handed.check(verifier, handed.pack, "--witness", handed.witness)
    refused, missed = handed.check(verifier, handed.pack, "--witness", str(stranger))

    assert code == 0
    assert any(line.startswith("witness witness.example/w1: saw log ") for line in heard["proven"])
    assert refused == 1
    assert missed["failed"][0]["what"] == "the witness witness.example/w2 has cosigned no head of it"
    assert verifier.main([str(handed.receipt), "--jwks", str(handed.jwks), "--witness", handed.witness]) == 2


def test_a_pack_a_receipt_and_a_receipt_in_an_export_are_proven(verifier: ModuleType, handed: Handed) -> None:
    code, pack = handed.check(verifier, handed.pack)
    assert (code, pack["failed"]) == (0, [])
    assert any("what the receipt says" in line for line in pack["proven"])
    assert any("7 events open leaves" in line for line in pack["proven"])

    code, alone = handed.check(verifier, handed.receipt)
    assert (code, alone["failed"]) == (0, [])

    code, both = handed.check(verifier, handed.export, "--receipt", str(handed.receipt))
    assert (code, both["failed"]) == (0, [])
    assert any("its leaf is in the log" in line for line in both["proven"])


def test_a_pack_is_read_as_a_zip_too(verifier: ModuleType, handed: Handed, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "pack"), "zip", handed.pack)

    assert handed.check(verifier, tmp_path / "pack.zip")[0] == 0


def test_a_zip_that_was_cut_off_is_said_to_be_no_whole_one(
    verifier: ModuleType, handed: Handed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Path(shutil.make_archive(str(tmp_path / "pack"), "zip", handed.pack))
    (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:1000])

    assert handed.check(verifier, tmp_path / "cut.zip")[0] == 2
    assert "nor a whole ZIP file" in capsys.readouterr().err


def change_a_byte(pack: Path, chance: Random) -> str:
    file = one_of(pack, chance)
    content = bytearray(file.read_bytes())
    at = chance.randrange(len(content))
    content[at] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"byte {at} of {file.name}"


def remove_a_file(pack: Path, chance: Random) -> str:
    file = one_of(pack, chance)
    file.unlink()
    return file.name


def add_a_file(pack: Path, chance: Random) -> str:
    (pack / "receipt" / f"{chance.randrange(999)}.pdf").write_bytes(b"%PDF-")
    return "a file more"


def swap_two_files(pack: Path, chance: Random) -> str:
    one, other = chance.sample(sorted(path for path in pack.rglob("*") if path.is_file()), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return f"{one.name} and {other.name}"


def one_of(pack: Path, chance: Random) -> Path:
    files = sorted(path for path in pack.rglob("*") if path.is_file() and path.name != "jwks.json")
    return chance.choice(files)


@pytest.mark.parametrize(
    "tampering", [change_a_byte, remove_a_file, add_a_file, swap_two_files], ids=lambda one: one.__name__
)
def test_every_tampering_with_a_pack_is_found_and_its_place_named(
    verifier: ModuleType, handed: Handed, tmp_path: Path, tampering: Callable[[Path, Random], str]
) -> None:
    missed = []
    for seed in range(TAMPERINGS // 4):
        pack = tmp_path / str(seed)
        shutil.copytree(handed.pack, pack)
        what = tampering(pack, Random(seed))  # noqa: S311 - repeatable on purpose
        code, verdict = handed.check(verifier, pack)
        if code != 1 or not verdict["failed"][0]["place"]:
            missed.append(what)
        shutil.rmtree(pack)

    assert missed == []


def test_a_pack_that_was_listed_anew_by_somebody_else_is_not_proven(
    verifier: ModuleType, handed: Handed, tmp_path: Path
) -> None:
    """The key comes from elsewhere: one that lies in the pack proves nothing."""
    shutil.copytree(handed.pack, tmp_path / "pack")
    other = json.loads(handed.jwks.read_text())
    other["keys"][0]["x"] = base64.urlsafe_b64encode(bytes(31) + b"\x01").rstrip(b"=").decode()
    (tmp_path / "other.json").write_text(json.dumps(other))
    stranger = Handed(
        tmp_path / "pack", handed.receipt, handed.export, tmp_path / "other.json", handed.key, handed.witness
    )

    assert stranger.check(verifier, stranger.pack)[0] == 1
    assert stranger.check(verifier, stranger.receipt)[0] == 1


def test_a_receipt_of_another_log_is_not_found_in_the_export(
    verifier: ModuleType, handed: Handed, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "kelisim.db")
    shutil.copy(handed.jwks.parent / "keys.json", tmp_path / "keys.json")
    with app_on(f"sqlite:///{tmp_path / 'kelisim.db'}", tmp_path, MovableClock()) as app:
        token = client_of(app, "uof").post("/consents", consent()).json["receipt"]["jwt"]
    (tmp_path / "receipt.jwt").write_text(token)

    code, verdict = handed.check(verifier, handed.export, "--receipt", str(tmp_path / "receipt.jwt"))

    assert code == 1
    assert "not in the log" in verdict["failed"][0]["what"]


@given(noise=st.one_of(st.binary(max_size=200), st.text("ey.A-_\n", max_size=80).map(str.encode)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=1000 if FULL else 100)
def test_no_file_makes_the_program_stumble_or_say_proven(
    verifier: ModuleType, handed: Handed, tmp_path: Path, noise: bytes
) -> None:
    for name in ("receipt/receipt.jwt", "ledger/events.json", "manifest.jwt", "manifest.json"):
        pack = tmp_path / "pack"
        shutil.rmtree(pack, ignore_errors=True)
        shutil.copytree(handed.pack, pack)
        (pack / name).write_bytes(noise)
        assert handed.check(verifier, pack)[0] == 1
    (tmp_path / "receipt.jwt").write_bytes(noise)
    assert handed.check(verifier, tmp_path / "receipt.jwt")[0] in {1, 2}


@pytest.mark.parametrize(
    "jwks", ["", "[]", '{"keys": 1}', '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AA"}]}']
)
def test_keys_that_cannot_be_read_are_said_to_be_none(
    verifier: ModuleType, handed: Handed, tmp_path: Path, jwks: str
) -> None:
    (tmp_path / "jwks.json").write_text(jwks)

    assert verifier.main([str(handed.receipt), "--jwks", str(tmp_path / "jwks.json")]) == 2
    assert verifier.main([str(handed.receipt)]) == 2
    assert verifier.main([str(handed.pack)]) == 2
