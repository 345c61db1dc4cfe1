"""The service with nothing appended to the ledger when a consent is recorded: only to measure what the ledger costs.

``python -m scripts.unledgered`` serves it as ``python -m consent_service serve`` does, in all else the same.
"""

from collections.abc import Sequence

from consent_service.cli import commands, serving
from consent_service.consents import recording
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.leaf import SALT_BYTES


def append_nothing(_uow: UnitOfWork, _kind: object, events: Sequence[object], **_more: object) -> list[bytes]:
    """Answer as ``append_all`` does, and append nothing."""
    return [bytes(SALT_BYTES + 1) for _ in events]


vars(recording)["append_all"] = append_nothing

if __name__ == "__main__":
    vars(serving)["APPLICATION"] = "scripts.unledgered:application"
    commands(["serve"])
else:  # in the processes that answer: a connection that was opened before they were split off would be shared
    from wsgi import application

    __all__ = ["application"]
