"""RFC 3161: asking for a time-stamp of a signed head, and holding the answer against what was asked.

An answer is kept as it came, so that other programs check it.  The trust is in certificates that a setting names.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import rfc3161_client
from asn1crypto import tsp
from cryptography import x509
from rfc3161_client.tsp import TimeStampResponse

from consent_service.kernel.errors import LedgerError

CONTENT_TYPE: Final = "application/timestamp-query"
_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_GRANTED: Final = 0
NOT_TRUSTED = (
    "The time-stamp is not signed by whom the settings trust, or in a way that cannot be checked here, as with GOST."
)


@dataclass(frozen=True, slots=True)
class Stampers:
    """Whose time-stamps are trusted: under which certificates, and, if pinned, of which signer alone."""

    authorities: tuple[x509.Certificate, ...]
    pinned: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the policy, if a certain one, and the number that makes the answer fresh."""

    nonce: int
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time-stamp says: when, and the subject of the certificate that signed it."""

    at: datetime
    by: str


def stamp_request(note: str, asked: Asked) -> bytes:
    """Return the request for a stamp on the SHA-256 of a signed note, in DER."""
    request = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": _digest(note)},
        "nonce": asked.nonce,
        "cert_req": True,
    }
    if asked.policy:
        request["req_policy"] = asked.policy
    encoded: bytes = tsp.TimeStampReq(request).dump()
    return encoded


def read_stamp(token: bytes, note: str, trusted: Stampers | None, asked: Asked | None = None) -> Stamp:
    """Hold a time-stamp against the note, against whom the settings trust, and against what was asked.

    Without ``trusted`` the signature stays unchecked; without ``asked`` nonce and policy do.

    Raises:
        LedgerError: It is none, or not of this note, or not what was asked for, or not of whom is trusted.
    """
    response = _decoded(token)
    if response.status != _GRANTED:
        raise LedgerError(f"The time-stamp server did not grant what was asked: its status is {response.status}.")
    try:
        info = response.tst_info
        imprint = info.message_imprint
        if imprint.hash_algorithm != _SHA256:
            raise LedgerError("The time-stamp is over a digest of another kind than SHA-256, such as SHA-1.")
        if imprint.message != _digest(note):
            raise LedgerError("The time-stamp is of something else.")
        if asked and info.nonce != asked.nonce:
            raise LedgerError("The time-stamp answers another request.")
        if asked and asked.policy and info.policy.dotted_string != asked.policy:
            raise LedgerError("The time-stamp was made under another policy than was asked for.")
        if trusted:
            _check_signature(response, note, trusted)
        return Stamp(info.gen_time, _signer(response, trusted))
    except (ValueError, TypeError, KeyError) as error:  # what a library says of a part that it cannot read
        raise LedgerError("A part of the time-stamp cannot be read.") from error


def _digest(note: str) -> bytes:
    return hashlib.sha256(note.encode()).digest()


def _decoded(token: bytes) -> TimeStampResponse:
    """Read an answer.  Servers send certificates in any order, and the library wants them in that of DER."""
    try:
        answer = tsp.TimeStampResp.load(token, strict=True)
        if answer["status"]["status"].native == "granted":
            signed = answer["time_stamp_token"]["content"]
            if signed["certificates"]:
                signed["certificates"] = list(signed["certificates"])
        return rfc3161_client.decode_timestamp_response(answer.dump())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LedgerError("The answer is no time-stamp.") from error


def _check_signature(response: TimeStampResponse, note: str, trusted: Stampers) -> None:
    verifier = rfc3161_client.VerifierBuilder(roots=list(trusted.authorities), tsa_certificate=trusted.pinned).build()
    try:
        verifier.verify(response, _digest(note))
    except rfc3161_client.VerificationError as error:
        raise LedgerError(NOT_TRUSTED) from error


def _signer(response: TimeStampResponse, trusted: Stampers | None) -> str:
    """Return the subject of the certificate that signed."""
    known = {x509.load_der_x509_certificate(one) for one in response.signed_data.certificates}
    if trusted and trusted.pinned:
        known.add(trusted.pinned)
    signers = {(one.issuer, one.serial_number) for one in response.signed_data.signer_infos}
    found = [one for one in known if (one.issuer, one.serial_number) in signers]
    if len(found) != 1:
        raise LedgerError("The time-stamp does not hold the one certificate of who signed it.")
    return found[0].subject.rfc4514_string()
