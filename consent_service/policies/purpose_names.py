"""Purposes by the names that callers write."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

# How long a short code that was looked up is taken for the same purpose; a name that says its document stands for good.
REMEMBERED = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """What names of one database mean, by operator and name; short codes with the instant at which that was read.

    Another document may bring the same short code, which then means neither.
    """

    long: dict[tuple[int, str], PurposeRef] = field(default_factory=dict)
    short: dict[tuple[int, str], tuple[PurposeRef, datetime]] = field(default_factory=dict)


_known: WeakKeyDictionary[Engine | Connection, _Known] = WeakKeyDictionary()


def resolve_purposes(uow: UnitOfWork, names: Sequence[str]) -> list[PurposeRef]:
    """Return the purposes named ``operator/document#code``, ``document#code`` or ``code``, in their order.

    Raises:
        InvalidInputError: With one message a name that is unknown, or short and of several documents.
    """
    fitting_of: defaultdict[str, list[PurposeRef]] = defaultdict(list)
    for ref in _remembered(uow, names) or _read(uow, names):
        for name in _names(ref):
            fitting_of[name].append(ref)
    found: list[PurposeRef] = []
    problems: list[str] = []
    for place, name in enumerate(names, 1):
        fitting = fitting_of.get(name, [])
        if len(fitting) == 1:
            found.append(fitting[0])
        else:
            problems.append(_unresolved(place, name, fitting))
    if problems:
        raise InvalidInputError(" ".join(problems), fields={"purpose": problems})
    return found


def remembered_purposes(
    bind: Engine | Connection, operator_id: int, names: Sequence[str], now: datetime
) -> list[PurposeRef] | None:
    """Return the purposes of names that this process has looked up before; None where one must be looked up."""
    known = _known.get(bind)
    if known is None:
        return None
    found = []
    for name in names:
        ref = known.long.get((operator_id, name))
        if ref is None:
            ref, read_at = known.short.get((operator_id, name), (None, now))
            if ref is None or not timedelta() <= now - read_at < REMEMBERED:
                return None
        found.append(ref)
    return found


def forget_codes(uow: UnitOfWork) -> None:
    """Look short codes up anew, since there are other purposes; other processes do within a second."""
    known = _known.get(uow.session.get_bind())
    if known is not None:
        known.short.clear()


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
    known = _known.get(uow.session.get_bind(), _Known()).long
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
    known = _known.setdefault(uow.session.get_bind(), _Known())
    times = Counter(row.code for row in rows)
    found = []
    for row in rows:
        ref = PurposeRef(row.id, row.document_id, operator, row.slug, row.code)
        found.append(ref)
        if row.created_at < uow.now:  # what this very transaction brought may yet be rolled back
            known.long.update({(uow.operator_id, name): ref for name in _names(ref) if name != ref.code})
            if times[ref.code] == 1:
                known.short[uow.operator_id, ref.code] = (ref, uow.now)
    return found


def _names(ref: PurposeRef) -> Collection[str]:
    return str(ref), f"{ref.document}#{ref.code}", ref.code


def _unresolved(place: int, name: str, fitting: Sequence[PurposeRef]) -> str:
    if fitting:
        return f"Several documents have the purpose {name!r}; write one of: {', '.join(map(str, fitting))}."
    # Only what has the form of a code is repeated: a caller may have sent somebody's data by mistake.
    named = repr(name) if _CODE.fullmatch(name) and shown(name) == name else f"number {place} in the list"
    return f"There is no purpose {named}; write operator/document#purpose as the document's version lists it."
