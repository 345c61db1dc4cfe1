"""What a request would owe if it were received now: for whoever is about to send it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consent_service.deadlines.service import Law, deadline_for
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import version_in_force
from consent_service.subject_requests.rules import owed
from consent_service.subject_requests.states import RequestType


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that will be owed, by which day, by which article or clause."""

    code: str
    source: Mapping[str, str]
    due_on: date
    provisional: bool
    settled: bool


def promises(
    uow: UnitOfWork, kind: RequestType, document: str | None, law: Law
) -> tuple[list[Promise], list[dict[str, Any]]]:  # Any: JSON values
    """Return what will be owed, the earliest first, and what the document promises without a date.

    Raises:
        NotFoundError: The operator has no such document.
    """
    terms = None
    if document is not None:
        try:
            terms = version_in_force(uow, document, uow.now).terms
        except ConflictError:
            terms = None  # announced, or of a later day: the law's own periods are owed all the same
    specs, rules = owed(kind, terms, operator=operator_slug(uow), received_at=uow.now, catalogue=law.catalogue)
    found = []
    for spec in specs:
        deadline = deadline_for(spec.period, spec.from_at, law.calendar, rolls=spec.rolls)
        found.append(Promise(spec.code, spec.source, deadline.due_on, deadline.provisional, spec.settled))
    return sorted(found, key=lambda one: (one.due_on, one.code)), rules
