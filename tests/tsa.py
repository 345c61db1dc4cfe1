"""A real time-stamp server on loopback: what openssl answers, behind HTTP, and the lies that such a server may tell."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests import receivers

POLICY, OTHER_POLICY = "1.2.398.3.3.2.6.4", "1.2.398.3.3.2.6.1"
OPENSSL = shutil.which("openssl")
CONFIG = """
[tsa]
default_tsa = {name}
[{name}]
serial = {folder}/serial
signer_cert = {folder}/{name}.pem
signer_key = {folder}/{name}.key
certs = {folder}/intermediate.pem
signer_digest = sha256
default_policy = {default}
other_policies = {other}
digests = {digests}
ess_cert_id_alg = sha256
"""
Answer = Callable[[bytes], bytes]


def need_openssl() -> None:
    """Skip where the program is missing, unless that is a failure."""
    if OPENSSL is None:
        assert os.environ.get("REQUIRE_OPENSSL") != "1", "openssl is missing"
        pytest.skip("no openssl")


@dataclass(frozen=True)
class Tsa:
    """A folder with authorities and signers: ``tsa`` and ``expired`` under ``root``, ``stranger`` under another one."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def certificate(self, name: str = "tsa") -> Path:
        return self.folder / f"{name}.pem"

    def stamp(self, query: bytes, signer: str = "tsa", digests: str = "sha1, sha256") -> bytes:
        """Answer a query as openssl does."""
        assert OPENSSL
        (self.folder / "query.tsq").write_bytes(query)
        config = CONFIG.format(folder=self.folder, name=signer, default=OTHER_POLICY, other=POLICY, digests=digests)
        (self.folder / "tsa.cnf").write_text(config)
        subprocess.run(
            [OPENSSL, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return (self.folder / "answer.tsr").read_bytes()

    def lies(self) -> Mapping[str, Answer]:
        """Return what a server may answer to a query, by the name of the lie."""
        return {
            "another digest": lambda query: self.stamp(_altered(query, digest=bytes(32))),
            "another nonce": lambda query: self.stamp(_altered(query, nonce=7)),
            "no nonce": lambda query: self.stamp(_altered(query, nonce=None)),
            "another policy": lambda query: self.stamp(_altered(query, policy=None)),
            "a SHA-1 digest": lambda query: self.stamp(_altered(query, sha1=True)),
            "a stranger's certificate": lambda query: self.stamp(query, signer="stranger"),
            "an expired certificate": lambda query: self.stamp(query, signer="expired"),
            "no certificate": lambda query: self.stamp(_altered(query, certificates=False)),
            "a refusal": lambda query: self.stamp(query, digests="sha512"),
            "an altered signature": lambda query: _flipped(self.stamp(query)),
            "half of an answer": lambda query: self.stamp(query)[:-20],
            "something behind the answer": lambda query: self.stamp(query) + b"x",
            "the query": lambda query: query,
            "a page": lambda _: b"<html>Welcome</html>",
            "nothing": lambda _: b"",
        }


def make_tsa(folder: Path) -> Tsa:
    """Make authorities and signers."""
    need_openssl()
    (folder / "serial").write_text("01\n")
    authority = _certify(folder, "root")
    between = _certify(folder, "intermediate", authority, is_authority=True)
    _certify(folder, "tsa", between)
    _certify(folder, "expired", between, years=-1)
    _certify(folder, "stranger", _certify(folder, "other"))
    return Tsa(folder)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve time-stamps on loopback."""

    def behave(line: receivers.Line) -> None:
        _, headers, body = receivers.read_request(line)
        assert headers["content-type"] == "application/timestamp-query"
        stamped = answer(body)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(stamped) + stamped)
        line.close()

    with receivers.serving(behave) as port:
        yield f"http://127.0.0.1:{port}/tsa"


_Signer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _certify(
    folder: Path, name: str, issuer: _Signer | None = None, *, is_authority: bool = False, years: int = 2
) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Test {name}")])
    now = datetime.now(UTC)  # noqa: TID251 - openssl reads the clock of this machine
    is_authority = is_authority or issuer is None
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=800))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usage, critical=True)
    certificate = made.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def _altered(
    query: bytes,
    *,
    digest: bytes | None = None,
    nonce: int | None = -1,
    policy: str | None = "",
    sha1: bool = False,
    certificates: bool = True,
) -> bytes:
    """Return a query that asks for something else."""
    asked = tsp.TimeStampReq.load(query).native
    imprint = asked["message_imprint"]
    if sha1:
        imprint = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": hashlib.sha1(query).digest()}  # noqa: S324 - a lie
    if digest is not None:
        imprint["hashed_message"] = digest
    other = {"version": "v1", "message_imprint": imprint, "cert_req": certificates}
    wanted = asked["nonce"] if nonce == -1 else nonce
    if wanted is not None:
        other["nonce"] = wanted
    if policy is not None and asked["req_policy"]:
        other["req_policy"] = asked["req_policy"]
    encoded: bytes = tsp.TimeStampReq(other).dump()
    return encoded


def _flipped(answer: bytes) -> bytes:
    return answer[:-1] + bytes([answer[-1] ^ 1])
