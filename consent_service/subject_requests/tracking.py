"""The secret address under which whoever asked follows a request: kept as a keyed digest alone."""

from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.bound_tokens import new_bound_token
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.tables import SubjectRequest


def make_trackable(uow: UnitOfWork, request_id: UUID) -> str:
    """Give a request its address and return the token of it, which is shown once; one made before is good no more.

    Raises:
        NotFoundError: There is no such request.
    """
    row = uow.session.get(SubjectRequest, (uow.operator_id, request_id))
    if row is None:
        raise NotFoundError("There is no such request.")
    token = new_bound_token(uow.operator_id)
    row.tracking_lookup = _lookup(uow, token)
    uow.session.flush()
    return token


def find_tracked(uow: UnitOfWork, token: str) -> UUID:
    """Return the request of a token.

    Raises:
        NotFoundError: There is none: mistyped, guessed, or forgotten with its proof; the three look alike.
    """
    found = uow.session.scalar(
        select(SubjectRequest.id).where(
            SubjectRequest.operator_id == uow.operator_id, SubjectRequest.tracking_lookup == _lookup(uow, token)
        )
    )
    if found is None:
        raise NotFoundError("There is no such request.")
    return found


def _lookup(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("request-tracking|v1"), token)
