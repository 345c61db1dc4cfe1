"""One person on one page, masked; who it is is shown to those who say why, and recorded."""

from uuid import UUID

from flask import abort, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.consents.listing import ConsentFilter, list_consents
from consent_service.consents.states import ConsentState
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, needed_reference
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.revealing import reveal_reasons
from consent_service.dashboard.timeline import Happened, author_words
from consent_service.erasure.register import OrderFilter, list_orders
from consent_service.erasure.states import OrderState
from consent_service.kernel.errors import KeyUnavailableError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.streams import latest_of
from consent_service.ledger.words import kind_name
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import mark_of, words_of
from consent_service.pages.erasure_words import ground_words
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.policies.queries import version_by_id
from consent_service.standings.queries import standings_of
from consent_service.standings.states import StandingState
from consent_service.subject_requests.queries import list_requests
from consent_service.subject_requests.states import RequestState, RequestType
from consent_service.subjects.queries import is_known, kinds_of
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.revealing import KnownBy
from consent_service.subjects.shown import show_person
from consent_service.withdrawals.queries import list_withdrawals
from consent_service.withdrawals.states import Matter, WithdrawalState

MOST, MOST_EVENTS = 50, 100


@dashboard.get("/<slug>/people/<uuid:subject_id>")
@at_operator
def person(place: Place, subject_id: UUID) -> str:
    """Show everything that is kept of a person without saying who it is."""
    return _page(place, subject_id, {}, None)


@dashboard.post("/<slug>/people/<uuid:subject_id>")
@at_operator
def reveal_person(place: Place, subject_id: UUID) -> Response:
    """Show what a person is known by to somebody who says why; that it was shown is recorded with the reason."""
    values = FormValues()
    because, reference = values.text("because") or "", needed_reference(values)
    if because not in reveal_reasons():
        values.refuse("because", gettext("Choose why."))
    known: KnownBy | None = None
    if not values.wrong:
        try:
            with writing(place) as uow:
                known = show_person(uow, subject_id, RevealReason(because), reference)
        except NotFoundError:
            abort(404)
        except KeyUnavailableError:
            values.refuse("form", gettext("The key of this person is not at hand: nobody can say who it is."))
    answer = make_response(_page(place, subject_id, values.wrong, known), 422 if values.wrong else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(place: Place, subject_id: UUID, found: Problems, known: KnownBy | None) -> str:
    with reading(place) as uow:
        events = _happened(uow, subject_id)
        consents, _ = list_consents(uow, ConsentFilter(subjects=[subject_id]), limit=MOST, cursor=None)
        if not events and not consents and not is_known(uow, subject_id):
            abort(404)
        versions = {one.version_id: version_by_id(uow, one.version_id) for one in consents}
        return render_template(
            "person.html",
            subject_id=subject_id,
            is_known=is_known(uow, subject_id),
            kinds=kinds_of(uow, subject_id),
            known=known,
            found=found,
            given=request.form,
            consents=consents,
            titles={version_id: version.terms.title for version_id, version in versions.items()},
            names={(v.id, one.code): one.name for v in versions.values() for one in v.terms.purposes},
            standings=[(one, one.changes) for one in standings_of(uow, subject_id)],
            requests=list_requests(uow, subject_id=subject_id, limit=MOST, cursor=None)[0],
            withdrawals=list_withdrawals(uow, subject_id=subject_id, limit=MOST, cursor=None)[0],
            erasures=list_orders(uow, OrderFilter(subject_id=subject_id), limit=MOST, cursor=None)[0],
            events=events,
            identifiers=_identifiers(),
            consent_states=words_of(ConsentState),
            standing_states=words_of(StandingState),
            request_types=words_of(RequestType),
            request_states=words_of(RequestState),
            matters=words_of(Matter),
            withdrawal_states=words_of(WithdrawalState),
            order_states=words_of(OrderState),
            grounds=ground_words(),
            mark=mark_of,
        )


def _happened(uow: UnitOfWork, subject_id: UUID) -> list[Happened]:
    """Return what the ledger holds of a person, the latest first."""
    authors: dict[str, str] = {}
    lines = []
    for event in latest_of(uow, subject_id, MOST_EVENTS):
        if event.actor is not None and event.actor not in authors:
            authors[event.actor] = author_words(uow, event.actor)
        what = kind_name(event.kind, language())
        lines.append(Happened(event.at, what, author=authors.get(event.actor or "")))
    return lines


def _identifiers() -> dict[str, str]:
    return {
        "full_name": gettext("Full name"),
        "email": gettext("E-mail"),
        "phone": gettext("Phone"),
        "iin": gettext("IIN"),
    }
