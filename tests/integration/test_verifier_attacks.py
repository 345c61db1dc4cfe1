"""What a dishonest operator, or whoever has an export in hand, could try: the offline verifier does not say proven."""

import io
import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.kernel.signing import public_jwk
from consent_service.receipts.signing import sign_receipt
from tests.exports import MadeLog
from tests.integration.test_ledger_export import verifier

__all__ = ["verifier"]
FACTS: dict[str, Any] = {
    "consent": "c-1",
    "document": "d",
    "version": "1",
    "language": "ru",
    "text_sha256": "00",
    "text_kind": "published",
    "act": "pressed",
    "channel": "web",
    "evidence_grade": "operator_recorded",
    "given_at": "2026-11-23T07:00:00.000000Z",
    "choices": [{"purpose": "p", "granted": True, "state": "active", "expires_on": None}],
}


def receipt_of(facts: dict[str, Any], leaf: str | None) -> dict[str, Any]:  # Any: JSON values
    notice = {name: facts[name] for name in ("document", "version", "text_kind")} | {"sha256": facts["text_sha256"]}
    purposes = [{name: one[name] for name in ("purpose", "granted", "expires_on")} for one in facts["choices"]]
    return {
        "schema_version": "kelisim-receipt/2",
        "record_id": facts["consent"],
        "pii_processing": {
            "privacy_notice": notice,
            "language": facts["language"],
            "collection_method": facts["channel"],
            "purposes": purposes,
        },
        "event": {
            "event_type": facts["act"],
            "event_time": "2026-11-23T07:00:00Z",
            "evidence_grade": facts["evidence_grade"],
        },
        "ledger": {"leaf_input": leaf} if leaf else None,
    }


def verdict(verifier: ModuleType, place: Path, *words: str) -> tuple[int, dict[str, Any]]:
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", output)
        code = verifier.main([str(place), "--json", *words])
    return code, json.loads(output.getvalue() or "{}")


ALTERED: list[Callable[[dict[str, Any]], object]] = [
    lambda facts: facts["choices"][0].update(granted=False),
    lambda facts: facts["choices"][0].update(expires_on="2030-01-01"),
    lambda facts: facts.update(given_at="2026-11-22T07:00:00.000000Z"),
    *(
        lambda facts, name=name: facts.update({name: "another"})
        for name in ("act", "channel", "evidence_grade", "text_kind", "language", "text_sha256", "version", "consent")
    ),
]


@pytest.mark.parametrize("alter", [None, *ALTERED])
def test_a_receipt_is_proven_only_if_the_event_behind_its_leaf_says_the_same(
    verifier: ModuleType, tmp_path: Path, alter: Callable[[dict[str, Any]], object] | None
) -> None:
    log, key = MadeLog(), Ed25519PrivateKey.generate()
    facts = json.loads(json.dumps(FACTS))
    if alter:
        alter(facts)
    leaf = log.add("consent_recorded", facts)
    log.told()
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [public_jwk(key.public_key())]}))
    (tmp_path / "receipt.jwt").write_text(sign_receipt(receipt_of(FACTS, leaf.leaf_input.hex()), key))

    code, said = verdict(
        verifier, log.write(tmp_path / "export"), "--key", log.verifier_key,
        "--receipt", str(tmp_path / "receipt.jwt"), "--jwks", str(tmp_path / "jwks.json"),
    )  # fmt: skip

    assert code == (1 if alter else 0)
    assert [one["what"] for one in said["failed"]] == (
        ["the event that its leaf commits to says something else"] if alter else []
    )


def test_an_event_that_claims_to_be_earlier_than_a_head_without_it_is_not_proven(
    verifier: ModuleType, tmp_path: Path
) -> None:
    log = MadeLog()
    log.add("consent_recorded", FACTS, minutes=0)
    log.add("consent_recorded", FACTS, minutes=60)
    log.told()
    log.add("consent_recorded", FACTS, minutes=56)  # late, but within what is promised
    log.told()
    code, _ = verdict(verifier, log.write(tmp_path / "honest"), "--key", log.verifier_key)
    log.add("consent_recorded", FACTS, minutes=54)
    log.told()

    back_dated, said = verdict(verifier, log.write(tmp_path / "export"), "--key", log.verifier_key)

    assert (code, back_dated) == (0, 1)
    assert [one["place"] for one in said["failed"]] == ["leaf 1/3"]


