"""Outgoing post: the register of letters, their copies, dispatch and return."""

from collections.abc import Mapping
from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.revealing import reveal_reason
from consent_service.letters.queries import letter_view, list_letters
from consent_service.letters.references import MOST
from consent_service.letters.service import letter_page, record_dispatch, record_return
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.operators.sessions import Place
from consent_service.pages.downloads import PDF, to_read
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES
from consent_service.printing.pdf import to_pdf
from consent_service.subjects.service import record_reveal

PAGE = 25


@dashboard.get("/<slug>/letters")
@at_operator
def letters(place: Place) -> str:
    """Show the register, the latest letter first."""
    return _page(place)


@dashboard.post("/<slug>/letters/<uuid:letter_id>.<lang>.pdf")
@at_operator
def letter_pdf(place: Place, letter_id: UUID, lang: str) -> Response:
    """Print one letter; where it is to a person, that somebody read it is recorded."""
    if lang not in LANGUAGES:
        abort(404)
    because = reveal_reason()
    with writing(place) as uow:
        view = letter_view(uow, letter_id)
        page = letter_page(uow, letter_id, lang)
        if view.subject_id is not None:
            record_reveal(uow, view.subject_id, view.case_id, ["letter"], because)
    return to_read(to_pdf(page, view.created_at), PDF, f"{view.year}-{view.number}-{lang}.pdf")


@dashboard.post("/<slug>/letters/<uuid:letter_id>")
@at_operator
def settle_letter(place: Place, letter_id: UUID) -> Response:
    """Record that a letter went out, or came back."""
    values = FormValues()
    receipt = checked_reference(values, "receipt", values.text("receipt", most=MOST) or "")
    if values.wrong:
        return make_response(_page(place, {f"receipt-{letter_id}": values.wrong["receipt"]}), 422)
    with writing(place) as uow:
        if request.form.get("act") == "return":
            record_return(uow, letter_id)
        else:
            record_dispatch(uow, letter_id, {"receipt": receipt or gettext("recorded by hand")})
    return redirect(url_for("dashboard.letters", slug=place.slug))


def _page(place: Place, wrong: Mapping[str, list[str]] | None = None) -> str:
    with reading(place) as uow:
        rows, after = list_letters(uow, limit=PAGE, cursor=request.args.get("after"))
    return render_template(
        "letters.html",
        rows=rows,
        after=after,
        kinds=_kinds(),
        states=_states(),
        channels=_channels(),
        wrong=wrong or {},
    )


def _kinds() -> dict[LetterKind, str]:
    return {
        LetterKind.WITHDRAWAL_REFUSAL: gettext("Refusal of a withdrawal"),
        LetterKind.WITHDRAWAL_ANSWER: gettext("Answer to a withdrawal"),
        LetterKind.REQUEST_ANSWER: gettext("Answer to a request"),
        LetterKind.REQUEST_REFUSAL: gettext("Refusal of a request"),
        LetterKind.CHANGE_NOTICE: gettext("Notice of a new version"),
        LetterKind.BREACH_NOTICE: gettext("Notice of an incident to a person"),
        LetterKind.RECIPIENT_NOTICE: gettext("Notice to a recipient"),
        LetterKind.TRANSFER_NOTICE: gettext("Notice of a transfer"),
        LetterKind.AUTHORITY_NOTICE: gettext("Notice to the authorised body"),
        LetterKind.OTHER: gettext("Letter"),
    }


def _states() -> dict[LetterState, tuple[str, str]]:
    """Return the words of a state, and how it is marked."""
    return {
        LetterState.WRITTEN: (gettext("to be sent"), "soon"),
        LetterState.SENT: (gettext("sent"), "calm"),
        LetterState.RETURNED: (gettext("came back"), "bad"),
    }


def _channels() -> dict[LetterChannel, str]:
    return {
        LetterChannel.EMAIL: gettext("e-mail"),
        LetterChannel.REGISTERED_MAIL: gettext("registered mail"),
        LetterChannel.BY_HAND: gettext("by hand"),
        LetterChannel.PLATFORM: gettext("on the platform"),
    }
