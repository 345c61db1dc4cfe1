"""Files that people sent with their requests: listed, read on record, destroyed where one should not have come."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from consent_service.api.endpoint import Reply, endpoint
from consent_service.api.v1.subject_requests_schema import FilesOut
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.downloads import to_be_saved
from consent_service.subject_requests.files import destroy_file, files_of, read_file
from consent_service.subjects.reasons import RevealReason

bp = Blueprint("request_files", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "GET",
    "/subject-requests/<uuid:request_id>/files",
    summary="List the files that came with a request.",
    answer=FilesOut(),
    problems=(404,),
)
def list_files(uow: UnitOfWork, request_id: UUID) -> Fields:
    """List files."""
    return {"items": files_of(uow, request_id)}


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/files/<uuid:file_id>/read",
    summary="Read a file that came with a request; that it was read is recorded.",
    media_type="application/octet-stream",
    problems=(404,),
)
def read(uow: UnitOfWork, request_id: UUID, file_id: UUID) -> Reply:
    """Read a file."""
    about, content = read_file(uow, request_id, file_id, RevealReason.SYSTEM)
    return Reply(content, about.media_type, {"Content-Disposition": to_be_saved(about.name)})


@endpoint(
    bp,
    "POST",
    "/subject-requests/<uuid:request_id>/files/<uuid:file_id>/destroy",
    summary="Destroy a file that should not have been sent, such as a copy of an identity document (article 7(10)).",
    answer=FilesOut(),
    problems=(404, 409),
)
def destroy(uow: UnitOfWork, request_id: UUID, file_id: UUID) -> Fields:
    """Destroy a file."""
    destroy_file(uow, request_id, file_id)
    return {"items": files_of(uow, request_id)}
