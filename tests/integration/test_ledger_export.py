"""An export is checked by a program that shares nothing with the service: what was altered is found and named."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_service.ledger.cosignatures import WitnessKey
from consent_service.ledger.exporting import export_all
from consent_service.ledger.heads import verifier_key
from tests.conftest import FULL
from tests.sealed_ledger import ACTOR, on_copy, witness_key
from tests.witnesses import NAME

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "clients" / "verifier" / "kelisim_verifier.py"
TAMPERINGS = 1000 if FULL else 100
Tampering = Callable[[Path, Random], str]
WHOSE_LINE = re.compile(rf"— {NAME} .{{6}}".encode())


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = spec_from_file_location("kelisim_verifier", PROGRAM)
    assert spec
    assert spec.loader
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def exported(sealed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of all operators; the key lies beside it."""
    return written(sealed, tmp_path_factory.mktemp("exported"))


def written(database: Path, folder: Path, operator: int | None = None) -> Path:
    shutil.copy(database, folder / "kelisim.db")
    with on_copy(database, folder) as house, house.snapshot(ACTOR) as unbound:
        uow = unbound.for_operator(operator) if operator else unbound
        assert export_all(uow, folder / "export") > 0
    return folder / "export"


def events_of(export: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (export / "events.jsonl").read_text().splitlines()]


def key_of(export: Path) -> str:
    key: str = json.loads((export / "export.json").read_text())["logs"][0]["verifier_key"]
    return key


@pytest.fixture(scope="module")
def witness(sealed: Path) -> str:
    """The verifier key of the witness."""
    return witness_key(sealed)


