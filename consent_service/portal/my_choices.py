"""The switches of a person's own page: one page with what follows, one button, the same both ways."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.consents.rules import Answer, Declarations
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.policies.queries import VersionView
from consent_service.policies.terms import Exclusion, Who
from consent_service.portal.blueprint import portal
from consent_service.portal.my_page import back_to
from consent_service.portal.my_visit import Visit, acting, chosen, looking
from consent_service.portal.policy_reading import text_language
from consent_service.preferences.choices import Given, give, take_back, withdraw
from consent_service.preferences.overview import DocumentCard, card_of, cards_of
from consent_service.services import services
from consent_service.withdrawals.foreseen import foresee_own
from consent_service.withdrawals.states import Part

Problems = dict[str, list[str]]


@portal.get("/my/<token>/<document>/withdraw")
def my_withdrawal(token: str, document: str) -> Response:
    """Show what follows of a withdrawal, before the last click."""
    with looking(token) as visit:
        card = card_of(visit.uow, visit.link.subject_id, document)
        part = _part_asked()
        codes = _stands(card, part)
        if not codes:
            return back_to(visit, "moved-on")
        person, number = visit.link.subject_id, card.version.document_id
        follows = foresee_own(visit.uow, person, number, codes, services().law, erases=part is None)
        others = [one for one in cards_of(visit.uow, person) if one.document != document]
        names = {line.code: line.name for line in card.lines}
        rest = len(card.standing_codes) > len(codes) or any(one.standing_codes for one in others)
        return visit.page(
            "my_withdrawal",
            card=card,
            names=[names[code] for code in codes],
            follows=follows,
            rest_stands=rest and part is None,
            part=words_of(Part)[part] if part else None,
        )


@portal.post("/my/<token>/<document>/withdraw")
def withdraw_mine(token: str, document: str) -> Response:
    """Withdraw; what was withdrawn a moment ago is not withdrawn twice."""
    with acting(token) as visit:
        part = _part_asked()
        codes = _stands(card_of(visit.uow, visit.link.subject_id, document), part)
        if not codes:
            return back_to(visit, "moved-on")
        withdraw(visit.uow, visit.link, document, codes, services().law, [part] if part else ())
        return back_to(visit, "withdrawn")


@portal.post("/my/<token>/withdrawals/<uuid:withdrawal_id>/take-back")
def take_mine_back(token: str, withdrawal_id: UUID) -> Response:
    """Take a withdrawal back."""
    with acting(token) as visit:
        try:
            take_back(visit.uow, visit.link, withdrawal_id)
        except ConflictError:
            return back_to(visit, "moved-on")
        return back_to(visit, "taken-back")


@portal.get("/my/<token>/<document>/give")
def my_consent(token: str, document: str) -> Response:
    """Show what is consented to, before the last click; where a newer version asks, what changed comes first."""
    with looking(token) as visit:
        card = card_of(visit.uow, visit.link.subject_id, document)
        if card.to_answer_first is not None:
            return back_to_change(visit, card)
        codes = _on_offer(card)
        return _consent_page(visit, card, codes, {}) if codes else back_to(visit, "moved-on")


@portal.post("/my/<token>/<document>/give")
def give_mine(token: str, document: str) -> Response:
    """Record the consent to the version that was shown."""
    values = FormValues()
    with acting(token) as visit:
        card = card_of(visit.uow, visit.link.subject_id, document)
        codes = _on_offer(card)
        if card.current is None or not codes or values.text("version") != card.current.version:
            return back_to(visit, "moved-on")
        declared = declarations(values, card.current)
        if values.wrong:
            return _consent_page(visit, card, codes, values.wrong)
        answers = [Answer(code, granted=True) for code in codes]
        done = give_answers(visit, card.current, answers, declared)
        return back_to(visit, "given" if done else "moved-on")


def give_answers(visit: Visit, version: VersionView, answers: list[Answer], declared: Declarations) -> bool:
    """Record answers to a version; False where it stopped being in force a moment ago."""
    read_in = text_language(version, language())
    given = Given(version.document, version.version, read_in, answers, declared)
    try:
        give(visit.uow, visit.link, given, services().law.calendar)
    except InvalidInputError:
        return False
    return True


def declarations(values: FormValues, version: VersionView) -> Declarations:
    """Read what a document wants people to declare of themselves; what is missing is said by its field."""
    asked = {rule.who for rule in version.terms.acceptance.excluded}
    for who in asked:
        if not values.ticked(str(who)):
            values.refuse(str(who), gettext("The document lets nobody accept it who cannot say this."))
    return Declarations(
        adult=True if Who.UNDER_18 in asked else None,
        stateless=False if Who.STATELESS in asked else None,
        other_programme=False if Who.OTHER_PROGRAMME in asked else None,
    )


def declared_words(rule: Exclusion) -> str:
    """Return what somebody who may accept says of themselves."""
    words: Mapping[Who, str] = {
        Who.UNDER_18: gettext("I am 18 or older."),
        Who.STATELESS: gettext("I am not a stateless person."),
        Who.OTHER_PROGRAMME: gettext("I take part in no other programme of the operator."),
    }
    return words[rule.who]


def back_to_change(visit: Visit, card: DocumentCard) -> Response:
    """Go to what changed."""
    return redirect(visit.address("my_change", document=card.document, version=card.to_answer_first))


def _part_asked() -> Part | None:
    """Return the part that the address names, if it is about one alone."""
    named = request.args.get("part")
    return Part(named) if named in set(Part) else None


def _stands(card: DocumentCard, part: Part | None) -> list[str]:
    """Return what is to be withdrawn: what the address names, or all, as far as it stands, or that part of it does."""
    wanted = chosen({line.code: line for line in card.lines})
    codes = card.standing_codes
    if part is not None:
        codes = [code for line in card.parts if line.part is part for code in line.standing]
    return [code for code in codes if wanted is None or code in wanted]


def _on_offer(card: DocumentCard) -> list[str]:
    """Return what is to be given: what the address names, or all, as far as it does not stand whole and is on offer."""
    offered = {
        line.code: line for line in card.lines if line.can_be_given and (not line.stands or line.withdrawn_parts)
    }
    wanted = chosen(offered)
    return list(offered) if wanted is None else wanted


def _consent_page(visit: Visit, card: DocumentCard, codes: list[str], found: Problems) -> Response:
    version = card.current
    purposes = [one for one in version.terms.purposes if one.code in codes] if version else []
    return visit.page(
        "my_consent",
        HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK,
        card=card,
        version=version,
        purposes=purposes,
        data={one.code: one.name for one in version.terms.data} if version else {},
        recipients={one.code: one.name for one in version.terms.recipients} if version else {},
        read_in=text_language(version, language()) if version else "",
        declared_words=declared_words,
        found=found,
    )
