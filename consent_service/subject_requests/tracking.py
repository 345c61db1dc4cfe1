"""The secret address under which whoever asked follows a request: kept as a keyed digest alone."""

import re
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.tables import SubjectRequest

_TOKEN = re.compile(r"([0-9a-f]{1,7})\.[A-Za-z0-9_-]{43}", re.ASCII)


def make_trackable(uow: UnitOfWork, request_id: UUID) -> str:
    """Give a request its address and return the token of it, which is shown once; one made before is good no more.

    Raises:
        NotFoundError: There is no such request.
    """
    row = uow.session.get(SubjectRequest, (uow.operator_id, request_id))
    if row is None:
        raise NotFoundError("There is no such request.")
    token = f"{uow.operator_id:x}.{new_token()}"
    row.tracking_lookup = _lookup(uow, token)
    uow.session.flush()
    return token


def operator_of(token: str) -> int:
    """Return the operator that a token says it is of.

    Raises:
        NotFoundError: It is no token of ours.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise NotFoundError("There is no such request.")
    return int(found[1], 16)


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
