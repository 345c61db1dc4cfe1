"""A log that only tests keep, and the real witness on loopback."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clients.witness.kelisim_witness import Server, Witness
from consent_service.ledger.heads import Head, sign_head, verifier_key
from consent_service.ledger.merkle import leaf_hash
from tests.property.test_merkle import mth, subproof

ORIGIN, NAME = "log.example/1", "witness.example/w1"


class PlainLog:
    """A log of numbered leaves in memory, by the recursions that RFC 9162 prints; ``branch`` makes others of it."""

    def __init__(self, key: Ed25519PrivateKey, branch: int = 0) -> None:
        self.key, self.branch = key, branch

    @property
    def verifier_key(self) -> str:
        return verifier_key(ORIGIN, self.key.public_key())

    def head(self, size: int) -> Head:
        return Head(ORIGIN, size, _root(self.branch, size))

    def note(self, size: int) -> str:
        return sign_head(self.head(size), self.key)

    def proof(self, old: int, size: int) -> list[bytes]:
        return subproof(old, _leaves(self.branch, size), True) if 0 < old <= size else []

    def request(self, old: int, size: int, proof: list[bytes] | None = None) -> bytes:
        return request(old, self.proof(old, size) if proof is None else proof, self.note(size))


def request(old: int | str, proof: list[bytes], note: str) -> bytes:
    """Return the body of ``add-checkpoint``."""
    return "\n".join([f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", note]).encode()


@contextmanager
def serving(witness: Witness) -> Iterator[str]:
    """Serve a witness on loopback."""
    with Server(("127.0.0.1", 0), witness) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def new_witness(folder: Path, *log_keys: str, secret: str = "") -> Witness:
    """Make a witness of some logs."""
    Witness.init(folder, NAME)
    witness = Witness(folder, secret=secret)
    for key in log_keys:
        witness.add(key)
    return witness


@cache
def _leaves(branch: int, size: int) -> list[bytes]:
    return [leaf_hash(bytes([branch if n >= 3 else 0]) + n.to_bytes(32)) for n in range(size)]


@cache
def _root(branch: int, size: int) -> bytes:
    return mth(_leaves(branch, size))
