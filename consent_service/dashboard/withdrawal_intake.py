"""Recording what came on paper or by phone: a withdrawal, of a part too, or a notice that ends an agreement.

First who and what, so that the page can offer what stands; then the rest, and the dates that follow from it; only then
is it recorded.  The reference of the person travels in forms alone, never in an address.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt, instant, one_of, rehearse
from consent_service.dashboard.foreseen import CaseView, planned
from consent_service.dashboard.places import at_operator, reading
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import list_documents
from consent_service.policies.terms import TerminatedBy, TerminationGround
from consent_service.services import services
from consent_service.subjects.acting import Acting, ActingBy, Age
from consent_service.withdrawals.queries import Standing, standing_of, withdrawal_view
from consent_service.withdrawals.service import EndAgreement, WithdrawConsent, end_agreement, withdraw_consent
from consent_service.withdrawals.states import Matter, Part, WithdrawalChannel

MOST = 10_000
Command = WithdrawConsent | EndAgreement


@dashboard.get("/<slug>/withdrawals/new")
@at_operator
def new_withdrawal(place: Place) -> str:
    """Ask who withdraws and from what."""
    return _ask(place, {})


@dashboard.post("/<slug>/withdrawals/new")
@at_operator
def record_withdrawal(place: Place) -> Response:
    """Show what stands, then the dates that would follow, then record it."""
    values = FormValues()
    subject, document = values.needed("subject", most=128), values.needed("document")
    matter = one_of(values, "matter", Matter, gettext("Choose what came."))
    standing, found = (None, values.wrong) if values.wrong else _standing(place, subject, document)
    if standing is None:
        return make_response(_ask(place, found), 422)
    if "channel" not in request.form:
        return make_response(_ask_more(standing, matter, {}))
    command = _command(values, subject, document, matter)
    if values.wrong:
        return make_response(_ask_more(standing, matter, values.wrong), 422)
    if "look" in request.form:
        return _show(place, standing, matter, command)
    made: list[UUID] = []
    found = attempt(place, lambda uow: made.append(_carry_out(uow, command)))
    if found:
        return make_response(_ask_more(standing, matter, found), 422)
    return redirect(url_for("dashboard.withdrawal", slug=place.slug, case_id=made[0]))


def _standing(place: Place, subject: str, document: str) -> tuple[Standing | None, Problems]:
    seen: list[Standing] = []
    found = attempt(place, lambda uow: seen.append(standing_of(uow, subject, document)))
    return (seen[0], {}) if seen else (None, found)


def _command(values: FormValues, subject: str, document: str, matter: Matter) -> Command:
    channel = one_of(values, "channel", WithdrawalChannel, gettext("Choose how it came."))
    common: dict[str, Any] = {  # Any: the arguments that both commands share
        "channel": channel,
        "received_at": instant(values, "received_at"),
        "sent_at": instant(values, "sent_at"),
        "wanted_on": values.day("wanted_on"),
        "text": values.text("text", most=MOST),
    }
    if matter is Matter.AGREEMENT:
        by = TerminatedBy.OPERATOR if request.form.get("by") == "operator" else TerminatedBy.PERSON
        ground = one_of(values, "ground", TerminationGround, gettext("Choose on which ground."))
        return EndAgreement(subject, document, by, ground=ground, **common)
    purposes, parts = values.several("purposes"), [Part(one) for one in values.several("parts") if one in set(Part)]
    if matter is Matter.PARTS and not parts:
        values.refuse("parts", gettext("Tick at least one."))
    if "some" in request.form and not purposes:
        values.refuse("purposes", gettext("Tick at least one."))
    acting, representative = _acting(values)
    return WithdrawConsent(
        subject,
        document,
        purposes=purposes or None,
        parts=parts if matter is Matter.PARTS else (),
        acting=acting,
        representative=representative,
        **common,
    )


def _acting(values: FormValues) -> tuple[Acting, Mapping[str, str] | None]:
    by = one_of(values, "acting_by", ActingBy, gettext("Choose who acted.")) if "acting_by" in request.form else None
    age = one_of(values, "age", Age, gettext("Choose who acted.")) if "age" in request.form else None
    name, basis = values.text("representative_name", most=300), values.text("representative_basis", most=500)
    role = values.text("representative_role")
    named = {"name": name, "role": role if role in _roles() else "other", "basis": basis} if name and basis else None
    return Acting(by or ActingBy.PERSON, age or Age.ADULT), named


def _carry_out(uow: UnitOfWork, command: Command) -> UUID:
    if isinstance(command, EndAgreement):
        return end_agreement(uow, command, services().law)
    return withdraw_consent(uow, command, services().law)


def _show(place: Place, standing: Standing, matter: Matter, command: Command) -> Response:
    def recorded(uow: UnitOfWork) -> CaseView:
        return withdrawal_view(uow, _carry_out(uow, command))

    tried = rehearse(place, recorded)
    page = _ask_more(standing, matter, tried.problems, tried.rehearsed)
    return make_response(page, 422 if tried.problems else 200)


def _ask(place: Place, found: Problems) -> str:
    with reading(place) as uow:
        documents = [one for one in list_documents(uow, uow.now) if one.version is not None]
    return render_template(
        "withdrawal_new.html", given=request.form, found=found, documents=documents, matters=words_of(Matter)
    )


def _ask_more(standing: Standing, matter: Matter, found: Problems, made: CaseView | None = None) -> str:
    grounds = words_of(TerminationGround)
    return render_template(
        "withdrawal_record.html",
        given=request.form,
        found=found,
        standing=standing,
        matter=matter,
        matters=words_of(Matter),
        made=made,
        foreseen=planned(made) if made else None,
        channels=words_of(WithdrawalChannel),
        parts=words_of(Part),
        acting=words_of(ActingBy),
        ages=words_of(Age),
        roles=_roles(),
        endings=[(rule, grounds[rule.ground]) for rule in standing.endings],
        grounds=grounds,
    )


def _roles() -> dict[str, str]:
    return {
        "parent": gettext("parent"),
        "guardian": gettext("guardian"),
        "attorney": gettext("by power of attorney"),
        "other": gettext("other"),
    }
