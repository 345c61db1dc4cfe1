"""A new version of a document on a person's own page: what changed since theirs, then accepting or objecting."""

from collections.abc import Mapping
from http import HTTPStatus

from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.consents.rules import Answer, Declarations
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.policies.queries import VersionView, version_named
from consent_service.policies.states import VersionState
from consent_service.portal.blueprint import portal
from consent_service.portal.form_questions import LONGEST_WORDS
from consent_service.portal.my_choices import Problems, declarations, declared_words, give_answers
from consent_service.portal.my_page import back_to
from consent_service.portal.my_visit import Visit, acting, looking
from consent_service.portal.my_words import change_words, effect_words
from consent_service.portal.policy_reading import text_language
from consent_service.preferences.choices import object_against
from consent_service.preferences.overview import DocumentCard, card_of
from consent_service.services import services
from consent_service.standings.plain_words import in_words
from consent_service.standings.queries import ChangeStanding
from consent_service.standings.service import ending_by_objection
from consent_service.standings.states import Effect
from consent_service.withdrawals.foreseen import Foreseen, foresee_ending

_CHANGE = "/my/<token>/<document>/versions/<version>"


@portal.get(_CHANGE)
def my_change(token: str, document: str, version: str) -> Response:
    """Show what changed, and both ways to answer."""
    with looking(token) as visit:
        card, new = _asked(visit, document, version)
        return _page(visit, card, new, {}, {})


@portal.post(f"{_CHANGE}/accept")
def accept_mine(token: str, document: str, version: str) -> Response:
    """Record a yes or a no to each purpose of the version."""
    values = FormValues()
    with acting(token) as visit:
        card, new = _asked(visit, document, version)
        said = {one.code: values.text(f"purpose-{one.code}") for one in new.terms.purposes}
        for code, answer in said.items():
            if answer not in {"yes", "no"}:
                values.refuse(f"purpose-{code}", gettext("Choose one."))
        declared = declarations(values, new) if "yes" in said.values() else Declarations()
        if values.wrong:
            return _page(visit, card, new, said, values.wrong)
        answers = [Answer(code, granted=answer == "yes") for code, answer in said.items()]
        done = give_answers(visit, new, answers, declared)
        return back_to(visit, "answered" if done else "moved-on")


@portal.get(f"{_CHANGE}/object")
def my_objection(token: str, document: str, version: str) -> Response:
    """Show what an objection leads to, before the last click."""
    with looking(token) as visit:
        card, new = _asked(visit, document, version)
        change = _change(card, version)
        if change is None:
            return back_to(visit, "moved-on")
        return visit.page(
            "my_objection",
            card=card,
            new=new,
            change=change,
            effect=effect_words()[change.effect],
            follows=_ending(visit, card, change),
        )


@portal.post(f"{_CHANGE}/object")
def object_mine(token: str, document: str, version: str) -> Response:
    """Record the objection and do what the document says of it."""
    values = FormValues()
    text = values.text("text", most=LONGEST_WORDS)
    with acting(token) as visit:
        card, _new = _asked(visit, document, version)
        if _change(card, version) is None or values.wrong:
            return back_to(visit, "moved-on")
        try:
            object_against(visit.uow, visit.link, document, version, text, services().law)
        except ConflictError:
            return back_to(visit, "moved-on")
        return back_to(visit, "objected")


def _asked(visit: Visit, document: str, version: str) -> tuple[DocumentCard, VersionView]:
    card = card_of(visit.uow, visit.link.subject_id, document)
    new = version_named(visit.uow, document, version, visit.uow.now)
    if new.state is VersionState.DRAFT:
        raise NotFoundError("The document has no such version.")
    return card, new


def _change(card: DocumentCard, version: str) -> ChangeStanding | None:
    return next((one for one in card.changes if one.version == version), None)


def _ending(visit: Visit, card: DocumentCard, change: ChangeStanding) -> Foreseen | None:
    """Return what follows where the agreement ends with the objection."""
    if change.effect is not Effect.AGREEMENT_ENDS or not card.standing_codes:
        return None
    rule = ending_by_objection(change.clause)
    return foresee_ending(visit.uow, visit.link.subject_id, card.version.document_id, rule, services().law)


def _page(
    visit: Visit, card: DocumentCard, new: VersionView, said: Mapping[str, str | None], found: Problems
) -> Response:
    bound = card.standing.version if card.standing else None
    old = version_named(visit.uow, card.document, bound, visit.uow.now) if bound else None
    change = _change(card, new.version)
    return visit.page(
        "my_change",
        HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK,
        card=card,
        old=old,
        new=new,
        change=change,
        asks=change_words(change) if change else None,
        news=list(in_words(old.terms, new.terms, language())) if old else [],
        can_accept=new.state is VersionState.IN_FORCE,
        read_in=text_language(new, language()),
        declared_words=declared_words,
        said=said,
        found=found,
    )