def test_a_kept_head_shows_that_an_export_was_cut_or_replaced(verifier: ModuleType, tmp_path: Path) -> None:
    log, other = MadeLog(), MadeLog()
    other.key = log.key
    for one in (log, other):
        for _ in range(3):
            one.add("consent_recorded", FACTS)
            one.told()
    kept = tmp_path / "kept"
    kept.write_text(log.notes[-1])
    words = ("--key", log.verifier_key, "--head", str(kept))

    whole = verdict(verifier, log.write(tmp_path / "whole"), *words)
    cut = verdict(verifier, log.write(tmp_path / "cut", notes=log.notes[:2]), *words)
    replaced = verdict(verifier, other.write(tmp_path / "replaced"), *words)

    assert (whole[0], cut[0], replaced[0]) == (0, 1, 1)
    assert "it was cut" in cut[1]["failed"][0]["what"]
    assert "the log was replaced" in replaced[1]["failed"][0]["what"]


def test_who_wants_all_operators_events_is_told_when_an_export_holds_one_alone(
    verifier: ModuleType, tmp_path: Path
) -> None:
    log = MadeLog()
    log.add("consent_recorded", FACTS)
    log.told()

    assert verdict(verifier, log.write(tmp_path / "all"), "--key", log.verifier_key, "--whole")[0] == 0
    assert verdict(verifier, log.write(tmp_path / "one", operator=1), "--key", log.verifier_key, "--whole")[0] == 1


def made(folder: Path) -> tuple[Path, str]:
    log = MadeLog()
    log.add("consent_recorded", FACTS)
    log.told()
    return log.write(folder), log.verifier_key


def test_a_file_that_is_no_part_of_an_export_is_named(verifier: ModuleType, tmp_path: Path) -> None:
    export, key = made(tmp_path / "export")
    (export / "README-\x1b[2JPROVEN.").write_text("x")

    assert verdict(verifier, export, "--key", key)[0] == 1
    assert "\x1b" not in verifier.plain("README-\x1b[2JPROVEN.")


@pytest.mark.parametrize(
    "edit",
    [
        lambda about: about["logs"][0].update(epoch=float("inf")),
        lambda about: about["logs"][0].update(epoch="1"),
        lambda about: about["logs"][0].update(epoch=True),
        lambda about: about.pop("operator"),
        lambda about: about["logs"][0].update(follows=7),
    ],
)
def test_a_description_in_another_form_is_refused_in_one_line(
    verifier: ModuleType, tmp_path: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    export, key = made(tmp_path / "export")
    about = json.loads((export / "export.json").read_text())
    edit(about)
    (export / "export.json").write_text(json.dumps(about))

    assert verdict(verifier, export, "--key", key) == (2, {})


@pytest.mark.parametrize("note", ["junk after", "no end", "line separator"])
def test_a_head_with_something_else_below_its_signatures_does_not_hold(
    verifier: ModuleType, tmp_path: Path, note: str
) -> None:
    log = MadeLog()
    log.add("consent_recorded", FACTS)
    told = log.told()
    changed = {"junk after": told + "PROVEN\n", "no end": told[:-1], "line separator": told.replace("\n— ", "\u2028— ")}
    log.notes = [changed[note]]

    assert verdict(verifier, log.write(tmp_path / "export"), "--key", log.verifier_key)[0] == 1


def zipped(folder: Path, place: Path) -> Path:
    return Path(shutil.make_archive(str(place), "zip", folder))


def name_twice(place: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(place, "a") as packed:
        warnings.simplefilter("ignore")
        packed.writestr("events.jsonl", "forged")


def lead_outside(place: Path) -> None:
    with zipfile.ZipFile(place, "a") as packed:
        packed.writestr("../outside", "x")


def begin_with_junk(place: Path) -> None:
    place.write_bytes(b"#!/bin/sh\n" + place.read_bytes())


def fill_a_folder(place: Path) -> None:
    with zipfile.ZipFile(place, "a") as packed:
        packed.writestr("2/", "x")


def pack_a_bomb(place: Path) -> None:
    with zipfile.ZipFile(place, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb", bytes(1 << 24))


@pytest.mark.parametrize("trick", [name_twice, lead_outside, begin_with_junk, fill_a_folder, pack_a_bomb])
def test_a_zip_file_that_others_could_read_otherwise_is_refused(
    verifier: ModuleType, tmp_path: Path, trick: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    export, key = made(tmp_path / "export")
    place = zipped(export, tmp_path / "packed")
    assert verdict(verifier, place, "--key", key)[0] == 0

    trick(place)

    assert verdict(verifier, place, "--key", key)[0] == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("at", range(0, 600, 23))
def test_a_damaged_zip_file_gets_a_verdict_and_never_a_traceback(verifier: ModuleType, tmp_path: Path, at: int) -> None:
    export, key = made(tmp_path / "export")
    place = zipped(export, tmp_path / "packed")
    body = bytearray(place.read_bytes())
    body[at % len(body)] ^= 0xFF
    place.write_bytes(body)

    assert verdict(verifier, place, "--key", key)[0] in {0, 1, 2}  # a flag that nobody reads may be flipped
