"""Sites of an operator: the public key that a page carries, and the origins that may come with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id, new_token
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.closing import IS_SERVED
from consent_service.operators.service import lock_operator
from consent_service.operators.tables import Operator, Site

SITE_KEY = re.compile(r"site_[A-Za-z0-9_-]{16}", re.ASCII)
MOST_ORIGINS = 20
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?", re.ASCII)
_SITES, _OPERATORS = table_of(Site), table_of(Operator)
_COLUMNS = (_SITES.c.id, _SITES.c.operator_id, _SITES.c.site_key, _SITES.c.origin, _SITES.c.further_origins)


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site: ``origins`` begins with its main one."""

    id: UUID
    operator_id: int
    site_key: str
    origins: tuple[str, ...]

    @property
    def origin(self) -> str:
        """The main origin, by which the site is known."""
        return self.origins[0]


def add_site(uow: UnitOfWork, origin: str, further: Sequence[str] = ()) -> KnownSite:
    """Add a site, or change the further origins of the one that is known by its main origin.

    Raises:
        InvalidInputError: An origin is none.
    """
    for field, given in (("origin", [origin]), ("further_origins", further)):
        if len(given) > MOST_ORIGINS or not all(_ORIGIN.fullmatch(one) for one in given):
            raise InvalidInputError.of(
                field, "Write origins such as https://shop.example.kz: scheme, host in small letters, port if any."
            )
    others = [one for one in dict.fromkeys(further) if one != origin]
    lock_operator(uow)
    row = uow.session.execute(
        select(*_COLUMNS).where(_SITES.c.operator_id == uow.operator_id, _SITES.c.origin == origin)
    ).first()
    if row is not None and row.further_origins == others:
        return _site(row)
    if row is None:
        site_id, site_key = new_id(uow.now), new_token("site_", 12)
        uow.session.execute(
            insert(_SITES).values(
                operator_id=uow.operator_id,
                id=site_id,
                site_key=site_key,
                origin=origin,
                further_origins=others,
                created_at=uow.now,
            )
        )
    else:
        site_id, site_key = row.id, row.site_key
        this = _SITES.c.operator_id == uow.operator_id, _SITES.c.id == site_id
        uow.session.execute(update(_SITES).where(*this).values(further_origins=others))
    facts = {"site": site_key, "origins": [origin, *others]}
    append(uow, EventType.SITE_SET, operator_stream(uow.operator_id), facts)
    return KnownSite(site_id, uow.operator_id, site_key, (origin, *others))


def list_sites(uow: UnitOfWork) -> list[KnownSite]:
    """Return the operator's sites by their main origin."""
    rows = uow.session.execute(
        select(*_COLUMNS).where(_SITES.c.operator_id == uow.operator_id).order_by(_SITES.c.origin)
    )
    return [_site(row) for row in rows]


def find_site(uow: UnitOfWork, site_key: str) -> KnownSite:
    """Return a site of the operator.

    Raises:
        NotFoundError: The operator has none with this key.
    """
    site = site_of_key(uow.session, site_key)
    if site.operator_id != uow.operator_id:
        raise _no_site()
    return site


def site_of_key(session: Session, site_key: str) -> KnownSite:
    """Return the site that a public key stands for, whichever operator's it is.

    Raises:
        NotFoundError: There is none.
    """
    known = SITE_KEY.fullmatch(site_key)
    served = select(*_COLUMNS).join(_OPERATORS, _OPERATORS.c.id == _SITES.c.operator_id).where(IS_SERVED)
    row = session.execute(served.where(_SITES.c.site_key == site_key)).first() if known else None
    if row is None:
        raise _no_site()
    return _site(row)


def _site(row: Any) -> KnownSite:  # Any: a result row
    return KnownSite(row.id, row.operator_id, row.site_key, (row.origin, *row.further_origins))


def _no_site() -> NotFoundError:
    return NotFoundError("There is no such site; GET /api/v1/sites lists the keys of yours.")
