"""Withdrawing by registered mail or phone: a letter to print.  What is typed here is kept nowhere, not even a while."""

from http import HTTPStatus

from flask import render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.policies.terms import LocalText
from consent_service.portal.blueprint import portal
from consent_service.portal.form_pages import Problems, shown
from consent_service.portal.visitors import reading
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
