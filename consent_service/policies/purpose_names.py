"""Purposes by the names that callers write."""

import re
from collections.abc import Collection, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from consent_service.kernel.errors import InvalidInputError, shown
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug
from consent_service.policies.storage import PURPOSE_OF_DOCUMENT
from consent_service.policies.tables import Document, Purpose
from consent_service.policies.views import PurposeRef

_DOCUMENTS = Document.__table__
_PURPOSES = Purpose.__table__
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

# The purposes of each database by operator and long name, which say for good which purpose is meant; a short code does
# not, for another document may bring the same one.
_published: WeakKeyDictionary[Engine | Connection, dict[tuple[int, str], PurposeRef]] = WeakKeyDictionary()


def resolve_purposes(uow: UnitOfWork, names: Sequence[str]) -> list[PurposeRef]:
    """Return the purposes named ``operator/document#code``, ``document#code`` or ``code``, in their order.

    Raises:
        InvalidInputError: With one message a name that is unknown, or short and of several documents.
    """
    known = _remembered(uow, names) or _read(uow, names)
    found: list[PurposeRef] = []
    problems: list[str] = []
    for place, name in enumerate(names, 1):
        fitting = [ref for ref in known if name in _names(ref)]
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


def _remembered(uow: UnitOfWork, names: Sequence[str]) -> list[PurposeRef]:
    """Return the purposes of the names, or nothing where one of them must be looked up."""
    known = _published.get(uow.session.get_bind(), {})
    found = {known.get((uow.operator_id, name)) for name in names}
    return [ref for ref in found if ref is not None] if None not in found else []


def _read(uow: UnitOfWork, names: Sequence[str]) -> list[PurposeRef]:
    codes = {code for name in names if _CODE.fullmatch(code := name.rpartition("#")[2])}
    rows = uow.session.execute(
        select(_PURPOSES.c.id, _PURPOSES.c.document_id, _PURPOSES.c.code, _PURPOSES.c.created_at, _DOCUMENTS.c.slug)
        .join(_DOCUMENTS, PURPOSE_OF_DOCUMENT)
        .where(_PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.code.in_(codes))
        .order_by(_DOCUMENTS.c.slug)
    ).all()
    operator = operator_slug(uow)
    known = _published.setdefault(uow.session.get_bind(), {})
    found = []
    for row in rows:
        ref = PurposeRef(row.id, row.document_id, operator, row.slug, row.code)
        found.append(ref)
        if row.created_at < uow.now:  # what this very transaction brought may yet be rolled back
            known |= {(uow.operator_id, name): ref for name in _names(ref) if name != ref.code}
    return found


def _names(ref: PurposeRef) -> Collection[str]:
    return str(ref), f"{ref.document}#{ref.code}", ref.code


def _unresolved(place: int, name: str, fitting: Sequence[PurposeRef]) -> str:
    if fitting:
        return f"Several documents have the purpose {name!r}; write one of: {', '.join(map(str, fitting))}."
    # Only what has the form of a code is repeated: a caller may have sent somebody's data by mistake.
    named = repr(name) if _CODE.fullmatch(name) and shown(name) == name else f"number {place} in the list"
    return f"There is no purpose {named}; write operator/document#purpose as the document's version lists it."
