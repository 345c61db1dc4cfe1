"""The witness: cosigns what only grows, refuses all else in the words of tlog-witness, and never guesses."""

import base64
import hashlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.witness.kelisim_witness import RefusedError, Witness, WitnessError, grows, main
from consent_service.ledger.cosignatures import find_cosignature, read_witness_key
from consent_service.ledger.heads import Head, open_head, sign_head, verifier_key
from tests.property.test_merkle import leaves_of, mth, subproof
from tests.witnesses import NAME, ORIGIN, PlainLog, new_witness, request, serving

PROGRAM = Path(__file__).resolve().parents[2] / "clients" / "witness" / "kelisim_witness.py"
KEY = Ed25519PrivateKey.generate()
LOG, FORK = PlainLog(KEY), PlainLog(KEY, branch=1)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path / "witness", LOG.verifier_key)


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    with serving(witness) as found:
        yield found


def post(url: str, body: bytes, path: str = "/add-checkpoint", **headers: str) -> tuple[int, str, str]:
    """Return status, type and body of the answer."""
    asked = urllib.request.Request(f"{url}{path}", body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def cosigned_at(witness: Witness, line: str, head: Head) -> float:
    key = read_witness_key(str(witness.key))
    return find_cosignature(line, key, head.text()).at.timestamp()


@given(st.data())
def test_rfc_9162_2_1_4_2_exactly_the_proof_of_the_recursion_shows_that_a_tree_grew(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    proof, old_root, root = subproof(old, leaves, True), mth(leaves[:old]), mth(leaves)

    assert grows(old, old_root, size, root, proof)
    assert grows(0, mth([]), size, root, [])
    for wrong in (proof[:-1], [*proof, root], [bytes(32), *proof[1:]], proof[::-1]):
        assert wrong == proof or not grows(old, old_root, size, root, wrong)
    assert not grows(old, bytes(32), size, root, proof)
    assert not grows(old, old_root, size, bytes(32), proof)


def test_a_log_that_grows_is_cosigned_at_every_step(witness: Witness, url: str) -> None:
    before = 0
    for size in (1, 2, 7, 64, 65, 65, 200):
        status, _, line = post(url, LOG.request(before, size))
        assert status == 200
        assert cosigned_at(witness, line, LOG.head(size)) > 0
        both = open_head(LOG.note(size) + line, ORIGIN, KEY.public_key())
        assert both == LOG.head(size)  # still a valid note of the log, with one line more
        before = size

    assert json.loads(urllib.request.urlopen(f"{url}/checkpoints").read())[0]["size"] == 200


def test_the_key_of_the_witness_is_that_of_the_specification(witness: Witness) -> None:
    name, key_id, encoded = str(witness.key).split("+", 2)
    decoded = base64.b64decode(encoded)

    assert (name, decoded[0], len(decoded)) == (NAME, 4, 33)
    assert hashlib.sha256(name.encode() + b"\n" + decoded).hexdigest()[:8] == key_id


def test_another_size_than_the_one_that_was_cosigned_last_is_answered_with_that_one(url: str) -> None:
    assert post(url, LOG.request(3, 5)) == (409, "text/x.tlog.size", "0\n")
    post(url, LOG.request(0, 5))

    for old, size in ((0, 9), (3, 9), (9, 9), (0, 3), (3, 3)):
        assert post(url, LOG.request(old, size)) == (409, "text/x.tlog.size", "5\n")


def test_two_roots_of_one_size_are_never_cosigned_and_the_second_is_kept_as_evidence(
    url: str, witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    post(url, LOG.request(0, 5))

    assert post(url, FORK.request(5, 5, []))[0] == 409
    assert post(url, FORK.request(5, 9))[0] == 422
    assert [place.read_text() for place in witness.folder.glob("logs/*.fork")] == [FORK.note(5)]
    assert f"TWO HEADS OF ONE SIZE were signed by {ORIGIN}" in capsys.readouterr().err
    assert post(url, LOG.request(5, 9))[0] == 200


def test_what_the_specification_refuses_is_refused_with_its_status_and_changes_nothing(
    url: str, witness: Witness
) -> None:
    post(url, LOG.request(0, 5))
    stranger = PlainLog(Ed25519PrivateKey.generate())
    other = sign_head(Head("other.example/1", 7, bytes(32)), KEY)
    note = LOG.note(9)
    altered = note.replace("\n9\n", "\n8\n")
    good = LOG.proof(5, 9)
    cases = [
        (404, request(0, [], other)),
        (403, stranger.request(5, 9)),
        (403, request(5, good, altered)),
        (400, LOG.request(7, 6, [])),
        (422, request(5, good[:-1], note)),
        (422, request(5, [], note)),
        (422, request(5, [bytes(32)] * 63, note)),
        (400, request(5, [bytes(32)] * 64, note)),
        (400, request(5, [bytes(31)], note)),
        (400, request("05", good, note)),
        (400, request("-1", good, note)),
        (400, request("٥", good, note)),
        (400, request(10**19, good, note)),
        (400, request(5, good, note.replace("\n9\n", "\n09\n"))),
        (400, request(5, good, note.replace("\n9\n", "\n1e1\n"))),
        (400, request(5, good, note.partition("\n\n")[0])),
        (400, request(5, good, "")),
        (400, request(5, good, note.replace("9", "9\r"))),
        (400, b""),
        (400, b"old 5\n"),
        (400, b"\xff\xfe" * 20),
        (400, b"new 5\n\n" + note.encode()),
    ]
    for status, body in cases:
        assert post(url, body)[0] == status, body

    assert witness.logs()[0].size == 5
    assert post(url, b"x" * (1 << 17))[0] == 413
    assert post(url, b"", "/elsewhere")[0] == 404
    assert post(url, LOG.request(5, 9))[0] == 200


def test_further_lines_and_keys_of_others_are_passed_over(url: str, witness: Witness) -> None:
    status, _, line = post(url, LOG.request(0, 5))
    note = LOG.note(5)
    text, _, own = note.partition("\n\n")
    stranger = sign_head(LOG.head(5), Ed25519PrivateKey.generate()).partition("\n\n")[2]

    assert status == 200
    for lines in (own + line, line + own, f"— x.example AAAA\n{own}", f"nothing\n{own}", stranger + own):
        assert post(url, request(5, [], f"{text}\n\n{lines}"))[0] == 200
    assert post(url, request(5, [], f"{text}\n\n{stranger}"))[0] == 403


def test_a_head_with_a_line_more_in_its_text_is_cosigned_as_it_is(witness: Witness) -> None:
    text = LOG.head(5).text() + "an extension\n"
    key_id = base64.b64decode(LOG.note(5).split(" ")[-1])[:4]
    signature = base64.b64encode(key_id + KEY.sign(text.encode())).decode()

    line = witness.cosign(request(0, [], f"{text}\n— {ORIGIN} {signature}\n"))

    key = read_witness_key(str(witness.key))
    assert find_cosignature(line, key, text).line == line.strip()


def test_a_second_key_of_a_log_may_sign_too(witness: Witness) -> None:
    renewed = PlainLog(Ed25519PrivateKey.generate())
    witness.cosign(LOG.request(0, 5))
    with pytest.raises(RefusedError, match="not signed"):
        witness.cosign(renewed.request(5, 9))

    witness.add(renewed.verifier_key)

    witness.cosign(renewed.request(5, 9))
    witness.cosign(LOG.request(9, 12))


def test_a_clock_that_is_put_back_never_claims_an_earlier_time(witness: Witness) -> None:
    witness.clock = lambda: 2_000_000_000
    first = witness.cosign(LOG.request(0, 5))
    witness.clock = lambda: 1_000_000_000
    second = witness.cosign(LOG.request(5, 9))

    assert cosigned_at(witness, first, LOG.head(5)) == cosigned_at(witness, second, LOG.head(9)) == 2_000_000_000


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"origin": "log.example/1", "keys": []}', b"\xff", b"null"])
def test_a_state_that_cannot_be_read_is_no_empty_log(url: str, witness: Witness, damage: bytes) -> None:
    post(url, LOG.request(0, 5))
    place = next(witness.folder.glob("logs/*.json"))
    kept = place.read_bytes()
    place.write_bytes(damage)

    assert post(url, LOG.request(0, 3))[0] == 500
    with pytest.raises(WitnessError, match="cannot be read"):
        witness.add(LOG.verifier_key)

    place.write_bytes(kept)
    assert post(url, LOG.request(5, 9))[0] == 200


def test_a_log_whose_state_is_gone_is_unknown_and_not_new(url: str, witness: Witness) -> None:
    post(url, LOG.request(0, 5))
    next(witness.folder.glob("logs/*.json")).unlink()

    assert post(url, LOG.request(0, 3))[0] == 404


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_refused_as_no_request(witness: Witness, body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        witness.cosign(body)
    assert refused.value.status == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_altered_request_is_cosigned_as_something_else(witness: Witness, data: st.DataObject) -> None:
    body = bytearray(LOG.request(0, 5))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= 1 << data.draw(st.integers(0, 7))

    with suppress(RefusedError):
        assert cosigned_at(witness, witness.cosign(bytes(body)), LOG.head(5)) > 0


def test_the_program_alone_makes_its_key_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "w")
    made = subprocess.run(
        [sys.executable, "-I", PROGRAM, "init", folder, "--name", NAME], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert read_witness_key(made).name == NAME
    assert (tmp_path / "w" / "key.json").stat().st_mode & 0o777 == 0o600
    assert main(["add", folder, LOG.verifier_key]) == 0
    assert main(["show", folder]) == 0
    assert f"{ORIGIN}: 0 leaves" in capsys.readouterr().out

    wrong_keys = ("", "x", "a+b+c", made, LOG.verifier_key[:-4] + "AAA=", "a+00000000+AQ==")
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "key.json").write_text("{}")
    (tmp_path / "open" / "key.json").chmod(0o644)
    for words, arguments in (
        ("is not empty", ["init", folder, "--name", NAME]),
        ("A name is like", ["init", str(tmp_path / "v"), "--name", "a b"]),
        ("holds no key", ["serve", str(tmp_path / "nowhere")]),
        ("chmod 600", ["show", str(tmp_path / "open")]),
        *(("no key of the kind", ["add", folder, key]) for key in wrong_keys),
    ):
        assert main(arguments) == 2
        assert words in capsys.readouterr().err


def test_a_verifier_key_of_another_kind_is_no_log(witness: Witness) -> None:
    with pytest.raises(WitnessError, match="no key of the kind"):
        witness.add(str(witness.key))
    witness.add(verifier_key("other.example/1", KEY.public_key()))
    assert [log.origin for log in witness.logs()] == [ORIGIN, "other.example/1"]
