"""Showing what a person is known by, in clear, to somebody who says why; the showing is recorded."""

from uuid import UUID

from consent_service.kernel.errors import InvalidInputError, KeyUnavailableError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.identity import looks_personal
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.revealing import KnownBy, reveal_many
from consent_service.subjects.service import lock_by_id


def show_person(uow: UnitOfWork, subject_id: UUID, because: RevealReason, reference: str) -> KnownBy:
    """Return what a person is known by; who saw it, why and on which paper is recorded, never what was seen.

    Raises:
        InvalidInputError: The reference is empty or looks like personal data.
        NotFoundError: The person has been erased.
    """
    if not reference or looks_personal(reference):
        raise InvalidInputError.of("reference", "Name the case or the paper, without personal data.")
    if lock_by_id(uow, subject_id) is None:
        raise NotFoundError("This person has been erased.")
    known = reveal_many(uow, [subject_id])[subject_id]
    if isinstance(known, KeyUnavailableError):
        raise known
    what = sorted({"ref", *(one["kind"] for one in known.identifiers)})
    facts = {"case": str(subject_id), "what": what, "because": str(because), "reference": reference}
    append(uow, EventType.SUBJECT_REVEALED, subject_id, facts)
    return known
