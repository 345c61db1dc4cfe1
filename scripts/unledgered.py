"""The service with nothing appended to the ledger when a consent is recorded: only to measure what the ledger costs."""

from consent_service.consents import service as recording
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.leaf import SALT_BYTES
from consent_service.ledger.service import Appended


def append_nothing(uow: UnitOfWork, *_event: object) -> Appended:
    """Answer as ``append`` does, and append nothing."""
    return Appended(new_id(uow.now), bytes(SALT_BYTES + 1))


vars(recording)["append"] = append_nothing

from wsgi import application  # noqa: E402 - what it replaces comes first

__all__ = ["application"]