def run(export: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", PROGRAM, export, "--key", key_of(export), *more],
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_export_is_proven_by_the_program_alone(exported: Path) -> None:
    done = run(exported)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PROVEN.")
    assert "6 signed heads" in done.stdout
    assert "were emptied when their term was over" in done.stdout
    assert json.loads(run(exported, "--json").stdout)["valid"] is True


def test_the_program_needs_nothing_of_the_service(tmp_path: Path, exported: Path) -> None:
    alone = tmp_path / "verify.py"
    shutil.copy(PROGRAM, alone)
    watched = f"import sys, runpy; sys.argv = ['v', {str(exported)!r}, '--key', {key_of(exported)!r}]\n"
    watched += (
        f"try: runpy.run_path({str(alone)!r}, run_name='__main__')\nexcept SystemExit as end: assert end.code == 0\n"
    )
    watched += (
        "print([n for n in sys.modules if n.split('.')[0] in ('consent_service', 'flask', 'sqlalchemy', 'rfc8785')])"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", watched], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_zip_file_of_an_export_is_as_good_as_the_folder(exported: Path, tmp_path: Path, verifier: ModuleType) -> None:
    place = shutil.make_archive(str(tmp_path / "export"), "zip", exported)

    assert verifier.main([place, "--key", key_of(exported)]) == 0


def test_an_export_of_one_operator_keeps_the_words_of_the_others_closed(
    sealed: Path,
    tmp_path: Path,
    verifier: ModuleType,
) -> None:
    export = written(sealed, tmp_path, operator=2)

    report = verifier.verify(export, [key_of(export)])

    assert report.failed == []
    assert any("stay closed" in line for line in report.unchecked)
    operators = {json.loads(event["body"])["operator"] for event in events_of(export)}
    assert operators == {2}


def flip_a_bit(export: Path, chance: Random) -> str:
    files = sorted(path for path in export.rglob("*") if path.is_file() and path.name != "export.json")
    place = chance.choice(files)
    body = bytearray(place.read_bytes())
    # Under another name or key the line of a witness is that of a stranger, which every reader of a note passes over.
    strange = {at for found in WHOSE_LINE.finditer(body) for at in range(*found.span())}
    at = chance.choice(sorted(set(range(len(body))) - strange))
    body[at] ^= 1 << chance.randrange(8)
    place.write_bytes(body)
    return f"bit of byte {at} of {place.relative_to(export)}"


def remove_a_file(export: Path, chance: Random) -> str:
    files = sorted(path for path in export.rglob("*") if path.is_file() and path.name != "export.json")
    place = chance.choice(files)
    place.unlink()
    return str(place.relative_to(export))


def cut_a_file(export: Path, chance: Random) -> str:
    files = sorted(path for path in export.rglob("*") if path.is_file() and path.name != "export.json")
    place = chance.choice(files)
    body = place.read_bytes()
    place.write_bytes(body[: chance.randrange(len(body) - 1)])
    return f"the end of {place.relative_to(export)}"


def remove_an_event(export: Path, chance: Random) -> str:
    lines = (export / "events.jsonl").read_text().splitlines(keepends=True)
    gone = lines.pop(chance.randrange(len(lines)))
    (export / "events.jsonl").write_text("".join(lines))
    return gone


def swap_two_events(export: Path, chance: Random) -> str:
    events = events_of(export)
    one, other = chance.sample([event for event in events if event["body"]], 2)
    one["index"], other["index"] = other["index"], one["index"]
    (export / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return f"{one['index']} and {other['index']}"


def empty_an_event(export: Path, chance: Random) -> str:
    events = events_of(export)
    chosen = chance.choice([event for event in events if event["body"] and "evidence_expired" not in event["body"]])
    chosen["body"] = chosen["salt"] = None
    (export / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(chosen["index"])


def slip_in_an_event(export: Path, chance: Random) -> str:
    """Claim that a leaf says something else, with a fresh salt."""
    events = events_of(export)
    chosen = chance.choice([event for event in events if event["body"]])
    chosen["salt"] = chance.randbytes(32).hex()
    (export / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(chosen["index"])


@pytest.mark.parametrize(
    "tampering",
    [flip_a_bit, remove_a_file, cut_a_file, remove_an_event, swap_two_events, empty_an_event, slip_in_an_event],
    ids=lambda one: one.__name__,
)
def test_every_tampering_with_an_export_is_found_and_named(
    exported: Path, tmp_path: Path, verifier: ModuleType, witness: str, tampering: Tampering
) -> None:
    missed = []
    for seed in range(TAMPERINGS // 7 + 1):
        copy = tmp_path / str(seed)
        shutil.copytree(exported, copy)
        what = tampering(copy, Random(seed))  # noqa: S311 - repeatable on purpose
        report = verifier.verify(copy, [key_of(exported)], verifier.Given(witnesses=(witness,)))
        if not report.failed or not report.failed[0]["place"]:
            missed.append((seed, what))
        shutil.rmtree(copy)

    assert missed == []


def test_a_witness_is_heard_and_says_until_when_it_saw_the_log(
    exported: Path, verifier: ModuleType, witness: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = verifier.verify(exported, [key_of(exported)], verifier.Given(witnesses=(witness,)))
    size = report.proven[0].rpartition("over ")[2].removesuffix(" leaves")
    (heard,) = [line for line in report.proven if line.startswith("witness ")]

    assert report.failed == []
    assert heard.startswith(
        f"witness witness.example/w1: saw log {key_of(exported).partition('+')[0]} with {size} leaves at 20"
    )
    assert heard.endswith(" UTC; that is its last head")
    stranger = WitnessKey("witness.example/w2", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert (
        verifier.main([str(exported), "--key", key_of(exported), "--witness", witness, "--witness", str(stranger)]) == 1
    )
    assert "the witness witness.example/w2 has cosigned no head of it" in capsys.readouterr().out
    assert verifier.main([str(exported), "--key", key_of(exported), "--witness", key_of(exported)]) == 2
    assert verifier.main([str(exported), "--key", witness]) == 2


def test_an_altered_line_of_a_witness_is_named(
    exported: Path, tmp_path: Path, verifier: ModuleType, witness: str
) -> None:
    shutil.copytree(exported, tmp_path / "copy")
    place = tmp_path / "copy" / "1" / "heads.jsonl"
    notes = [json.loads(line) for line in place.read_text().splitlines()]
    text, _, lines = notes[2].partition("\n\n")
    *own, line = lines.strip().split("\n")
    other = notes[1].strip().split("\n")[-1]  # a true line of the witness, of another head
    notes[2] = "\n".join([text, "", *own, other, ""])
    place.write_text("".join(json.dumps(note) + "\n" for note in notes))

    report = verifier.verify(tmp_path / "copy", [key_of(exported)], verifier.Given(witnesses=(witness,)))

    assert line != other
    assert [one["what"] for one in report.failed] == ["the signature of the witness witness.example/w1 does not hold"]
    assert report.failed[0]["place"].endswith(f", head {text.split(chr(10))[1]}")


def test_leaves_after_the_last_head_of_a_witness_are_counted(
    exported: Path, tmp_path: Path, verifier: ModuleType, witness: str
) -> None:
    shutil.copytree(exported, tmp_path / "copy")
    place = tmp_path / "copy" / "1"
    notes = [json.loads(line) for line in (place / "heads.jsonl").read_text().splitlines()]
    notes[-1] = "\n".join(notes[-1].split("\n")[:5]) + "\n"  # our own line alone
    (place / "heads.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    (place / "checkpoint").write_text(notes[-1])

    report = verifier.verify(tmp_path / "copy", [key_of(exported)], verifier.Given(witnesses=(witness,)))

    assert report.failed == []
    assert any(line.endswith(" leaves came later") for line in report.proven)


def test_another_key_proves_nothing(exported: Path, verifier: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    origin = key_of(exported).partition("+")[0]
    stranger = Ed25519PrivateKey.generate().public_key()

    assert verifier.main([str(exported), "--key", verifier_key(origin, stranger)]) == 1
    assert verifier.main([str(exported), "--key", verifier_key("other/ledger/1", stranger)]) == 1
    said = capsys.readouterr().out
    assert said.count("NOT PROVEN") == 2
    assert said.count("no key was given") == 1  # for a log, not once for each of its heads


@pytest.mark.parametrize("key", ["", "x", "a+b+c", "a+00000000+AQ==", "a+zz+" + "A" * 44])
def test_what_is_no_key_is_said_to_be_none(
    exported: Path, verifier: ModuleType, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert verifier.main([str(exported), "--key", key]) == 2
    assert "no verifier key" in capsys.readouterr().err


def test_what_is_no_export_is_said_to_be_none(
    tmp_path: Path, exported: Path, verifier: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("x", "y")

    for place in ("file", "empty", "other.zip", "missing"):
        assert verifier.main([str(tmp_path / place), "--key", key_of(exported)]) == 2
    assert "Traceback" not in capsys.readouterr().err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_in_any_file_get_a_verdict_and_never_proven(
    exported: Path, tmp_path: Path, verifier: ModuleType, witness: str, data: st.DataObject
) -> None:
    name = data.draw(
        st.sampled_from(["export.json", "events.jsonl", "1/heads.jsonl", "1/checkpoint", "1/tile/entries/000"])
    )
    value = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    )
    body = data.draw(st.binary(max_size=200) | value.map(lambda one: json.dumps(one).encode()))
    place = tmp_path / "export"
    shutil.copytree(exported, place, dirs_exist_ok=True)
    (place / name).write_bytes(body)

    try:
        assert verifier.verify(place, [key_of(exported)], verifier.Given(witnesses=(witness,))).failed
    except verifier.NotAnExportError:
        assert name == "export.json"
