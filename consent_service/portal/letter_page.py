"""Withdrawing by registered mail or phone: a letter to print.  What is typed here is kept nowhere, not even a while."""

from http import HTTPStatus

from flask import redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.deadlines.rules import almaty_day
from consent_service.drafts.service import drop
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.policies.terms import LocalText
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import Form, find_form
from consent_service.portal.form_flow import Step, chosen_document, chosen_purposes, next_step
from consent_service.portal.form_pages import Problems, gone, shown
from consent_service.portal.visitors import reading, writing
from consent_service.printing.pdf import to_pdf
from consent_service.withdrawals.foreseen import withdrawable
from consent_service.withdrawals.notice_letter import LANGUAGES as PRINTED_IN
from consent_service.withdrawals.notice_letter import NoticeOf, notice_page, postal_addresses


@portal.get("/r/<operator>/letter")
def withdrawal_letter(operator: str) -> Response:
    """Say where to write and to call, and take what the letter is filled in with."""
    with reading(operator) as uow:
        return _page(uow, {}, {})


@portal.post("/r/<operator>/letter")
def print_withdrawal_letter(operator: str) -> Response:
    """Print the letter."""
    values = FormValues()
    with reading(operator) as uow:
        rows = {row.document: row for row in withdrawable(uow)}
        chosen = values.text("document") or ("" if len(rows) != 1 else next(iter(rows)))
        if chosen not in rows and chosen != "all":
            values.refuse("document", gettext("Choose one."))
        printed_in = values.text("printed_in")
        if printed_in not in PRINTED_IN:
            values.refuse("printed_in", gettext("Choose one."))
        name = values.needed("name", most=300)
        address, reach = values.text("address", most=500), values.text("reach", most=300)
        ticked = values.several("purposes")
        if values.wrong:
            given = {name: values.text(name, most=10_000) for name in ("document", "printed_in", "name", "address")}
            return _page(uow, {**given, "reach": reach, "purposes": ticked}, values.wrong)
        row = rows.get(chosen)
        purposes: list[LocalText] = [one.name for one in row.terms.purposes if one.code in ticked] if row else []
        notice = NoticeOf(name, address, reach, row.terms.title if row else None, purposes)
        page = notice_page(operator_view(uow), notice, str(printed_in), almaty_day(uow.now))
        return to_keep(to_pdf(page, uow.now), PDF, f"withdrawal-{operator}-{printed_in}.pdf")


@portal.post("/r/<operator>/<draft>/letter")
def print_form_as_letter(operator: str, draft: str) -> Response:
    """Print a withdrawal that was filled in as a letter instead, and forget at once what was typed."""
    printed_in = FormValues().text("printed_in")
    with writing(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        is_ready = "sent" not in form.data and next_step(form.kind, form.answers, form.offer) is Step.REVIEW
        if not form.withdraws or not is_ready or printed_in not in PRINTED_IN:
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        page = notice_page(form.operator, _notice_of(form), str(printed_in), almaty_day(uow.now))
        drop(uow, form.draft)
        return to_keep(to_pdf(page, uow.now), PDF, f"withdrawal-{operator}-{printed_in}.pdf")


def _notice_of(form: Form) -> NoticeOf:
    contact, named = form.answers[Step.CONTACT], form.answers.get(Step.REPRESENTATIVE)
    document, purposes = chosen_document(form.answers, form.offer), chosen_purposes(form.answers)
    terms = form.versions[document].terms if document else None
    return NoticeOf(
        contact["full_name"],
        None,
        ", ".join(filter(None, (contact["email"], contact["phone"]))),
        terms.title if terms else None,
        [one.name for one in terms.purposes if one.code in purposes] if terms and purposes else (),
        f"{named['name']}, {named['basis']}" if named else None,
    )


def _page(uow: UnitOfWork, given: dict[str, object], found: Problems) -> Response:
    operator = operator_view(uow)
    page = render_template(
        "portal/letter.html",
        operator=operator,
        rows=withdrawable(uow),
        addresses=postal_addresses(operator, language()),
        printed_in=[(code, LANGUAGES[code], "") for code in PRINTED_IN],
        given=given,
        found=found,
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)
