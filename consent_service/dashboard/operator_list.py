"""The operators of an account side by side: what is due at each, the most pressing first."""

from dataclasses import dataclass
from datetime import date

from flask import g, render_template
from sqlalchemy import select

from consent_service.accounts.words import names_of_roles
from consent_service.admission.table import is_admitted
from consent_service.dashboard.blueprint import account
from consent_service.dashboard.places import reading
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import DutyFilter, late, list_duties, soon
from consent_service.duties.rules import soon_until
from consent_service.kernel.counting import up_to, written
from consent_service.operators.queries import operator_view
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.languages import language
from consent_service.services import services


@dataclass(frozen=True, slots=True)
class _Due:
    """What is due at an operator; ``first``: the day of what is due first, None where nothing is."""

    late: str
    soon: str
    first: date | None


@dataclass(frozen=True, slots=True)
class _Line:
    """An operator of the account; ``due`` is None where the role does not see what is due there."""

    place: Place
    name: str
    due: _Due | None


@account.get("/operators")
def operators() -> str:
    """Show where the account has a place, and what is due there."""
    session: SignedIn = g.session
    lines = [_line(place) for place in session.places]
    first = sorted(lines, key=lambda line: (line.due and line.due.first) or date.max)
    return render_template("operators.html", lines=first, roles=names_of_roles(language()))


def _line(place: Place) -> _Line:
    with reading(place) as uow:
        name = operator_view(uow).name[language()]
        if place.is_closed or not is_admitted(place.role, "dashboard.today"):
            return _Line(place, name, None)
        until = soon_until(almaty_day(uow.now), services().law.calendar)
        counted = uow.session.execute(select(up_to(late(uow)), up_to(soon(uow, until)))).one()
        soonest, _ = list_duties(uow, DutyFilter(), limit=1)
    late_now, soon_due = map(written, counted)
    return _Line(place, name, _Due(late_now, soon_due, soonest[0].due_on if soonest else None))
