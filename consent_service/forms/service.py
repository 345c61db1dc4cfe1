"""Entering forms.  What a form asks never changes in place: a change is a new edition."""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import insert, update

from consent_service.forms.queries import FormView, find_form
from consent_service.forms.rules import Box, check_boxes
from consent_service.forms.tables import Form, FormEdition
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.operators.sites import KnownSite
from consent_service.policies.queries import version_in_force

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_FORMS, _EDITIONS = table_of(Form), table_of(FormEdition)


def enter_form(uow: UnitOfWork, site: KnownSite, code: str, boxes: Sequence[Box]) -> FormView:
    """Enter a form, or a new edition of it; the same boxes once more change nothing.

    Raises:
        InvalidInputError: The name or a box cannot be taken.
        NotFoundError: The operator has no such document.
        ConflictError: A document has no version in force.
    """
    if not _CODE.fullmatch(code):
        raise InvalidInputError.of("form", "Write 1 to 63 small letters, digits and hyphens.")
    versions = {name: version_in_force(uow, name, uow.now) for name in {box.document for box in boxes}}
    boxes = [replace(box, document=versions[box.document].document) for box in boxes]  # by its slug alone
    check_boxes(boxes, {version.document: version.terms for version in versions.values()})
    lock_operator(uow)
    kept = [asdict(box) for box in boxes]
    known = find_form(uow, site, code)
    if known is not None and known.boxes == tuple(boxes):
        return known
    form_id, edition = (new_id(uow.now), 1) if known is None else (known.id, known.edition + 1)
    if known is None:
        form = {"id": form_id, "site_id": site.id, "code": code, "edition": edition, "created_at": uow.now}
        uow.session.execute(insert(_FORMS).values(operator_id=uow.operator_id, **form))
    else:
        this = _FORMS.c.operator_id == uow.operator_id, _FORMS.c.id == form_id
        uow.session.execute(update(_FORMS).where(*this).values(edition=edition))
    uow.session.execute(
        insert(_EDITIONS).values(
            operator_id=uow.operator_id, form_id=form_id, edition=edition, boxes=kept, made_at=uow.now
        )
    )
    facts = {"site": site.site_key, "form": code, "edition": edition, "boxes": kept}
    append(uow, EventType.FORM_SET, operator_stream(uow.operator_id), facts)
    return FormView(form_id, site, code, edition, tuple(boxes), uow.now)
