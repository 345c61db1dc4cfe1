"""Files that people send, sealed under their own keys: kept, listed, opened, and destroyed one by one."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent_service.kernel.crypto import seal, unseal
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import Person, file_place, person_of
from consent_service.subjects.tables import SubjectFile

_FILES = table_of(SubjectFile)


@dataclass(frozen=True, slots=True, repr=False)
class FileView:
    """A file without its content."""

    id: UUID
    name: str
    media_type: str
    size: int
    created_at: datetime


def keep_file(uow: UnitOfWork, person: Person, case_id: UUID, name: str, media_type: str, content: bytes) -> UUID:
    """Seal a file that came with a case."""
    file_id = new_id(uow.now)
    about = json.dumps({"name": name, "media_type": media_type, "size": len(content)}, ensure_ascii=False).encode()
    uow.session.execute(
        insert(_FILES).values(
            operator_id=uow.operator_id,
            subject_id=person.id,
            id=file_id,
            case_id=case_id,
            about_sealed=seal(person.key, about, file_place(uow, person.id, file_id, "about")),
            sealed=seal(person.key, content, file_place(uow, person.id, file_id, "content")),
            created_at=uow.now,
        )
    )
    return file_id


def files_of(uow: UnitOfWork, subject_id: UUID, case_id: UUID | None = None) -> list[FileView]:
    """Return the files of a person, or those of one case, in order; none once the person has been erased."""
    person = person_of(uow, subject_id)
    if person is None:
        return []
    query = select(_FILES.c.id, _FILES.c.about_sealed, _FILES.c.created_at).where(
        _FILES.c.operator_id == uow.operator_id, _FILES.c.subject_id == subject_id
    )
    if case_id is not None:
        query = query.where(_FILES.c.case_id == case_id)
    rows = uow.session.execute(query.order_by(_FILES.c.id))
    return [_view(uow, person, row.id, row.about_sealed, row.created_at) for row in rows]


def open_file(uow: UnitOfWork, subject_id: UUID, case_id: UUID, file_id: UUID) -> tuple[FileView, bytes]:
    """Return a file of a case.

    Raises:
        NotFoundError: There is no such file, or the person has been erased.
    """
    person = person_of(uow, subject_id)
    row = uow.session.execute(
        select(_FILES.c.about_sealed, _FILES.c.sealed, _FILES.c.created_at).where(
            _FILES.c.operator_id == uow.operator_id,
            _FILES.c.subject_id == subject_id,
            _FILES.c.case_id == case_id,
            _FILES.c.id == file_id,
        )
    ).first()
    if person is None or row is None:
        raise NotFoundError("There is no such file.")
    content = unseal(person.key, row.sealed, file_place(uow, subject_id, file_id, "content"))
    return _view(uow, person, file_id, row.about_sealed, row.created_at), content


def destroy_file(uow: UnitOfWork, subject_id: UUID, case_id: UUID, file_id: UUID) -> None:
    """Destroy a file of a case; the caller holds the lock of the person.

    Raises:
        NotFoundError: There is no such file.
    """
    gone = uow.session.execute(
        delete(_FILES).where(
            _FILES.c.operator_id == uow.operator_id,
            _FILES.c.subject_id == subject_id,
            _FILES.c.case_id == case_id,
            _FILES.c.id == file_id,
        )
    )
    if not changed_rows(gone):
        raise NotFoundError("There is no such file.")


def _view(uow: UnitOfWork, person: Person, file_id: UUID, sealed: bytes, created_at: datetime) -> FileView:
    about = json.loads(unseal(person.key, sealed, file_place(uow, person.id, file_id, "about")))
    return FileView(file_id, about["name"], about["media_type"], about["size"], created_at)
