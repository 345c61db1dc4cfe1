"""Erasures: the register of orders, what waits for a second person, one order with its targets, its act."""

from collections.abc import Mapping
from uuid import UUID

from flask import abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import (
    PAGES,
    Act,
    Problems,
    ReadAct,
    Tried,
    act_of_form,
    attempt,
    find_person,
    instant,
    needed_basis,
    needed_reference,
    one_of,
)
from consent_service.dashboard.duty_words import case_name
from consent_service.dashboard.erasure_list import ERASURES
from consent_service.dashboard.listing import PAGE, show
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.timeline import author_words
from consent_service.erasure.act_paper import JWS_NAME, act_page, act_pdf_name
from consent_service.erasure.approvals import approval_of, approve, reject
from consent_service.erasure.certificates import act_of
from consent_service.erasure.demands import DemandErasure, demand_erasure
from consent_service.erasure.holds import PlaceHold, place_hold
from consent_service.erasure.outside import settle_by_hand
from consent_service.erasure.register import OrderFilter, OrderRecord, list_orders, order_record, waiting_approvals
from consent_service.erasure.service import cancel_by_hand, order_again
from consent_service.erasure.states import OPEN, ApprovalState, Cancelled, Ground, OrderState, TargetState
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_rules
from consent_service.operators.service import set_rules
from consent_service.operators.sessions import Place, SignedIn
from consent_service.outbox.states import MessageState
from consent_service.pages.case_words import mark_of, words_of
from consent_service.pages.downloads import PDF, to_keep, to_read
from consent_service.pages.erasure_words import error_words, ground_words, kept_words
from consent_service.pages.form_values import FormValues
from consent_service.printing.pdf import to_pdf
from consent_service.services import services

MOST = 2000
PRINTED = ("kk", "ru")
ALWAYS = 0


@dashboard.get("/<slug>/erasures")
@at_operator
def erasures(place: Place) -> str:
    """Show the register, the latest order first, and above it what waits for a second person."""
    return _register(place, {})


@dashboard.post("/<slug>/erasures")
@at_operator
def find_erasures(place: Place) -> Response:
    """Look for the orders of one person."""
    person, found = find_person(place)
    if found:
        return make_response(_register(place, found), 422)
    return redirect(url_for("dashboard.erasures", slug=place.slug, person=person))


@dashboard.post("/<slug>/erasures/rule")
@at_operator
def set_erasure_rule(place: Place) -> Response:
    """Set from how many people on a second person is needed; an owner alone loosens or tightens it."""
    values = FormValues()
    over = ALWAYS if values.ticked("always") else values.number("over")
    if over is None and not values.wrong:
        values.refuse("over", gettext("Fill in this field."))
    if values.wrong or over is None:
        return make_response(_register(place, values.wrong), 422)
    rules = {"approve_erasures_over": over}
    found = attempt(place, lambda uow: set_rules(uow, rules))
    return make_response(_register(place, found), 422) if found else redirect(_here(place))


@dashboard.get("/<slug>/erasures/new")
@at_operator
def new_erasure(_place: Place) -> str:
    """Show an empty form."""
    return render_template("erasure_new.html", grounds=ground_words(), found={}, given={})


@dashboard.post("/<slug>/erasures/new")
@at_operator
def order_new_erasure(place: Place) -> Response:
    """Order an erasure by hand."""
    session: SignedIn = g.session
    values = FormValues()
    subject, reference = values.needed("subject", most=128), needed_reference(values)
    ground = one_of(values, "ground", Ground, gettext("Choose on which ground."))
    since = instant(values, "since")
    made: list[UUID] = []

    def do(uow: UnitOfWork) -> None:
        command = DemandErasure(subject, ground, reference, session.staff_id, since)
        made.append(demand_erasure(uow, command, services().law))

    found = values.wrong or attempt(place, do)
    if found:
        page = render_template("erasure_new.html", grounds=ground_words(), found=found, given=request.form)
        return make_response(page, 422)
    return redirect(url_for("dashboard.erasure", slug=place.slug, order_id=made[0]))


@dashboard.get("/<slug>/erasures/<uuid:order_id>")
@at_operator
def erasure(place: Place, order_id: UUID) -> str:
    """Show one order."""
    return _page(place, order_id, Tried())


@dashboard.post("/<slug>/erasures/<uuid:order_id>")
@at_operator
def act_on_erasure(place: Place, order_id: UUID) -> Response:
    """Approve, reject, cancel, hold, order again, or answer for a target."""
    tried = act_of_form(place, _ACTS, order_id)
    if not tried.is_done:
        return make_response(_page(place, order_id, tried), 422)
    return redirect(url_for("dashboard.erasure", slug=place.slug, order_id=order_id))


@dashboard.get("/<slug>/erasures/<uuid:order_id>/act.<lang>.pdf")
@at_operator
def erasure_act_pdf(place: Place, order_id: UUID, lang: str) -> Response:
    """Print the act of destruction."""
    if lang not in PRINTED:
        abort(404)
    with reading(place) as uow:
        view = act_of(uow, order_id)
        page = act_page(uow, view, lang)
    return to_read(to_pdf(page, view.issued_at), PDF, act_pdf_name(view, lang))


