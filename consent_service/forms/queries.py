"""Reads about forms: what each asks, and by which form an answer came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select

from consent_service.forms.rules import Box, BoxKind
from consent_service.forms.tables import Form, FormAnswer, FormEdition
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sites import KnownSite, list_sites

_FORMS, _EDITIONS, _ANSWERS = table_of(Form), table_of(FormEdition), table_of(FormAnswer)
_OF_FORM = and_(_EDITIONS.c.operator_id == _FORMS.c.operator_id, _EDITIONS.c.form_id == _FORMS.c.id)
_COLUMNS = (_FORMS.c.id, _FORMS.c.site_id, _FORMS.c.code, _EDITIONS.c.edition, _EDITIONS.c.boxes, _EDITIONS.c.made_at)


@dataclass(frozen=True, slots=True)
class FormView:
    """One edition of a form.  ``documents``: those of its boxes, in their order."""

    id: UUID
    site: KnownSite
    form: str
    edition: int
    boxes: tuple[Box, ...]
    made_at: datetime

    @property
    def site_key(self) -> str:
        """The public key of its site."""
        return self.site.site_key

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that its boxes are about, in their order."""
        return tuple(dict.fromkeys(box.document for box in self.boxes))


@dataclass(frozen=True, slots=True)
class CameBy:
    """The form by which an answer came; ``is_superseded``: a newer text came into force before it was sent."""

    site_key: str
    form: str
    edition: int
    is_superseded: bool


def list_forms(uow: UnitOfWork) -> list[FormView]:
    """Return the operator's forms as they are now, by site and name."""
    sites = list_sites(uow)
    rows = uow.session.execute(_now(uow).order_by(_FORMS.c.code)).all()
    return [_view(site, row) for site in sites for row in rows if row.site_id == site.id]


def sites_with_forms(uow: UnitOfWork) -> list[dict[str, Any]]:  # Any: JSON values
    """Return the operator's sites as its integrator sees them, each with the names of its forms."""
    forms = list_forms(uow)
    return [
        {
            "site_key": site.site_key,
            "origin": site.origin,
            "further_origins": list(site.origins[1:]),
            "forms": [{"form": one.form, "documents": list(one.documents)} for one in forms if one.site.id == site.id],
        }
        for site in list_sites(uow)
    ]


def form_named(uow: UnitOfWork, site: KnownSite, code: str) -> FormView:
    """Return a form as it is now.

    Raises:
        NotFoundError: The site has no form of this name.
    """
    form = find_form(uow, site, code)
    if form is None:
        raise NotFoundError("The site has no such form; GET /api/v1/forms lists those that it has.")
    return form


def find_form(uow: UnitOfWork, site: KnownSite, code: str) -> FormView | None:
    """Return a form as it is now, None where the site has none of this name."""
    row = uow.session.execute(_now(uow).where(_FORMS.c.site_id == site.id, _FORMS.c.code == code)).first()
    return None if row is None else _view(site, row)


def edition_of(uow: UnitOfWork, form: FormView, edition: int) -> tuple[FormView, datetime | None]:
    """Return an edition of a form, and since when another stands in its place; None for that of now.

    Raises:
        NotFoundError: There was none with this number.
    """
    rows = uow.session.execute(
        select(*_COLUMNS)
        .join(_EDITIONS, _OF_FORM)
        .where(_FORMS.c.operator_id == uow.operator_id, _FORMS.c.id == form.id)
        .where(_EDITIONS.c.edition.in_((edition, edition + 1)))
    ).all()
    found = {row.edition: row for row in rows}
    if edition not in found:
        raise NotFoundError("The form had no such edition; ask for the form again.")
    return _view(form.site, found[edition]), found[edition + 1].made_at if edition + 1 in found else None


def came_by(uow: UnitOfWork, answer_ids: Iterable[UUID | None]) -> Mapping[UUID | None, CameBy]:
    """Return by which form answers came, by the id that their consents carry."""
    wanted = [one for one in answer_ids if one is not None]
    if not wanted:
        return {}
    sites = {site.id: site.site_key for site in list_sites(uow)}
    rows = uow.session.execute(
        select(_ANSWERS.c.id, _ANSWERS.c.edition, _ANSWERS.c.is_superseded, _FORMS.c.code, _FORMS.c.site_id)
        .join(_FORMS, and_(_FORMS.c.operator_id == _ANSWERS.c.operator_id, _FORMS.c.id == _ANSWERS.c.form_id))
        .where(_ANSWERS.c.operator_id == uow.operator_id, _ANSWERS.c.id.in_(wanted))
    )
    return {row.id: CameBy(sites[row.site_id], row.code, row.edition, row.is_superseded) for row in rows}


def _now(uow: UnitOfWork) -> Select[Any]:  # Any: columns of two tables
    current = and_(_OF_FORM, _EDITIONS.c.edition == _FORMS.c.edition)
    return select(*_COLUMNS).join(_EDITIONS, current).where(_FORMS.c.operator_id == uow.operator_id)


def _view(site: KnownSite, row: Any) -> FormView:  # Any: a result row
    boxes = tuple(Box(one["document"], one["purpose"], BoxKind(one["kind"]), one["required"]) for one in row.boxes)
    return FormView(row.id, site, row.code, row.edition, boxes, row.made_at)
