"""What a receipt proves today: who signed it, whether the record stands, whether its leaf is under a signed head."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from consent_service.consents.queries import consent_view, keeper_of, leaf_of, version_of
from consent_service.deadlines.catalogue import Catalogue
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import Inclusion, find_inclusion
from consent_service.operators.queries import operator_number, operator_numbers
from consent_service.receipts.against_events import faults_of_receipt, faults_of_record
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.issuing import unsigned
from consent_service.receipts.paper import JWS_NAME
from consent_service.receipts.signing import read_receipt

_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt of this service.

    ``signed``: it was presented with its signature, which holds; False where only its number was.  ``recorded``: the
    record it speaks of is still kept, and commits to the same leaf.  ``inclusion``: where that leaf stands under a
    signed head; None while it waits, or once the record is gone.  ``faults``: where the receipt, or the record, is not
    what the ledger says of the consent: then it proves nothing.
    """

    receipt: Mapping[str, Any]  # Any: JSON values
    signed: bool
    recorded: bool
    inclusion: Inclusion | None
    faults: Sequence[str] = ()


def check_receipt(uow: UnitOfWork, token: str) -> CheckedReceipt:
    """Check a receipt, whichever operator's it is.

    Raises:
        ReceiptError: It is no receipt of this service, or was altered.
        NotFoundError: Its operator is not here any more.
    """
    receipt = read_receipt(token, [one.receipts for one in uow.keys.public_signers()])
    controller = receipt["party_identification"][0]["party_id"]
    bound = uow.for_operator(operator_number(uow.session, controller))
    return _held_against_record(bound, receipt, UUID(receipt["record_id"]), signed=True)


def check_number(uow: UnitOfWork, consent_id: UUID, catalogue: Catalogue, base_url: str) -> CheckedReceipt:
    """Say what is on record under the number of a receipt, for whoever holds it on paper.

    Raises:
        NotFoundError: No record is kept under it.
    """
    operator_id = keeper_of(uow.session, [number for number, _ in operator_numbers(uow.session)], consent_id)
    if operator_id is None:
        raise NotFoundError("No record is kept under this number.")
    bound = uow.for_operator(operator_id)
    view = consent_view(bound, consent_id)
    receipt = unsigned(bound, view, catalogue, base_url)
    return _held_against_record(bound, receipt, consent_id, signed=False)


def token_in(content: bytes) -> str:
    """Return the signed receipt in a file: the file itself, or what is attached to the receipt as PDF.

    Raises:
        ReceiptError: It is a PDF without a receipt in it.
    """
    if not content.startswith(_PDF):
        return content.decode("ascii", "replace").strip()
    try:
        attached = PdfReader(io.BytesIO(content)).attachments.get(JWS_NAME)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ReceiptError(ReceiptFault.UNREADABLE_PDF) from error
    if not attached:
        raise ReceiptError(ReceiptFault.EMPTY_PDF)
    return attached[0].decode("ascii", "replace").strip()


def _held_against_record(
    bound: UnitOfWork,
    receipt: Mapping[str, Any],  # Any: JSON values
    consent_id: UUID,
    *,
    signed: bool,
) -> CheckedReceipt:
    promised = receipt["ledger"]
    leaf_input = bytes.fromhex(promised["leaf_input"]) if promised else None
    found = leaf_of(bound, consent_id)
    faults = faults_of_receipt(bound, receipt)
    if found is not None:
        faults += faults_of_record(bound, consent_id, version_of(bound, consent_id))
    if found is None or found[1] != leaf_input:
        return CheckedReceipt(receipt, signed, recorded=False, inclusion=None, faults=faults)
    inclusion = find_inclusion(bound, found[0], leaf_input) if leaf_input else None
    return CheckedReceipt(receipt, signed, recorded=True, inclusion=inclusion, faults=faults)
