"""What a receipt proves today: who signed it, whether the record stands, whether its leaf is under a signed head."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pypdf import PdfReader

from consent_service.consents.queries import consent_view, keeper_of, leaf_of, version_of
from consent_service.deadlines.catalogue import Catalogue
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.expiry import is_expired_on_record
from consent_service.ledger.proofs import Inclusion, find_inclusion
from consent_service.operators.queries import operator_number, operator_numbers
from consent_service.receipts.against_events import faults_of_receipt, faults_of_record
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.issuing import unsigned
from consent_service.receipts.paper import JWS_NAME, what_it_says
from consent_service.receipts.signing import read_receipt

_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt of this service.

    ``signed``: it was presented with its signature, which holds; False where only its number was.  ``recorded``: the
    record it speaks of is still kept, and commits to the same leaf.  ``is_expired``: the ledger has it on record that
    the record was destroyed when its term was over.  ``inclusion``: where its leaf stands under a signed head, then
    too; None while it waits.  ``is_missed``: no head holds it although the promised time is over.  ``faults``: where
    the receipt, or the record, is not what the ledger says of the consent, or is gone: then it proves nothing.
    """

    receipt: Mapping[str, Any]  # Any: JSON values
    signed: bool
    recorded: bool
    is_expired: bool
    inclusion: Inclusion | None
    is_missed: bool
    faults: Sequence[str] = ()


def check_receipt(uow: UnitOfWork, token: str) -> CheckedReceipt:
    """Check a receipt, whichever operator's it is.

    Raises:
        ReceiptError: It is no receipt of this service, or was altered.
        NotFoundError: Its operator is not here any more.
    """
    receipt = _complete(read_receipt(token, [one.receipts for one in uow.keys.public_signers()]))
    controller = receipt["party_identification"][0]["party_id"]
    bound = uow.for_operator(operator_number(uow.session, controller, closed_too=True))
    return _held_against_record(bound, receipt, UUID(receipt["record_id"]), signed=True)


def check_number(uow: UnitOfWork, consent_id: UUID, catalogue: Catalogue, base_url: str) -> CheckedReceipt:
    """Say what is on record under the number of a receipt, for whoever holds it on paper.

    Raises:
        NotFoundError: No record is kept under it.
    """
    operator_id = keeper_of(
        uow.session, [number for number, _ in operator_numbers(uow.session, closed_too=True)], consent_id
    )
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
    if not is_pdf(content):
        return content.decode("ascii", "replace").strip()
    try:
        attached = PdfReader(io.BytesIO(content)).attachments.get(JWS_NAME)
    except Exception as error:  # a PDF that was altered makes its reader raise anything
        raise ReceiptError(ReceiptFault.UNREADABLE_PDF) from error
    if not attached:
        raise ReceiptError(ReceiptFault.EMPTY_PDF)
    return attached[0].decode("ascii", "replace").strip()


def is_pdf(content: bytes) -> bool:
    """Say whether a file is a printed receipt: then the signed one inside is what can be checked."""
    return content.startswith(_PDF)


def _complete(receipt: dict[str, Any]) -> dict[str, Any]:  # Any: JSON values
    """Return a receipt that has all that is read from one.

    Raises:
        ReceiptError: Something is missing in it.
    """
    try:
        for name in ("record_id", "pii_principal_id"):
            UUID(receipt[name])
        what_it_says(receipt, "en")
        _promise(receipt)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT) from error
    return receipt


def _promise(receipt: Mapping[str, Any]) -> tuple[bytes, datetime] | None:  # Any: JSON values
    """Return the leaf that a receipt names, and when a signed head holds it at the latest."""
    promised = receipt["ledger"]
    if promised is None:
        return None
    return bytes.fromhex(promised["leaf_input"]), datetime.fromisoformat(promised["promised_by"]).astimezone(UTC)


def _held_against_record(
    bound: UnitOfWork,
    receipt: Mapping[str, Any],  # Any: JSON values
    consent_id: UUID,
    *,
    signed: bool,
) -> CheckedReceipt:
    promise, stream = _promise(receipt), UUID(receipt["pii_principal_id"])
    leaf_input = promise[0] if promise else None
    found, is_expired, inclusion = leaf_of(bound, consent_id), False, None
    faults = faults_of_receipt(bound, receipt)
    if leaf_input is not None:
        inclusion = find_inclusion(bound, stream, leaf_input)
        is_expired = is_expired_on_record(bound, stream, leaf_input)
    if found is not None:
        faults += faults_of_record(bound, consent_id, version_of(bound, consent_id))
    elif not is_expired and not faults:
        faults.append("the record is missing, and the ledger does not say that its term was over")
    return CheckedReceipt(
        receipt,
        signed,
        recorded=found is not None and found[1] == leaf_input,
        is_expired=found is None and is_expired,
        inclusion=inclusion,
        is_missed=promise is not None and inclusion is None and promise[1] < bound.now,
        faults=faults,
    )
