"""``ledger checkpoint`` and ``ledger verify`` with a time-stamp server, a witness and a host that keeps heads."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.witness.kelisim_witness import Witness
from consent_service.kernel.webhooks import new_secret
from consent_service.ledger.heads import verifier_key
from tests.command_line import run
from tests.keys import open_key_file
from tests.tsa import make_tsa
from tests.tsa import serving as stamping
from tests.witnesses import new_witness, serving

SECRET = new_secret()


@pytest.fixture
def data_dir(sqlite_template: Path, tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    shutil.copy(sqlite_template, place / "kelisim.db")
    shutil.copy(sqlite_template.parent / "keys.json", place / "keys.json")
    return place


@pytest.fixture
def witness(tmp_path: Path, data_dir: Path) -> Witness:
    public = open_key_file(data_dir / "keys.json").signer.public.heads
    return new_witness(tmp_path / "witness", verifier_key("127.0.0.1/ledger/1", public), secret=SECRET)


@pytest.fixture
def others(tmp_path: Path, witness: Witness) -> Iterator[dict[str, str]]:
    """The settings that name the others."""
    (tmp_path / "tsa").mkdir()
    tsa = make_tsa(tmp_path / "tsa")
    with serving(witness) as url, stamping(tsa.stamp) as stamps:
        yield {
            "TSA_URL": stamps,
            "TSA_CA_FILE": str(tsa.root),
            "WITNESSES": f"{url} {witness.key}",
            "LEDGER_WEBHOOKS": f"{url}/heads",
            "LEDGER_WEBHOOK_SECRETS": SECRET,
        }


def test_a_checkpoint_says_who_holds_it_and_who_does_not(
    data_dir: Path, others: dict[str, str], witness: Witness
) -> None:
    nobody = "http://127.0.0.1:9/"
    early = run("ledger", "checkpoint", data_dir=data_dir, expect=0, **(others | {"TSA_URL": nobody})).stdout
    held = json.loads(run("ledger", "checkpoint", "--json", data_dir=data_dir, expect=0, **others).stdout)
    verified = run("ledger", "verify", data_dir=data_dir, expect=0, **others).stdout

    assert f"cosignature of {witness.key}, 20" in early
    assert "NO timestamp of 127.0.0.1:9: It cannot be reached" in early
    assert "\n— witness.example/w1 " in held["note"]
    assert sorted(one["kind"] for one in held["anchors"]) == ["cosignature", "timestamp", "webhook"]
    assert held["not_anchored"] == []
    assert "3 anchors" in verified
    assert {place.suffix for place in (data_dir / "ledger" / "1" / "timestamps").iterdir()} == {".tsr", ".note"}


def test_a_checkpoint_that_a_witness_refuses_fails_and_says_what_to_do(
    data_dir: Path, others: dict[str, str], witness: Witness
) -> None:
    state = next(witness.folder.glob("logs/*.json"))
    state.write_text(state.read_text().replace('"size": 0', '"size": 1000'))  # as if it had seen many more

    refused = run("ledger", "checkpoint", data_dir=data_dir, expect=1, **others)

    assert "the witness witness.example/w1 has seen 1000 leaves" in refused.stderr
    assert "open a new epoch with the command ledger open-epoch" in refused.stderr
    assert "Traceback" not in refused.stderr
