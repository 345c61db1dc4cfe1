"""What a receipt proves today: who signed it, whether the record stands, whether its leaf is under a signed head."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.receipt import read_receipt
from consent_service.consents.tables import Consent
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import Inclusion, find_inclusion
from consent_service.operators.queries import operator_number

_CONSENTS = table_of(Consent)


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that this service signed.

    ``recorded``: the record it speaks of is still kept, and commits to the same leaf.  ``inclusion``: where that leaf
    stands under a signed head; None while it waits, or once the record is gone.
    """

    receipt: Mapping[str, Any]  # Any: JSON values
    recorded: bool
    inclusion: Inclusion | None


def check_receipt(uow: UnitOfWork, token: str) -> CheckedReceipt:
    """Check a receipt, whichever operator's it is.

    Raises:
        InvalidInputError: It is no receipt of this service, or was altered.
        NotFoundError: Its operator is not here any more.
    """
    receipt = read_receipt(token, uow.keys.signing_key)
    bound = uow.for_operator(operator_number(uow.session, receipt["operator"]["slug"]))
    row = bound.session.execute(
        select(_CONSENTS.c.subject_id, _CONSENTS.c.leaf_input).where(
            _CONSENTS.c.operator_id == bound.operator_id, _CONSENTS.c.id == UUID(receipt["id"])
        )
    ).first()
    promised = receipt.get("ledger")
    leaf_input = bytes.fromhex(promised["leaf_input"]) if promised else None
    if row is None or row.leaf_input != leaf_input:
        return CheckedReceipt(receipt, recorded=False, inclusion=None)
    inclusion = find_inclusion(bound, row.subject_id, leaf_input) if leaf_input else None
    return CheckedReceipt(receipt, recorded=True, inclusion=inclusion)
