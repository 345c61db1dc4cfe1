"""Withdrawals: the register, the register of refusals, one withdrawal with what can be done about it."""

from collections.abc import Mapping
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.case_words import words_of
from consent_service.dashboard.cases import (
    Act,
    Problems,
    ReadAct,
    act_of_form,
    attempt,
    instant,
    needed_instant,
    needed_reference,
    next_due,
    shared_words,
)
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.form_values import FormValues
from consent_service.dashboard.places import at_operator, reading
from consent_service.deadlines.periods import Period
from consent_service.operators.staff import Place
from consent_service.policies.queries import list_documents, version_named
from consent_service.services import services
from consent_service.withdrawals.decisions import cancel_withdrawal
from consent_service.withdrawals.queries import list_withdrawals, withdrawal_view
from consent_service.withdrawals.redating import MOVABLE, correct_receipt
from consent_service.withdrawals.refusals import RefuseWithdrawal, refuse_withdrawal, resume_withdrawal
from consent_service.withdrawals.service import WithdrawConsent, withdraw_consent
from consent_service.withdrawals.states import MOVES, Bar, Matter, WithdrawalChannel, WithdrawalState

PAGE = 25
MOST = 2000


@dashboard.get("/<slug>/withdrawals")
@at_operator
def withdrawals(place: Place) -> str:
    """Show the register, the latest first; ``refused`` shows the refusals alone."""
    refused = "refused" in request.args
    with reading(place) as uow:
        rows, after = list_withdrawals(uow, refused=refused, limit=PAGE, cursor=request.args.get("after"))
    return render_template(
        "withdrawals.html",
        rows=rows,
        after=after,
        refused=refused,
        states=words_of(WithdrawalState),
        channels=words_of(WithdrawalChannel),
        matters=words_of(Matter),
        bars=words_of(Bar),
        **shared_words(),
    )


@dashboard.get("/<slug>/withdrawals/new")
@at_operator
def new_withdrawal(place: Place) -> str:
    """Show the form for a withdrawal that came on paper or by phone."""
    return _form(place, {}, {})


@dashboard.post("/<slug>/withdrawals/new")
@at_operator
def record_withdrawal(place: Place) -> Response:
    """Record a withdrawal that came on paper or by phone."""
    values = FormValues()
    channel = values.needed("channel")
    if channel not in set(WithdrawalChannel):
        values.refuse("channel", gettext("Choose how it came."))
    received_at, sent_at = instant(values, "received_at"), instant(values, "sent_at")
    wanted_on, text = values.day("wanted_on"), values.text("text", most=10_000)
    subject, document = values.needed("subject", most=128), values.needed("document")
    made: list[UUID] = []
    found = values.wrong
    if not found:
        command = WithdrawConsent(
            subject,
            document,
            WithdrawalChannel(channel),
            sent_at=sent_at,
            received_at=received_at,
            wanted_on=wanted_on,
            text=text,
        )
        found = attempt(place, lambda uow: made.append(withdraw_consent(uow, command, services().law)))
    if found:
        return make_response(_form(place, request.form, found), 422)
    return redirect(url_for("dashboard.withdrawal", slug=place.slug, case_id=made[0]))


@dashboard.get("/<slug>/withdrawals/<uuid:case_id>")
@at_operator
def withdrawal(place: Place, case_id: UUID) -> str:
    """Show one withdrawal."""
    return _page(place, case_id, {})


@dashboard.post("/<slug>/withdrawals/<uuid:case_id>")
@at_operator
def act_on_withdrawal(place: Place, case_id: UUID) -> Response:
    """Refuse it, go on with it, take it back, or put its receipt right."""
    found = act_of_form(place, _ACTS, case_id)
    if found:
        return make_response(_page(place, case_id, found), 422)
    return redirect(url_for("dashboard.withdrawal", slug=place.slug, case_id=case_id))


def _refuse(values: FormValues, case_id: UUID) -> Act:
    bar, reference = values.needed("bar"), needed_reference(values)
    if bar not in set(Bar):
        values.refuse("bar", gettext("Choose on which ground."))
    reason = values.needed("reason", most=5000)
    return lambda uow: refuse_withdrawal(uow, RefuseWithdrawal(case_id, Bar(bar), reference, reason), services().law)


def _resume(values: FormValues, case_id: UUID) -> Act:
    at, why = instant(values, "at"), values.needed("why", most=MOST)
    return lambda uow: resume_withdrawal(uow, case_id, at=at or uow.now, why=why, law=services().law)


def _correct(values: FormValues, case_id: UUID) -> Act:
    received_at, reason = needed_instant(values, "received_at"), values.needed("reason", most=MOST)
    return lambda uow: correct_receipt(uow, case_id, received_at, reason=reason, law=services().law)


def _cancel(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: cancel_withdrawal(uow, case_id, by="application")


_ACTS: Mapping[str, ReadAct] = {"refuse": _refuse, "resume": _resume, "correct": _correct, "cancel": _cancel}


def _page(place: Place, case_id: UUID, found: Problems) -> str:
    with reading(place) as uow:
        view, now = withdrawal_view(uow, case_id), uow.now
        terms = version_named(uow, view.document, view.version, now).terms
    return render_template(
        "withdrawal.html",
        row=view,
        now=now,
        purposes={purpose.code: purpose.name for purpose in terms.purposes},
        title=terms.title,
        found=found,
        form=request.form,
        first=next_due(view.duties),
        duty_names={duty.id: duty_name(duty.code) for duty in view.duties},
        periods={duty.id: Period.parse(duty.period) for duty in view.duties},
        states=words_of(WithdrawalState),
        channels=words_of(WithdrawalChannel),
        matters=words_of(Matter),
        bars=words_of(Bar),
        may_refuse=WithdrawalState.REFUSED in MOVES[view.state],
        may_resume=view.state is WithdrawalState.REFUSED,
        may_correct=view.state in MOVABLE and view.resumed_at is None,
        may_cancel=view.cancellable_until is not None and view.state in MOVABLE,
        **shared_words(),
    )


def _form(place: Place, given: Mapping[str, str], found: Problems) -> str:
    with reading(place) as uow:
        documents = [one for one in list_documents(uow, uow.now) if one.version is not None]
    return render_template(
        "withdrawal_new.html",
        given=given,
        found=found,
        documents=documents,
        channels=words_of(WithdrawalChannel),
    )
