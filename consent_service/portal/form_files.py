"""Files beside a request: a few, checked by their content, kept sealed; no copy of an identity document is wanted."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from flask import redirect, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from consent_service.attachments.checking import MOST_BYTES, check_attachment, clean_name
from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.states import ENDINGS, Fault
from consent_service.drafts.service import add_file, drop_files
from consent_service.kernel.uow import UnitOfWork
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import Form, find_form, too_often
from consent_service.portal.form_flow import Step, steps
from consent_service.portal.form_pages import Problems, frame, gone, shown
from consent_service.portal.limits import FILE, has_room
from consent_service.portal.visitors import reading, writing

MOST_FILES = 3
FRAME_BYTES = 64 * 1024  # what a form needs around a file


@portal.get("/r/<operator>/<draft>/files")
def form_files(operator: str, draft: str) -> Response:
    """Show the files that were added, and take one more."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        return redirect(form.onward()) if _is_over(form) else _page(form, {})


@portal.post("/r/<operator>/<draft>/files")
def change_files(operator: str, draft: str) -> Response:
    """Add a file, take one out, or go on."""
    request.max_content_length = MOST_BYTES + FRAME_BYTES
    try:
        act, sent = request.form.get("act", ""), request.files.get("file")
    except RequestEntityTooLarge:
        act, sent = "too_large", None
    # Read and checked before the transaction: a scan takes a moment, and nobody else should wait for it.
    name, content = (sent.filename or "", sent.read()) if sent else ("", b"")
    found = {"too_large": _fault(Fault.TOO_LARGE), "add": _check(name, content)}.get(act, {})
    with writing(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        if _is_over(form):
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        if act == "add":
            found = found or _add(uow, form, name, content)
        elif act == "remove":
            _remove(uow, form, request.form.get("file_id", ""))
        elif act == "onward" and content:  # chosen and not added: it is meant to come along
            found = _check(name, content) or _add(uow, form, name, content)
        if found:
            return _page(form, found)
        if act == "onward":
            form.answer(uow, Step.FILES, {"files": len(form.data["files"])})
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        return redirect(form.address(Step.FILES), HTTPStatus.SEE_OTHER)


def _is_over(form: Form) -> bool:
    return "sent" in form.data or Step.FILES not in steps(form.kind, form.answers, form.offer)


def _check(name: str, content: bytes) -> Problems:
    if not name:
        return {"file": [gettext("Choose a file first.")]}
    try:
        check_attachment(name, content)
    except AttachmentRefusedError as error:
        return _fault(error.fault)
    return {}


def _add(uow: UnitOfWork, form: Form, name: str, content: bytes) -> Problems:
    files = form.data["files"]
    if len(files) >= MOST_FILES:
        return {"file": [gettext("No more than %(most)s files can be added.", most=MOST_FILES)]}
    if not form.withdraws and not has_room(uow, FILE):
        return {"file": [too_often()]}
    file_id = add_file(uow, form.draft, content)
    kind = ENDINGS["." + clean_name(name).rpartition(".")[2].lower()]
    about = {"id": str(file_id), "name": clean_name(name), "media_type": str(kind), "size": len(content)}
    form.data["files"] = [*files, about]
    form.keep(uow)
    return {}


def _remove(uow: UnitOfWork, form: Form, file_id: str) -> None:
    kept = [one for one in form.data["files"] if one["id"] != file_id]
    if len(kept) < len(form.data["files"]):
        drop_files(uow, form.draft, UUID(file_id))
        form.data["files"] = kept
        form.keep(uow)


def _page(form: Form, found: Problems) -> Response:
    page = render_template(
        "portal/form_files.html",
        files=form.data["files"],
        has_room=len(form.data["files"]) < MOST_FILES,
        most=MOST_FILES,
        accept=",".join(ENDINGS),
        megabytes=MOST_BYTES // (1024 * 1024),
        found=found,
        **frame(form, Step.FILES),
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)


def _fault(fault: Fault) -> Problems:
    words: Mapping[Fault, str] = {
        Fault.EMPTY: gettext("This file is empty."),
        Fault.TOO_LARGE: gettext("This file is larger than %(most)s MB.", most=MOST_BYTES // (1024 * 1024)),
        Fault.UNKNOWN: gettext("Only PDF, PNG, JPEG and DOCX are taken, and this file is none of them inside."),
        Fault.MISNAMED: gettext(
            "The ending of the name does not fit what is inside. Save the file anew, or rename it."
        ),
        Fault.DAMAGED: gettext("This file is damaged. Save it anew, or send a picture of it."),
        Fault.ENCRYPTED: gettext("This file asks for a password. Save it without one."),
        Fault.ACTIVE: gettext(
            "This file holds scripts, macros or other files, which could harm whoever opens it. Print it to a PDF and "
            "send that."
        ),
        Fault.TWO_IN_ONE: gettext("Another file is hidden behind this one, or its end is missing. Save it anew."),
        Fault.SWELLS: gettext("This file becomes far too large when it is opened. Make it smaller."),
    }
    return {"file": [words[fault]]}
