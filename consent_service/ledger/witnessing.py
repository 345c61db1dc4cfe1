"""Asking a witness to cosign a head (C2SP tlog-witness, ``add-checkpoint``)."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from consent_service.kernel.errors import LedgerError
from consent_service.kernel.outbound import Answer
from consent_service.ledger.cosignatures import Cosignature, WitnessKey, find_cosignature
from consent_service.ledger.heads import Head

_MOST_DIGITS = 18
_MEANING: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "it does not understand the request",
    HTTPStatus.FORBIDDEN: "it does not know the key of this log",
    HTTPStatus.NOT_FOUND: "it does not witness this log, or the address is wrong",
    HTTPStatus.CONFLICT: "it was asked by somebody else at the same time",
}
Proof = Callable[[int], Sequence[bytes]]


class Post(Protocol):
    """The way out."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and return the answer."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a witness is asked, and the key that it signs with."""

    url: str
    key: WitnessKey


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a witness has seen that our head does not go on from: how many leaves, and whether other ones."""

    known: int
    are_others: bool

    def words(self) -> str:
        """Say what the witness has seen."""
        return f"has seen other {self.known} leaves" if self.are_others else f"has seen {self.known} leaves"


def ask_witness(post: Post, witness: Witness, head: Head, note: str, since: int, proof: Proof) -> Cosignature | Refusal:
    """Have a head cosigned.  ``since``: the size that the witness should know; ``proof`` leads from a size to the head.

    Raises:
        LedgerError: Its answer is of no use.
        OSError: It cannot be reached.
    """
    answer = _ask(post, witness, note, since, proof)
    if answer.status == HTTPStatus.CONFLICT:
        known = _known_size(answer, witness)
        if known > head.size:
            return Refusal(known, are_others=False)
        if known != since:
            since, answer = known, _ask(post, witness, note, known, proof)
    if answer.status == HTTPStatus.OK:
        return find_cosignature(answer.body.decode("utf-8", "replace"), witness.key, head.text())
    is_at_ours = since == head.size and answer.status == HTTPStatus.CONFLICT and _known_size(answer, witness) == since
    if is_at_ours or answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Refusal(since, are_others=True)
    why = _MEANING.get(answer.status, "that is no cosignature")
    raise LedgerError(f"The witness {witness.key.name} answered {answer.status}: {why}.")


def _ask(post: Post, witness: Witness, note: str, old: int, proof: Proof) -> Answer:
    lines = [base64.b64encode(one).decode() for one in (proof(old) if old else ())]
    body = "\n".join([f"old {old}", *lines, "", note])
    return post(f"{witness.url}/add-checkpoint", body.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def _known_size(answer: Answer, witness: Witness) -> int:
    text = answer.body.decode("ascii", "replace").removesuffix("\n")
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise LedgerError(f"The witness {witness.key.name} does not say which size it knows.")
    return int(text)
