"""Issuing: the receipt of a consent on record, as data, signed, and as paper."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consent_service.consents.queries import ConsentView, consent_view
from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.errors import LedgerError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import EventProof, prove_leaf
from consent_service.operators.queries import operator_named
from consent_service.policies.queries import version_by_id
from consent_service.printing.pdf import to_pdf
from consent_service.receipts.against_events import faults_of_record
from consent_service.receipts.paper import receipt_page
from consent_service.receipts.record import build_receipt
from consent_service.receipts.signing import sign_receipt
from consent_service.storage.queries import storage_numbers


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt as JSON values and as a compact JWS."""

    receipt: dict[str, Any]  # Any: JSON values
    token: str


def issue(uow: UnitOfWork, view: ConsentView, catalogue: Catalogue, base_url: str) -> Issued:
    """Make the receipt of a consent, the same each time for the same record.

    Raises:
        LedgerError: The record, or the version it names, is not what the ledger holds: nothing is signed.
    """
    faults = faults_of_record(uow, view.id, view.version_id)
    if faults:
        raise LedgerError(
            f"The record of this consent is not what the ledger says of it ({'; '.join(faults)}). Nothing was signed. "
            "Run the command ledger verify, and put a copy of the database back that fits."
        )
    return issue_new(uow, view, catalogue, base_url)


def issue_new(uow: UnitOfWork, view: ConsentView, catalogue: Catalogue, base_url: str) -> Issued:
    """Make the receipt of a consent that was recorded in this transaction, together with its event."""
    receipt = unsigned(uow, view, catalogue, base_url)
    return Issued(receipt, sign_receipt(receipt, uow.keys.signer.receipts))


def unsigned(
    uow: UnitOfWork, view: ConsentView, catalogue: Catalogue, base_url: str
) -> dict[str, Any]:  # Any: as above
    """Return what the receipt of a consent says; storage terms are those of the day on which it was given."""
    version = version_by_id(uow, view.version_id)
    storage = storage_numbers(uow, version, catalogue, almaty_day(view.given_at))
    return build_receipt(view, version.terms, operator_named(uow), storage, base_url)


def print_receipt(
    uow: UnitOfWork, consent_id: UUID, catalogue: Catalogue, base_url: str, language: str | None
) -> bytes:
    """Return the receipt as PDF/A-3 with its signed form inside, in the language of the consent unless one is named.

    Raises:
        NotFoundError: The operator has no consent with this id.
    """
    view = consent_view(uow, consent_id)
    issued = issue(uow, view, catalogue, base_url)
    proof = proof_of(uow, view)
    page = receipt_page(issued.receipt, issued.token, proof, language or view.language)
    return to_pdf(page, view.recorded_at)


def proof_of(uow: UnitOfWork, view: ConsentView) -> EventProof | None:
    """Return the proof of the event that recorded a consent; None where there was no log yet, or it was emptied."""
    return prove_leaf(uow, view.subject_id, view.leaf_input) if view.leaf_input else None
