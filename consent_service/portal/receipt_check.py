"""The page where anyone gives a receipt and reads, in words, what it proves.  Nothing that is given is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import Actor
from consent_service.pages.languages import language
from consent_service.portal.blueprint import portal
from consent_service.receipts.checking import CheckedReceipt, check_number, check_receipt, is_pdf, token_in
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.paper import almaty, what_it_says
from consent_service.services import services

VISITOR = Actor("system", "receipt-check")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a tag (``good``, ``calm``, ``bad``), its word, and what it means."""

    tag: str
    word: str
    meaning: str


@portal.get("/check")
def check() -> str:
    """Ask for a receipt."""
    return render_template("portal/check.html", fault=None)


@portal.post("/check")
def check_given() -> Response:
    """Check the receipt that was given, as a file or as text."""
    file = request.files.get("file")
    content = file.read() if file and file.filename else request.form.get("text", "").encode()
    try:
        with services().read(VISITOR) as uow:
            checked = check_receipt(uow, token_in(content))
    except ReceiptError as error:
        page = render_template("portal/check.html", fault=_faults()[error.fault])
        return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _shown(checked, printed=is_pdf(content))


@portal.get("/check/<uuid:number>")
def check_by_number(number: UUID) -> Response:
    """Say what is on record under the number that a printed receipt leads to."""
    try:
        with services().read(VISITOR) as uow:
            checked = check_number(uow, number, services().law.catalogue, services().settings.base_url)
    except NotFoundError:
        return make_response(render_template("portal/no_record.html", number=number), HTTPStatus.NOT_FOUND)
    return _shown(checked)


def _shown(checked: CheckedReceipt, *, printed: bool = False) -> Response:
    page = render_template(
        "portal/checked.html",
        findings=[*_findings(checked), *([_printed()] if printed else [])],
        proven=not checked.faults and checked.signed and checked.recorded and checked.inclusion is not None,
        printed=what_it_says(checked.receipt, language()),
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _findings(checked: CheckedReceipt) -> list[Finding]:
    return [_signature(checked), _record(checked), _ledger(checked)]


def _printed() -> Finding:
    word = gettext("The printed pages were not checked")
    meaning = gettext(
        "What was checked is the signed receipt inside the PDF. Anyone can print other words around it: what counts is "
        "what the signed receipt says, which is shown below."
    )
    return Finding("calm", word, meaning)


def _signature(checked: CheckedReceipt) -> Finding:
    if checked.signed:
        word = gettext("The signature holds")
        return Finding("good", word, gettext("This service issued the receipt, and nothing in it was altered since."))
    word = gettext("Only the number was given")
    return Finding(
        "calm",
        word,
        gettext("Compare the paper with the record below, or give the file itself to have its signature checked."),
    )


def _record(checked: CheckedReceipt) -> Finding:
    if checked.faults and not checked.recorded and not checked.is_expired:
        word = gettext("The record is missing")
        meaning = gettext(
            "The record of this receipt is not where it must be, and the ledger does not say that its term was over: "
            "this is a fault of the service. Whoever runs it must run the command ledger verify. Keep your receipt."
        )
        return Finding("bad", word, meaning)
    if checked.faults:
        word = gettext("The record was altered")
        meaning = gettext(
            "The record or the receipt does not say what the ledger recorded then: do not rely on either. Whoever runs "
            "this service must run the command ledger verify."
        )
        return Finding("bad", word, meaning)
    if checked.recorded:
        return Finding("good", gettext("The record is kept"), gettext("The service keeps the record it speaks of."))
    word = gettext("The record is not kept here any more")
    return Finding("calm", word, gettext("It was destroyed when its term was over, and the ledger has that on record."))


def _ledger(checked: CheckedReceipt) -> Finding:
    promised, place = checked.receipt["ledger"], checked.inclusion
    if place is not None:
        word = gettext("The ledger holds it")
        meaning = gettext(
            "It is leaf %(index)s of %(size)s in the ledger %(origin)s, under a signed head: it cannot be altered, "
            "removed or put in later without that showing.",
            index=place.leaf_index,
            size=place.tree_size,
            origin=place.origin,
        )
        return Finding("good", word, meaning)
    if checked.is_missed:
        word = gettext("The ledger does not hold it")
        meaning = gettext(
            "A signed head was promised for %(at)s (Almaty time), and none holds this record: the promise was missed. "
            "Whoever runs this service must run the command ledger verify.",
            at=almaty(promised["promised_by"]),
        )
        return Finding("bad", word, meaning)
    if promised:
        word = gettext("The ledger will hold it")
        meaning = gettext(
            "A signed head is promised for %(at)s (Almaty time); check again then.", at=almaty(promised["promised_by"])
        )
        return Finding("calm", word, meaning)
    return Finding(
        "calm", gettext("The ledger says nothing of it"), gettext("No signed head can be named for this record.")
    )


def _faults() -> Mapping[ReceiptFault, str]:
    return {
        ReceiptFault.NOT_A_RECEIPT: gettext(
            "This is no receipt. Give the file receipt.jwt, the receipt as PDF, or the text of the signed receipt."
        ),
        ReceiptFault.NOT_OURS: gettext(
            "The signature is not that of this service: the receipt was altered, or another service issued it."
        ),
        ReceiptFault.UNREADABLE_PDF: gettext("This PDF cannot be read. Give the file as it was received."),
        ReceiptFault.EMPTY_PDF: gettext(
            "No signed receipt is attached to this PDF. Give the file as it was received, not a scan."
        ),
    }
