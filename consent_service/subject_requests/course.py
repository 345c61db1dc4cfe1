"""The moves of a request, each in the transaction of its caller, under the lock of the person."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from consent_service.duties.clock_log import Entry, log
from consent_service.duties.rules import Case
from consent_service.duties.states import ClockKind
from consent_service.kernel.errors import ConflictError, NotFoundError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.states import MOVES, RequestState
from consent_service.subject_requests.tables import SubjectRequest
from consent_service.subjects.service import Person, lock_by_id

CASE_KIND = "request"


def lock(uow: UnitOfWork, request_id: UUID) -> tuple[SubjectRequest, Person | None]:
    """Lock the person first and the request second; the person is None once erased."""
    subject_id = uow.session.scalar(
        select(SubjectRequest.subject_id).where(
            SubjectRequest.operator_id == uow.operator_id, SubjectRequest.id == request_id
        )
    )
    if subject_id is None:
        raise NotFoundError("There is no such request.")
    person = lock_by_id(uow, subject_id)
    request = uow.session.scalars(
        select(SubjectRequest)
        .where(SubjectRequest.operator_id == uow.operator_id, SubjectRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return request, person


def lock_with_person(uow: UnitOfWork, request_id: UUID) -> tuple[SubjectRequest, Person]:
    """Lock a request whose person is still there.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: The person has been erased.
    """
    request, person = lock(uow, request_id)
    if person is None:
        raise ConflictError("The person has been erased: nothing of this request is left to decide.")
    return request, person


def move(request: SubjectRequest, to: RequestState) -> None:
    """Move a request along an arrow.

    Raises:
        TransitionError: There is no such arrow.
    """
    if to not in MOVES[request.state]:
        raise TransitionError(f"The request is {request.state}: it cannot become {to}.")
    request.state = to


def case_of(request: SubjectRequest) -> Case:
    """Return the case that the duties of a request belong to."""
    return Case(CASE_KIND, request.id, request.subject_id)


def note(uow: UnitOfWork, request: SubjectRequest, kind: ClockKind, facts: Mapping[str, object]) -> None:
    """Write what happened into the clock log of the case."""
    log(uow, CASE_KIND, request.id, [Entry(kind, uow.now, facts=facts)])
