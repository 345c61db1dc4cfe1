"""What an erasure would do to a person at each target, tried and undone; nothing of the person is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent_service.connectors.collecting import NO_ORDER
from consent_service.connectors.sql.target import SqlTarget
from consent_service.erasure.targets import Kept, Target, Whom
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import check_ref
from consent_service.subjects.queries import find_id
from consent_service.subjects.service import reveal_identifiers


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen at one target: counts, k by table, what stays on which ground; or why it would be refused."""

    target: str
    kind: str
    counts: Mapping[str, int] = field(default_factory=dict)
    k: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    refused: str | None = None


def whom_of(uow: UnitOfWork, ref: str) -> Whom:
    """Return the person with the identifiers that are known here, for the targets alone.

    Raises:
        InvalidInputError: The reference is none, or looks like personal data.
    """
    subject_id = find_id(uow, check_ref(ref))
    return Whom.known(NO_ORDER, ref, reveal_identifiers(uow, subject_id) if subject_id else [])


def foresee(target: Target, whom: Whom) -> Outlook:
    """Say what an erasure would do at a target; it is called with no unit of work open."""
    try:
        if isinstance(target, SqlTarget):
            seen = target.foresee(whom)
            return Outlook(target.name, target.kind, dict(seen.counts), dict(seen.k), dict(seen.kept))
        return Outlook(target.name, target.kind, dict(target.find(whom)))
    except ConsentServiceError as error:
        return Outlook(target.name, target.kind, refused=error.detail)
