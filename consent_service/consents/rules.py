"""Pure decisions: what an answer counts as, and what it allows at an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent_service.consents.states import LIVE, Act, Channel, ConsentState, EvidenceGrade
from consent_service.kernel.errors import InvalidInputError, shown
from consent_service.policies.terms import Acceptance, AcceptanceAct, Counts, PurposeTerms, Who

# What the document's own act of acceptance is, in terms of what the person did.
_USUAL_ACTS = {
    AcceptanceAct.TICK_AND_PRESS: Act.TICKED,
    AcceptanceAct.PRESS_BUTTON: Act.PRESSED,
    AcceptanceAct.FINISH_REGISTRATION: Act.PRESSED,
    AcceptanceAct.FORM_APPROVAL: Act.PRESSED,
    AcceptanceAct.USE: Act.USED,
    AcceptanceAct.NONE: Act.TICKED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to one purpose."""

    purpose: str
    granted: bool


@dataclass(frozen=True, slots=True)
class Declarations:
    """What the person declared about themselves; None where nothing was declared."""

    adult: bool | None = None
    stateless: bool | None = None
    other_programme: bool | None = None


def usual_act(acceptance: Acceptance) -> Act:
    """Return the act by which a document says that it is accepted."""
    return _USUAL_ACTS[acceptance.act]


def check_act(act: Act, acceptance: Acceptance) -> None:
    """Refuse mere use as the acceptance of a document that somebody must approve.

    Raises:
        InvalidInputError: Going on using a service is no application.
    """
    if act is Act.USED and acceptance.counts is Counts.ON_APPROVAL:
        clause = ", ".join(acceptance.clause)
        raise InvalidInputError.of("act", f"Clause {clause}: this document is applied for; mere use accepts nothing.")


def check_answers(answers: Sequence[Answer], purposes: Mapping[str, PurposeTerms]) -> None:
    """Refuse answers to purposes that the version does not have, and two answers to one.

    Raises:
        InvalidInputError: With one message a wrong answer.
    """
    if not answers:
        raise InvalidInputError.of("choices", "Send the answer to at least one purpose.")
    problems: list[str] = []
    seen: set[str] = set()
    for answer in answers:
        if answer.purpose not in purposes:
            problems.append(
                f"This version has no purpose {shown(answer.purpose)}; it has: {', '.join(sorted(purposes))}."
            )
        elif answer.purpose in seen:
            problems.append(f"The purpose {shown(answer.purpose)} is answered twice; send each once.")
        seen.add(answer.purpose)
    if problems:
        raise InvalidInputError("The choices do not fit the version.", fields={"choices": problems})


def check_who(acceptance: Acceptance, declarations: Declarations) -> None:
    """Refuse those whom the document says may not accept it (such as under 18, stateless).

    Raises:
        InvalidInputError: A needed declaration is missing, or says that the person may not accept; cites the clause.
    """
    problems: dict[str, list[str]] = {}
    for exclusion in acceptance.excluded:
        clause = ", ".join(exclusion.clause)
        if exclusion.who is Who.UNDER_18 and declarations.adult is not True:
            text = f"Clause {clause}: nobody under 18 may accept. "
            problems["declarations.adult"] = [text + _declare(declarations.adult, "adult: true")]
        elif exclusion.who is Who.STATELESS and declarations.stateless is not False:
            text = f"Clause {clause}: stateless persons may not accept. "
            problems["declarations.stateless"] = [text + _declare(declarations.stateless, "stateless: false")]
        elif exclusion.who is Who.OTHER_PROGRAMME and declarations.other_programme is True:
            problems["declarations.other_programme"] = [
                f"Clause {clause}: a member of another programme may not accept."
            ]
    if problems:
        raise InvalidInputError("The document says who may not accept it.", fields=problems)


def state_of(answer: Answer, acceptance: Acceptance, act: Act) -> ConsentState:
    """Say what an answer counts as.

    Going on using a service is never more than implied, whatever the document says (Law 94-V art. 8).
    """
    if not answer.granted:
        return ConsentState.DECLINED
    if act is Act.USED:
        return ConsentState.IMPLIED
    if acceptance.counts is Counts.ON_APPROVAL:
        return ConsentState.PENDING_APPROVAL
    return ConsentState.ACTIVE


def grade_of(channel: Channel) -> EvidenceGrade:
    """Grade an answer that came by a secret key: the site attests what its form received, the operator the rest."""
    return EvidenceGrade.SITE_ATTESTED if channel is Channel.WEB else EvidenceGrade.OPERATOR_RECORDED


def shown_state(state: ConsentState, blocked_at: datetime | None) -> ConsentState:
    """Return the state that others see: a blocking hides what still stands beneath it (Law 94-V art. 25(2)(8))."""
    return ConsentState.BLOCKED if blocked_at is not None and state in LIVE else state


def until_reached(ends_at: datetime | None, *, answered_at: datetime, reached_at: datetime | None) -> datetime | None:
    """Return from when an answer allows nothing more, where its purpose was reached after it was given."""
    if reached_at is None or answered_at > reached_at:
        return ends_at
    return reached_at if ends_at is None else min(ends_at, reached_at)


def is_allowed(state: ConsentState, *, needs_consent: bool, ends_at: datetime | None, now: datetime) -> bool:
    """Say whether processing for a purpose is allowed at ``now``.

    The instant rules, not what a worker has done by then: a consent that ended allows nothing, late worker or not.
    """
    if ends_at is not None and now >= ends_at:
        return False
    if state is ConsentState.IMPLIED:
        return not needs_consent
    return state in {ConsentState.ACTIVE, ConsentState.WITHDRAWAL_PENDING}


def reason_for(state: ConsentState, *, allowed: bool, ends_at: datetime | None, now: datetime) -> str:
    """Return the code of the reason for an answer to a permission check."""
    if not allowed and ends_at is not None and now >= ends_at and state in {ConsentState.ACTIVE, ConsentState.IMPLIED}:
        return "expired"
    if state is ConsentState.IMPLIED and not allowed:
        return "implied_is_not_consent"
    if state is ConsentState.WITHDRAWAL_PENDING:
        return "withdrawal_takes_effect" if allowed else "withdrawn"
    return str(state)


def overall(states: Sequence[ConsentState]) -> ConsentState:
    """Return the one state by which a record of several answers is shown."""
    order = (
        ConsentState.BLOCKED,
        ConsentState.PENDING_APPROVAL,
        ConsentState.WITHDRAWAL_PENDING,
        ConsentState.ACTIVE,
        ConsentState.IMPLIED,
        ConsentState.REJECTED,
        ConsentState.WITHDRAWN,
        ConsentState.EXPIRED,
        ConsentState.SUPERSEDED,
        ConsentState.DECLINED,
    )
    return min(states, key=order.index)


def _declare(value: bool | None, wanted: str) -> str:
    return f"Ask the person and send declarations {{{wanted}}}." if value is None else "This person cannot accept."