@dashboard.get("/<slug>/erasures/<uuid:order_id>/act.<kind>")
@at_operator
def erasure_act(place: Place, order_id: UUID, kind: str) -> Response:
    """Hand the act out as data, or signed."""
    with reading(place) as uow:
        view = act_of(uow, order_id)
    if kind == "json":
        return to_keep(view.text, "application/json", f"act-{view.year}-{view.number}.json")
    if kind == "jwt":
        return to_keep(view.token, "application/jose", JWS_NAME)
    return abort(404)


def _approve(_values: FormValues, order_id: UUID) -> Act:
    session: SignedIn = g.session
    return lambda uow: approve(uow, _approval(uow, order_id), by=session.staff_id)


def _reject(values: FormValues, order_id: UUID) -> Act:
    session: SignedIn = g.session
    reason = values.needed("reason", most=MOST)
    return lambda uow: reject(uow, _approval(uow, order_id), by=session.staff_id, reason=reason)


def _cancel(values: FormValues, order_id: UUID) -> Act:
    reference = needed_reference(values)
    return lambda uow: cancel_by_hand(uow, order_id, reference=reference)


def _again(_values: FormValues, order_id: UUID) -> Act:
    return lambda uow: order_again(uow, order_id)


def _hold(values: FormValues, order_id: UUID) -> Act:
    reference, basis = needed_reference(values), needed_basis(values)

    def do(uow: UnitOfWork) -> UUID:
        return place_hold(uow, PlaceHold(reference, basis, subject_id=order_record(uow, order_id).line.subject_id))

    return do


def _settle(values: FormValues, order_id: UUID) -> Act:
    reference, name = needed_reference(values), values.needed("target")
    return lambda uow: settle_by_hand(uow, order_id, name, reference=reference)


_ACTS: Mapping[str, ReadAct] = {
    "approve": _approve, "reject": _reject, "cancel": _cancel, "again": _again, "hold": _hold, "settle": _settle,
}  # fmt: skip


def _approval(uow: UnitOfWork, order_id: UUID) -> UUID:
    return approval_of(order_record(uow, order_id).line.run_id, order_id)


def _here(place: Place) -> str:
    return url_for("dashboard.erasures", slug=place.slug)


def _register(place: Place, found: Problems) -> str:
    with reading(place) as uow:
        shown = show(ERASURES, place, uow)
        waiting = waiting_approvals(uow, PAGE)
        return render_template(
            "erasures.html",
            shown=shown,
            waiting=waiting,
            first={one.id: _first_of(uow, one.id) for one in waiting},
            asked_by={one.requested_by: author_words(uow, one.requested_by) for one in waiting},
            over=operator_rules(uow).approve_erasures_over,
            found=found,
            grounds=ground_words(),
            states=words_of(OrderState),
            case_name=case_name,
            mark=mark_of,
        )


def _first_of(uow: UnitOfWork, approval_id: UUID) -> UUID:
    """Return the order on whose page a run is decided: its latest, or the order itself."""
    orders, _ = list_orders(uow, OrderFilter(run_id=approval_id), limit=1, cursor=None)
    return orders[0].id if orders else approval_id


def _page(place: Place, order_id: UUID, tried: Tried) -> str:
    with reading(place) as uow:
        record = order_record(uow, order_id)
        return render_template(
            "erasure.html",
            row=record,
            line=record.line,
            found=tried.problems,
            form=request.form,
            case_page=PAGES.get(record.line.cause_kind),
            may=_may(record, g.session),
            who={actor: author_words(uow, actor) for actor in _actors(record)},
            grounds=ground_words(),
            states=words_of(OrderState),
            target_states=words_of(TargetState),
            approval_states=words_of(ApprovalState),
            cancelled=words_of(Cancelled),
            message_states=words_of(MessageState),
            case_name=case_name,
            error_words=error_words,
            kept_words=kept_words,
            printed=PRINTED,
            mark=mark_of,
        )


def _may(record: OrderRecord, session: SignedIn) -> set[str]:
    """Return what can be done with an order as it stands."""
    line, approval = record.line, record.approval
    acts = set()
    if line.state is OrderState.AWAITING_APPROVAL and approval is not None:
        acts |= {"reject"}
        acts |= {"approve"} if approval.requested_by != f"staff:{session.staff_id}" else {"wait"}
    if line.state in OPEN and line.started_at is None:
        acts |= {"cancel"}
    if line.state in OPEN and line.held is None:
        acts |= {"hold"}
    if line.state is OrderState.CANCELLED and record.cancelled is not Cancelled.CAUSE_ENDED:
        acts |= {"again"}
    return acts


def _actors(record: OrderRecord) -> set[str]:
    approval = record.approval
    actors = {record.ordered_by}
    if approval is not None:
        actors |= {approval.requested_by, approval.decided_by}
    return {actor for actor in actors if actor is not None}
