"""Entering a recipient and changing an entry: every change is an edition, and none is altered."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.service import lock_operator
from consent_service.policies.queries import resolve_purposes
from consent_service.recipients.named import named_recipients
from consent_service.recipients.rules import Entry, check_entry
from consent_service.recipients.tables import Recipient

_RECIPIENTS = table_of(Recipient)
CONTACT = SealedColumn(_RECIPIENTS.c.sealed)


def enter_recipient(uow: UnitOfWork, entry: Entry) -> UUID:
    """Put a recipient into the register (Law 94-V art. 22(1)(5)).

    Raises:
        InvalidInputError: The entry contradicts itself, or names a purpose or third party that no document has.
    """
    lock_operator(uow)
    recipient_id = new_id(uow.now)
    _store(uow, recipient_id, 1, entry)
    append(uow, EventType.RECIPIENT_ENTERED, recipient_id, {"recipient": str(recipient_id), "country": entry.country})
    return recipient_id


def change_recipient(uow: UnitOfWork, recipient_id: UUID, edition: int, entry: Entry) -> None:
    """Add an edition to an entry; ``edition`` is the one that the change was made from.

    Raises:
        NotFoundError: There is no such entry.
        ConflictError: Somebody else has changed it meanwhile.
        InvalidInputError: As when entering.
    """
    lock_operator(uow)
    present = uow.session.scalar(
        select(_RECIPIENTS.c.edition).where(
            _RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.id == recipient_id, _RECIPIENTS.c.is_current
        )
    )
    if present is None:
        raise NotFoundError("There is no such recipient.")
    if present != edition:
        raise ConflictError(f"Edition {present} was made meanwhile: read it and repeat the change.")
    uow.session.execute(
        update(_RECIPIENTS)
        .where(_RECIPIENTS.c.operator_id == uow.operator_id, _RECIPIENTS.c.id == recipient_id, _RECIPIENTS.c.is_current)
        .values(is_current=False, sealed=None)
    )
    _store(uow, recipient_id, edition + 1, entry)
    append(
        uow,
        EventType.RECIPIENT_CHANGED,
        recipient_id,
        {"recipient": str(recipient_id), "edition": edition + 1},
    )


def open_contact(uow: UnitOfWork, recipient_id: UUID, edition: int, sealed: bytes | None) -> str | None:
    """Return the address to which a recipient is written."""
    if sealed is None:
        return None
    contact: str = json.loads(CONTACT.open(uow, sealed, recipient_id, edition))["contact"]
    return contact


def _store(uow: UnitOfWork, recipient_id: UUID, edition: int, entry: Entry) -> None:
    check_entry(entry)
    known = {f"{named.document}#{named.code}" for named in named_recipients(uow)}
    if set(entry.named_as) - known:
        raise InvalidInputError.of("named_as", "No document in force names this third party; see the list of them.")
    purposes = resolve_purposes(uow, entry.purposes) if entry.purposes else []
    sealed = None
    if entry.contact is not None:
        plain = json.dumps({"contact": entry.contact.strip()}).encode()
        sealed = CONTACT.seal(uow, plain, recipient_id, edition)
    values: dict[str, Any] = {  # Any: column values
        "operator_id": uow.operator_id,
        "id": recipient_id,
        "edition": edition,
        "is_current": True,
        "name": entry.name,
        "country": entry.country,
        "bin": entry.bin,
        "data": list(dict.fromkeys(entry.data)),
        "purposes": [f"{purpose.document}#{purpose.code}" for purpose in dict.fromkeys(purposes)],
        "named_as": list(dict.fromkeys(entry.named_as)),
        "cross_border": entry.cross_border,
        "condition": entry.condition,
        "publication": entry.publication,
        "contract": entry.contract,
        "contract_on": entry.contract_on,
        "since_on": entry.since_on,
        "until_on": entry.until_on,
        "sealed": sealed,
        "changed_by": str(uow.actor),
        "changed_at": uow.now,
    }
    uow.session.execute(insert(_RECIPIENTS).values(values))
