"""Files that came with a request: read on record, and destroyed where one should not have been sent."""

from collections.abc import Sequence
from uuid import UUID

from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subject_requests.course import lock_with_person
from consent_service.subject_requests.queries import request_view
from consent_service.subjects import files
from consent_service.subjects.files import FileView
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.service import record_reveal


def files_of(uow: UnitOfWork, request_id: UUID) -> Sequence[FileView]:
    """Return the files of a request; none once the person has been erased.

    Raises:
        NotFoundError: There is no such request.
    """
    return files.files_of(uow, request_view(uow, request_id).subject_id, request_id)


def read_file(uow: UnitOfWork, request_id: UUID, file_id: UUID, because: RevealReason) -> tuple[FileView, bytes]:
    """Return a file to somebody who has to read it; the reading is recorded.

    Raises:
        NotFoundError: There is no such request or file.
    """
    subject_id = request_view(uow, request_id).subject_id
    found = files.open_file(uow, subject_id, request_id, file_id)
    record_reveal(uow, subject_id, request_id, ["file"], because)
    return found


def destroy_file(uow: UnitOfWork, request_id: UUID, file_id: UUID) -> None:
    """Destroy a file at once: a copy of an identity document may not be collected (94-V art. 7(10)).

    Raises:
        NotFoundError: There is no such request or file.
        ConflictError: The person has been erased.
    """
    request, person = lock_with_person(uow, request_id)
    files.destroy_file(uow, person.id, request.id, file_id)
    facts = {"request": str(request.id), "file": str(file_id)}
    append(uow, EventType.REQUEST_FILE_DESTROYED, person.id, facts)
