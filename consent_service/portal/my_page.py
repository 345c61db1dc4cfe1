"""A person's own page: every consent with its switches, what waits for an answer, withdrawals, requests, receipts."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import language
from consent_service.policies.queries import version_named
from consent_service.policies.terms import LocalText
from consent_service.portal.blueprint import portal
from consent_service.portal.form_pages import shown
from consent_service.portal.my_visit import Visit, acting, looking
from consent_service.portal.my_words import answer_words, change_words, done_words, line_words
from consent_service.portal.tracking_words import duty_state_words, request_state_words, withdrawal_state_words
from consent_service.preferences.links import end_link
from consent_service.preferences.overview import DocumentCard, cards_of, records_of
from consent_service.standings.plain_words import in_words
from consent_service.subject_requests.queries import list_requests
from consent_service.subject_requests.states import RequestType
from consent_service.withdrawals.options import options
from consent_service.withdrawals.queries import WithdrawalView, list_withdrawals, withdrawal_view
from consent_service.withdrawals.states import Part, WithdrawalState

MOST = 50
PAST = frozenset({WithdrawalState.CANCELLED, WithdrawalState.CLOSED})


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal as its person sees it; ``names``: the purposes, none where it is about all."""

    row: WithdrawalView
    title: LocalText
    names: Sequence[LocalText]
    may_take_back: bool


@portal.get("/my/<token>")
def my_page(token: str) -> Response:
    """Show everything."""
    with looking(token) as visit:
        uow, person = visit.uow, visit.link.subject_id
        cards = cards_of(uow, person)
        lines, _ = list_withdrawals(uow, subject_id=person, limit=MOST, cursor=None)
        requests, _ = list_requests(uow, subject_id=person, limit=MOST, cursor=None)
        records = records_of(uow, person)
        withdrawn = [_withdrawal(uow, withdrawal_view(uow, line.id)) for line in lines]
        return visit.page(
            "my_page",
            cards=cards,
            news={card.document: _news(uow, card) for card in cards},
            withdrawals=[one for one in withdrawn if one.row.state not in PAST],
            past=[one for one in withdrawn if one.row.state in PAST],
            requests=requests,
            records=[(version_named(uow, one.document, one.version, uow.now), one) for one in records],
            done=done_words().get(request.args.get("done", "")),
            line_words=line_words,
            answer_words=answer_words,
            change_words=change_words,
            types=words_of(RequestType),
            request_states=request_state_words(),
            withdrawal_states=withdrawal_state_words(),
            duty_states=duty_state_words(),
            part_names=words_of(Part),
        )


@portal.post("/my/<token>/close")
def close_my_page(token: str) -> Response:
    """End the link, such as on a computer that others use too."""
    with acting(token) as visit:
        end_link(visit.uow, token)
        return shown(render_template("portal/my_closed.html", operator=visit.operator))


def back_to(visit: Visit, done: str) -> Response:
    """Go back to the page, and say there what was done."""
    return redirect(visit.address("my_page", done=done), 303)


def _news(uow: UnitOfWork, card: DocumentCard) -> dict[str, list[str]]:
    """Return what each open change brings since the version that binds the person, in words."""
    if card.standing is None or card.standing.version is None:
        return {}
    old = version_named(uow, card.document, card.standing.version, uow.now)
    fresh = {one.version: version_named(uow, card.document, one.version, uow.now) for one in card.changes}
    return {name: list(in_words(old.terms, version.terms, language())) for name, version in fresh.items()}


def _withdrawal(uow: UnitOfWork, view: WithdrawalView) -> Withdrawn:
    terms = version_named(uow, view.document, view.version, uow.now).terms
    names = [one.name for one in terms.purposes if one.code in view.purposes]
    can = options(
        state=view.state,
        matter=view.matter,
        resumed=view.resumed_at is not None,
        duties=view.duties,
        take_back=terms.withdrawal.take_back,
        cancellable_until=view.cancellable_until,
        now=uow.now,
    )
    return Withdrawn(view, terms.title, () if len(names) == len(terms.purposes) else names, can.may_take_back)
