"""Purposes by the names that callers write.  ``queries`` hands this on."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.storage import PURPOSE_OF_DOCUMENT
from consent_service.policies.tables import Document, Purpose
from consent_service.policies.views import PurposeRef

_DOCUMENTS = Document.__table__
_PURPOSES = Purpose.__table__
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def resolve_purposes(uow: UnitOfWork, names: Sequence[str]) -> list[PurposeRef]:
    """Return the purposes named ``operator/document#code``, ``document#code`` or ``code``, in their order.

    Raises:
        InvalidInputError: With one message a name that is unknown, or short and of several documents.
    """
    codes = {code for name in names if _CODE.fullmatch(code := name.rpartition("#")[2])}
    rows = uow.session.execute(
        select(_PURPOSES.c.id, _PURPOSES.c.document_id, _PURPOSES.c.code, _DOCUMENTS.c.slug)
        .join(_DOCUMENTS, PURPOSE_OF_DOCUMENT)
        .where(_PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.code.in_(codes))
        .order_by(_DOCUMENTS.c.slug)
    ).all()
    operator = operator_slug(uow)
    known = [PurposeRef(row.id, row.document_id, operator, row.slug, row.code) for row in rows]
    found: list[PurposeRef] = []
    problems: list[str] = []
    for place, name in enumerate(names, 1):
        fitting = [ref for ref in known if name in (str(ref), f"{ref.document}#{ref.code}", ref.code)]
        if len(fitting) == 1:
            found.append(fitting[0])
        else:
            problems.append(_unresolved(place, name, fitting))
    if problems:
        raise InvalidInputError(" ".join(problems), fields={"purpose": problems})
    return found


def purposes_of_ids(uow: UnitOfWork, ids: Sequence[UUID]) -> list[PurposeRef]:
    """Return the purposes with the given ids, whatever version they were in, by document and code."""
    rows = uow.session.execute(
        select(_PURPOSES.c.id, _PURPOSES.c.document_id, _PURPOSES.c.code, _DOCUMENTS.c.slug)
        .join(_DOCUMENTS, PURPOSE_OF_DOCUMENT)
        .where(_PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.id.in_(ids))
        .order_by(_DOCUMENTS.c.slug, _PURPOSES.c.code)
    )
    operator = operator_slug(uow)
    return [PurposeRef(row.id, row.document_id, operator, row.slug, row.code) for row in rows]


def _unresolved(place: int, name: str, fitting: Sequence[PurposeRef]) -> str:
    if fitting:
        return f"Several documents have the purpose {name!r}; write one of: {', '.join(map(str, fitting))}."
    # Only what has the form of a code is repeated: a caller may have sent somebody's data by mistake.
    shown = repr(name) if _CODE.fullmatch(name) else f"number {place} in the list"
    return f"There is no purpose {shown}; write operator/document#purpose as the document's version lists it."
