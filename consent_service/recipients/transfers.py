"""Recording transfers that took place, and that people were told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import insert, update

from consent_service.deadlines.rules import ALMATY, almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.rules import Case
from consent_service.duties.service import meet, owe
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.policies.queries import resolve_purposes, version_in_force
from consent_service.recipients.queries import entry_of, transfer_view
from consent_service.recipients.rules import check_transfer, transfer_duties
from consent_service.recipients.tables import Transfer, TransferSubject
from consent_service.subjects.service import lock_by_ref

TRANSFER = "transfer"
NOTIFY = "notify_subject"
_TRANSFERS = table_of(Transfer)
_PEOPLE = table_of(TransferSubject)


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    """A transfer that took place: of the people named by reference, or of a group by its number.

    ``notice_agreed``: the consent itself, outside the document, has a condition that the person is told.
    """

    recipient_id: UUID
    transferred_on: date
    data: Sequence[str]
    purpose: str
    subjects: Sequence[str] = ()
    group_size: int | None = None
    notice_agreed: bool = False


def record_transfer(uow: UnitOfWork, command: RecordTransfer, law: Law) -> UUID:
    """Record a transfer, and owe the notice of it where terms or consent want one (Law 94-V art. 19(1)).

    Raises:
        NotFoundError: There is no such recipient or person.
        InvalidInputError: The register does not have this purpose, these data or this day for the recipient.
        ConflictError: The document allows transfers under a contract alone, and there was none.
    """
    if command.transferred_on > almaty_day(uow.now):
        raise InvalidInputError.of("transferred_on", "This day is in the future; record what has taken place.")
    if bool(command.subjects) == (command.group_size is not None):
        raise InvalidInputError.of("subjects", "Name the people by reference, or say how many there are in the group.")
    # By name, so that two transfers of the same people do not wait for each other for ever.
    people = [lock_by_ref(uow, ref) for ref in sorted(set(command.subjects))]
    (purpose,) = resolve_purposes(uow, [command.purpose])
    at = _instant(uow, command.transferred_on)
    version = version_in_force(uow, purpose.document, at)
    entry = entry_of(uow, command.recipient_id)
    name = f"{purpose.document}#{purpose.code}"
    check_transfer(entry, version.terms, purpose=name, data=command.data, on=command.transferred_on)
    specs = transfer_duties(version.terms, agreed=command.notice_agreed, at=at, catalogue=law.catalogue)
    transfer_id = new_id(uow.now)
    uow.session.execute(
        insert(_TRANSFERS).values(
            operator_id=uow.operator_id,
            id=transfer_id,
            recipient_id=command.recipient_id,
            transferred_on=command.transferred_on,
            data=list(dict.fromkeys(command.data)),
            purpose=name,
            people=len(people) or command.group_size,
            must_tell=bool(specs),
            told_at=None,
            told_how=None,
            recorded_at=uow.now,
        )
    )
    if people:
        rows = [
            {"operator_id": uow.operator_id, "transfer_id": transfer_id, "subject_id": person.id} for person in people
        ]
        uow.session.execute(insert(_PEOPLE), rows)
    owe(uow, Case(TRANSFER, transfer_id, people[0].id if len(people) == 1 else None), specs, law.calendar)
    append(
        uow,
        EventType.TRANSFER_RECORDED,
        transfer_id,
        {
            "transfer": str(transfer_id),
            "recipient": str(command.recipient_id),
            "purpose": name,
            "transferred_on": command.transferred_on.isoformat(),
            "people": len(people) or command.group_size,
            "must_tell": bool(specs),
        },
    )
    return transfer_id


def record_told(uow: UnitOfWork, transfer_id: UUID, how: str) -> None:
    """Record that the people of a transfer were told, and how; the duty is met.

    Raises:
        NotFoundError: There is no such transfer.
        ConflictError: They were told before.
    """
    transfer_view(uow, transfer_id)
    told = uow.session.execute(
        update(_TRANSFERS)
        .where(
            _TRANSFERS.c.operator_id == uow.operator_id, _TRANSFERS.c.id == transfer_id, _TRANSFERS.c.told_at.is_(None)
        )
        .values(told_at=uow.now, told_how=how)
    )
    if not changed_rows(told):
        raise ConflictError("It is recorded already that they were told.")
    meet(uow, transfer_id, [NOTIFY])
    append(uow, EventType.TRANSFER_TOLD, transfer_id, {"transfer": str(transfer_id)})


def _instant(uow: UnitOfWork, day: date) -> datetime:
    """Return the instant from which periods of a transfer run: now where it is today, else the noon of its day."""
    if day == almaty_day(uow.now):
        return uow.now
    return datetime.combine(day, time(12), ALMATY)
