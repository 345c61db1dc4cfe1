"""Destroying what is personal in our own tables, of one person or of many: every erasure ends here, by the same steps.

Whoever calls holds the locks of the people and of their orders, and has said to everybody what has to be said while
they are known.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from consent_service.consents.holders import last_languages
from consent_service.erasure.evidence import keep_proofs
from consent_service.erasure.holds import Held, held_people
from consent_service.erasure.telling import tell_people
from consent_service.exports.service import drop_exports
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.kernel.keys import epoch_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.subjects.many import count_rows_of, erase_people
from consent_service.webhooks.announcing import keep_references

Json = dict[str, Any]  # Any: JSON values


class ErasureIncompleteError(ConsentServiceError):
    """Reading back found rows that were to be gone, or nothing was there to erase."""

    code = "erasure-incomplete"


class HeldError(ConflictError):
    """A legal hold bars the erasure."""

    code = "held"

    def __init__(self, held: Held) -> None:
        super().__init__(f"A legal hold bars this erasure ({held.basis}): it goes on when the hold is lifted.")
        self.held = held


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted of each person and read back, under which key epoch, and until when the proof of whom is kept.

    ``kinds``: of the identifiers that went, by person.
    """

    deleted: Mapping[UUID, Mapping[str, int]]
    left: Mapping[str, int]
    epochs: Mapping[UUID, int]
    kinds: Mapping[UUID, Collection[str]]
    evidence_until: date

    def result(self, subject_id: UUID) -> Json:
        """Return what became of one person, for the result of the order."""
        return {
            "deleted": dict(self.deleted[subject_id]),
            "read_back": dict(self.left),
            "key_epoch": self.epochs[subject_id],
        }

    def proof(self, subject_id: UUID) -> Json:
        """Return what the ledger is told of one person beside the result."""
        return {"subject": str(subject_id), "evidence_until": self.evidence_until.isoformat()}


def destroy(
    uow: UnitOfWork,
    keys: Mapping[UUID, bytes],
    orders: Mapping[UUID, UUID],
    evidence_years: int,
    *,
    is_told: bool = True,
) -> Erasure:
    """Delete every personal row of people and read back, with their wrapped keys; ``orders``: by which each goes.

    Those of whom an e-mail address is known are owed the word, if people are told; references that are still needed
    outlive them, sealed.

    Raises:
        ErasureIncompleteError: Rows are left, or somebody was not there.
    """
    keep_references(uow, keys)
    gone = erase_people(uow, keys)
    if is_told and gone.addresses:
        languages = last_languages(uow, gone.addresses)
        tell_people(uow, [(orders[one], address, languages.get(one)) for one, address in gone.addresses.items()])
    left = count_rows_of(uow, keys)
    if any(left.values()) or not all(counts["subjects"] for counts in gone.counts.values()):
        raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
    epochs = {subject_id: epoch_of(key) for subject_id, key in keys.items()}
    return Erasure(gone.counts, left, epochs, gone.kinds, keep_proofs(uow, epochs, evidence_years))


def bar_holds(uow: UnitOfWork, subject_ids: Collection[UUID]) -> None:
    """Refuse what a hold bars, and let none be placed until the transaction ends; acts are numbered under this lock.

    What was exported of the whole operator goes too: the people are in it.

    Raises:
        HeldError: Somebody is held.
    """
    lock_operator(uow)
    held = held_people(uow, subject_ids)
    if held:
        raise HeldError(next(iter(held.values()))[0])
    drop_exports(uow)
