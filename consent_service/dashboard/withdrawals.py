"""Withdrawals: the register, the register of refusals, one withdrawal with what can be done about it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import (
    Act,
    Problems,
    ReadAct,
    Tried,
    act_of_form,
    find_person,
    instant,
    needed_instant,
    needed_reference,
    next_due,
    one_of,
    shared_words,
)
from consent_service.dashboard.duty_rows import left
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.foreseen import foresee
from consent_service.dashboard.listing import show
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.timeline import Happened, timeline
from consent_service.dashboard.withdrawal_list import WITHDRAWALS
from consent_service.deadlines.periods import Period
from consent_service.letters.states import LetterChannel
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import version_named
from consent_service.services import services
from consent_service.subjects.acting import ActingBy, Age
from consent_service.withdrawals.decisions import cancel_withdrawal
from consent_service.withdrawals.options import options
from consent_service.withdrawals.queries import (
    WithdrawalView,
    purpose_lines,
    withdrawal_view,
)
from consent_service.withdrawals.redating import correct_receipt
from consent_service.withdrawals.refusals import RefuseWithdrawal, refuse_withdrawal, resume_withdrawal
from consent_service.withdrawals.states import (
    Bar,
    Matter,
    Part,
    WithdrawalChannel,
    WithdrawalState,
)

MOST = 2000


@dashboard.get("/<slug>/withdrawals")
@at_operator
def withdrawals(place: Place) -> str:
    """Show the register, the latest first; ``refused`` shows the refusals alone."""
    return _register(place, {})


@dashboard.post("/<slug>/withdrawals")
@at_operator
def find_withdrawals(place: Place) -> Response:
    """Look for the withdrawals of one person."""
    person, found = find_person(place)
    if found:
        return make_response(_register(place, found), 422)
    return redirect(url_for("dashboard.withdrawals", slug=place.slug, person=person))


@dashboard.get("/<slug>/withdrawals/<uuid:case_id>")
@at_operator
def withdrawal(place: Place, case_id: UUID) -> str:
    """Show one withdrawal."""
    return _page(place, case_id, Tried())


@dashboard.post("/<slug>/withdrawals/<uuid:case_id>")
@at_operator
def act_on_withdrawal(place: Place, case_id: UUID) -> Response:
    """Refuse it, go on with it, take it back, or put its receipt right; or show what that would change."""
    tried = act_of_form(place, _ACTS, case_id, withdrawal_view)
    if not tried.is_done:
        return make_response(_page(place, case_id, tried), 422 if tried.problems else 200)
    return redirect(url_for("dashboard.withdrawal", slug=place.slug, case_id=case_id))


def _refuse(values: FormValues, case_id: UUID) -> Act:
    bar = one_of(values, "bar", Bar, gettext("Choose on which ground."))
    reference, reason = needed_reference(values), values.needed("reason", most=5000)
    purposes = values.several("purposes")
    if "some" in request.form and not purposes:
        values.refuse("purposes", gettext("Tick at least one."))
    channel = values.text("channel")
    command = RefuseWithdrawal(
        case_id,
        bar,
        reference,
        reason,
        purposes or None,
        LetterChannel(channel) if channel in set(LetterChannel) else None,
    )
    return lambda uow: refuse_withdrawal(uow, command, services().law)


def _resume(values: FormValues, case_id: UUID) -> Act:
    at, why = instant(values, "at"), values.needed("why", most=MOST)
    return lambda uow: resume_withdrawal(uow, case_id, at=at or uow.now, why=why, law=services().law)


def _correct(values: FormValues, case_id: UUID) -> Act:
    received_at, reason = needed_instant(values, "received_at"), values.needed("reason", most=MOST)
    return lambda uow: correct_receipt(uow, case_id, received_at, reason=reason, law=services().law)


def _cancel(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: cancel_withdrawal(uow, case_id, by="application")


_ACTS: Mapping[str, ReadAct] = {"refuse": _refuse, "resume": _resume, "correct": _correct, "cancel": _cancel}


def _register(place: Place, found: Problems) -> str:
    with reading(place) as uow:
        shown = show(WITHDRAWALS, place, uow)
    return render_template(
        "withdrawals.html",
        shown=shown,
        found=found,
        refused=bool(shown.asked.get("refused")),
        states=words_of(WithdrawalState),
        channels=words_of(WithdrawalChannel),
        matters=words_of(Matter),
        bars=words_of(Bar),
        **shared_words(),
    )


def _page(place: Place, case_id: UUID, tried: Tried) -> str:
    with reading(place) as uow:
        view, now = withdrawal_view(uow, case_id), uow.now
        terms = version_named(uow, view.document, view.version, now).terms
        first = next_due(view.duties)
        lines = purpose_lines(uow, case_id)
        shown = {
            "row": view,
            "now": now,
            "purposes": lines,
            "proven": list(dict.fromkeys(line.consent_id for line in lines if line.state)),
            "title": terms.title,
            "first": first,
            "left": left(first, uow) if first else None,
            "happened": timeline(uow, view.clock_log, view.letters, view.erasure, _own_moments(view, now)),
        }
    may = options(
        state=view.state,
        matter=view.matter,
        resumed=view.resumed_at is not None,
        duties=view.duties,
        take_back=terms.withdrawal.take_back,
        cancellable_until=view.cancellable_until,
        now=now,
    )
    return render_template(
        "withdrawal.html",
        **shown,
        may=may,
        found=tried.problems,
        foreseen=foresee(view, tried.rehearsed) if tried.rehearsed else None,
        form=request.form,
        duty_names={duty.id: duty_name(duty.code) for duty in view.duties},
        periods={duty.id: Period.parse(duty.period) for duty in view.duties},
        states=words_of(WithdrawalState),
        channels=words_of(WithdrawalChannel),
        matters=words_of(Matter),
        bars=words_of(Bar),
        parts=words_of(Part),
        acting=words_of(ActingBy),
        ages=words_of(Age),
        **shared_words(),
    )


def _own_moments(view: WithdrawalView, now: datetime) -> list[Happened]:
    """Return what the withdrawal itself knows to have happened."""
    if view.effective_at > now or view.state in {WithdrawalState.REFUSED, WithdrawalState.CANCELLED}:
        return []
    return [Happened(view.effective_at, gettext("It took effect: processing stopped"))]
