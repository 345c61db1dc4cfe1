"""How every order ends on record, carried out alone or with others: the event, the line in the log, who is told."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from consent_service.erasure.log import ErasureLogError, Gone, Mark, WrittenLog
from consent_service.kernel.afterwards import after_commit
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.webhooks.announcing import Told, announce_all
from consent_service.webhooks.states import Kind

Json = dict[str, Any]  # Any: JSON values
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """An order (or its row) and what it came to.

    ``proof`` says whose proof is kept until when; it is empty where nobody was erased.  ``targets``: kinds of the
    places outside, by name.
    """

    order: Any  # Any: an order, or a row with its columns
    result: Json
    proof: Json
    attempt: int = 0
    targets: Mapping[str, str] = field(default_factory=dict)


def end_on_record(uow: UnitOfWork, ended: Sequence[Ended], log: WrittenLog) -> None:
    """Append the event of each order; whom they erased is written down before anybody can know of it.

    Raises:
        ErasureLogError: The log of erasures cannot be written.
        DiskSlowError: A log that is in a hurry has given up.
    """
    leaves = append_all(
        uow,
        EventType.ERASURE_DONE,
        [
            (
                one.order.id,
                {"order": str(one.order.id), "ground": str(one.order.ground), "result": one.result, **one.proof},
            )
            for one in ended
        ],
    )
    gone = [_gone(uow, one, leaf) for one, leaf in zip(ended, leaves, strict=True) if one.proof]
    if gone:
        mark = log.write(uow.keys, gone)
        after_commit(uow.session, partial(_tell, log, mark))


def announce_ends(uow: UnitOfWork, orders: Sequence[Any], kept: Collection[UUID] = ()) -> None:  # Any: as above
    """Tell subscribers how orders end; ``kept``: the people who stay known."""
    told = [
        Told(
            order.subject_id,
            [UUID(purpose) for purpose in order.purposes],
            {"order": order.id, "outcome": "kept" if order.subject_id in kept else "erased"},
        )
        for order in orders
    ]
    announce_all(uow, Kind.ERASURE_DONE, told)


def _tell(log: WrittenLog, mark: Mark) -> None:
    """Note how far the log has come; where that fails, the next line notes it, for the erasure is committed."""
    try:
        log.tell(mark)
    except (OSError, ErasureLogError):
        logger.exception("how far the log of erasures has come is not noted")


def _gone(uow: UnitOfWork, one: Ended, leaf: bytes) -> Gone:
    return Gone(
        operator=uow.operator_id,
        order=one.order.id,
        person=one.order.subject_id,
        ground=one.order.ground,
        attempt=one.attempt,
        at=uow.now,
        leaf=leaf.hex(),
        act=one.result["act"]["number"],
        targets=one.targets,
        cause=one.order.cause_kind,
    )
