"""Consents: the list, and looking for people by what they are known by."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.queries import ChoiceView, ConsentView
from consent_service.consents.states import ConsentState
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, one_of
from consent_service.dashboard.listing import Asked, Filter, Listing, enter, show
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.rules import ALMATY
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.case_words import mark_of, words_of
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import almaty_time, day, language, said
from consent_service.policies.queries import list_documents, version_by_id, version_in_force
from consent_service.receipts.words import word
from consent_service.subjects.identity import MAX_EMAIL
from consent_service.subjects.queries import masked
from consent_service.subjects.searching import SearchBy, found_by, search_people

_LATEST, _EARLIEST = "latest", "earliest"


@dashboard.get("/<slug>/consents")
@at_operator
def consents(place: Place) -> str:
    """Show consents, the latest first; or those of the people that a search found."""
    return _page(place, {})


@dashboard.post("/<slug>/consents")
@at_operator
def find_consents(place: Place) -> Response:
    """Look for people; the address afterwards carries an id of the search that ends, never what was searched for."""
    session: SignedIn = g.session
    values = FormValues()
    by = one_of(values, "by", SearchBy, gettext("Choose by what to look."))
    value = values.needed("value", most=MAX_EMAIL)
    if not values.wrong:
        try:
            with writing(place) as uow:
                search = search_people(uow, session.staff_id, by, value)
            return redirect(url_for("dashboard.consents", slug=place.slug, search=search.id))
        except InvalidInputError:
            values.refuse("value", gettext("This cannot be right. Check it, and by what you look."))
    answer = make_response(_page(place, values.wrong), 422)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(place: Place, found: Problems) -> str:
    with reading(place) as uow:
        shown = show(CONSENTS, place, uow)
        people = _people(uow, shown.asked)
        versions = {row.version_id: version_by_id(uow, row.version_id) for row in shown.rows}
        names = {
            (version_id, purpose.code): purpose.name
            for version_id, version in versions.items()
            for purpose in version.terms.purposes
        }
    return render_template(
        "consents.html",
        shown=shown,
        found=found,
        people=people,
        searched=shown.asked.search is not None,
        titles={version_id: version.terms.title for version_id, version in versions.items()},
        names=names,
        states=words_of(ConsentState),
        grade=lambda code: word("grade", code, language()),
        search_by=_search_by(),
        given_by=request.form.get("by", ""),
        mark=mark_of,
    )


def _search_by() -> Mapping[str, str]:
    return {
        SearchBy.EMAIL.value: gettext("E-mail"),
        SearchBy.PHONE.value: gettext("Phone"),
        SearchBy.IIN.value: gettext("IIN"),
        SearchBy.REF.value: gettext("The operator's own reference of the person"),
    }


def _people(uow: UnitOfWork, asked: Asked) -> tuple[UUID, ...] | None:
    """Return who is asked for: those whom a search found, or one person; None where it is everybody.

    A search that is over finds nobody.
    """
    if asked.person is not None:
        return (asked.person,)
    if asked.search is None:
        return None
    session: SignedIn = g.session
    return found_by(uow, session.staff_id, asked.search) or ()


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[ConsentView], str | None]:
    state, since, until = asked.get("state"), asked.day("since"), asked.day("until")
    wanted = ConsentFilter(
        purpose=asked.get("purpose") or None,
        document=asked.get("document") or None,
        state=ConsentState(state) if state else None,
        from_at=datetime.combine(since, time(), ALMATY).astimezone(UTC) if since else None,
        to_at=datetime.combine(until + timedelta(days=1), time(), ALMATY).astimezone(UTC) if until else None,
        subjects=_people(uow, asked),
        earliest_first=asked.order == _EARLIEST,
    )
    return list_consents(uow, wanted, limit=limit, cursor=cursor)


def _states(_uow: UnitOfWork) -> Mapping[str, str]:
    return {str(state): words for state, words in words_of(ConsentState).items()}


def _documents(uow: UnitOfWork) -> Mapping[str, str]:
    return {one.slug: said(one.title) for one in list_documents(uow, uow.now)}


def _purposes(uow: UnitOfWork) -> Mapping[str, str]:
    """Return the purposes of the versions in force, each by its whole name."""
    versions = [
        version_in_force(uow, one.slug, uow.now) for one in list_documents(uow, uow.now) if one.version is not None
    ]
    return {
        f"{version.name}#{purpose.code}": said(purpose.name)
        for version in versions
        for purpose in version.terms.purposes
        if purpose.code in version.purposes
    }


def _columns() -> Mapping[str, Callable[[ConsentView], str]]:
    states = words_of(ConsentState)

    def answer(choice: ChoiceView) -> str:
        return f"{choice.purpose}: {states[choice.state]}"

    return {
        "№": lambda row: str(row.id),
        gettext("Given"): lambda row: almaty_time(row.given_at),
        gettext("Person"): lambda row: masked(row.subject_id),
        gettext("Document"): lambda row: f"{row.document} {row.version}",
        gettext("Language"): lambda row: row.language,
        gettext("Answers"): lambda row: "; ".join(answer(choice) for choice in row.choices),
        gettext("Ends"): lambda row: day(row.expires_on) if row.expires_on else "",
        gettext("Evidence"): lambda row: word("grade", row.evidence_grade, language()),
    }


CONSENTS: Listing[ConsentView] = enter(
    Listing(
        name="consents",
        endpoint="dashboard.consents",
        filters=(
            Filter("document", lazy_gettext("Document"), lazy_gettext("every document"), _documents),
            Filter("purpose", lazy_gettext("Purpose"), lazy_gettext("every purpose"), _purposes),
            Filter("state", lazy_gettext("State"), lazy_gettext("every state"), _states),
            Filter("since", lazy_gettext("Given from")),
            Filter("until", lazy_gettext("Given until")),
        ),
        orders={_LATEST: lazy_gettext("latest given first"), _EARLIEST: lazy_gettext("earliest given first")},
        read=_read,
        columns=_columns,
    )
)
