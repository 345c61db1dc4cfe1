"""What stands between a person and an operator, said to the person."""

from collections.abc import Mapping

from flask_babel import gettext

from consent_service.consents.queries import ChoiceView
from consent_service.consents.states import ConsentState
from consent_service.deadlines.rules import almaty_day
from consent_service.pages.languages import day
from consent_service.policies.terms import Binds
from consent_service.preferences.overview import PurposeLine
from consent_service.standings.queries import ChangeStanding
from consent_service.standings.states import Effect, StandingState


def line_words(line: PurposeLine) -> tuple[str, str]:
    """Return how a purpose stands: a word, and what it means; the word is never the colour alone."""
    until = day(line.ends_on) if line.ends_on else ""
    if line.reason == "withdrawal_takes_effect":
        return gettext("withdrawn"), gettext("Your data may still be used for this until %(day)s.", day=until)
    if line.allowed:
        return gettext("allowed"), gettext("Until %(day)s.", day=until) if until else ""
    words: Mapping[str, tuple[str, str]] = {
        "never_asked": (gettext("not asked"), ""),
        "declined": (gettext("not allowed"), ""),
        "pending_approval": (gettext("asked for"), gettext("The operator has yet to agree.")),
        "rejected": (gettext("not allowed"), gettext("The operator did not agree.")),
        "blocked": (gettext("blocked"), gettext("It stands still while the operator checks what you reported.")),
        "expired": (gettext("over"), gettext("Its time is over.")),
        "withdrawn": (gettext("withdrawn"), ""),
        "implied_is_not_consent": (
            gettext("not allowed"),
            gettext("You used the service; for this the law wants your own consent."),
        ),
    }
    return words.get(line.reason, (gettext("not allowed"), ""))


def answer_words(choice: ChoiceView) -> str:
    """Return what was answered to a purpose, and what became of it."""
    words: Mapping[ConsentState, str] = {
        ConsentState.DECLINED: gettext("no"),
        ConsentState.IMPLIED: gettext("by using the service"),
        ConsentState.PENDING_APPROVAL: gettext("yes, awaits the operator"),
        ConsentState.REJECTED: gettext("yes, the operator did not agree"),
        ConsentState.WITHDRAWAL_PENDING: gettext("yes, withdrawn"),
        ConsentState.WITHDRAWN: gettext("yes, withdrawn"),
        ConsentState.EXPIRED: gettext("yes, its time is over"),
        ConsentState.SUPERSEDED: gettext("yes, answered again later"),
        ConsentState.BLOCKED: gettext("yes, blocked"),
    }
    return words.get(choice.state) or (gettext("yes") if choice.granted else gettext("no"))


def change_words(change: ChangeStanding) -> str:
    """Return what a new version asks of the person, and by when."""
    if change.state is StandingState.ASKED_AGAIN:
        return str(gettext("It holds for you only if you accept it. Until then the version that you accepted holds."))
    if change.binds_at is not None:
        on = day(almaty_day(change.binds_at))
        if change.binds is Binds.USE:
            return str(gettext("It holds for you if you go on using the service from %(day)s on.", day=on))
        return str(gettext("It holds for you from %(day)s, unless you object before.", day=on))
    return str(gettext("It does not hold for you yet. You can accept it or object to it."))


def effect_words() -> Mapping[Effect, str]:
    """Return what an objection leads to."""
    return {
        Effect.AGREEMENT_ENDS: gettext("The document says that the agreement then ends."),
        Effect.MAY_TERMINATE: gettext("The document lets you end the agreement; nothing ends by itself."),
        Effect.STOP_USING: gettext(
            "The document then asks you to stop using the service; your consents stay as they are."
        ),
        Effect.OLD_TERMS_STAND: gettext(
            "The version that you accepted goes on to hold, and your consents stay as they are."
        ),
    }


def done_words() -> Mapping[str, str]:
    """Return what is said after something was done, by the word in the address."""
    return {
        "given": gettext("Your consent is recorded."),
        "answered": gettext("Your answers are recorded."),
        "withdrawn": gettext("Your withdrawal is received. Its dates stand under “Your withdrawals”."),
        "taken-back": gettext("The withdrawal is taken back: your consent stands again."),
        "objected": gettext("Your objection is recorded."),
        "moved-on": gettext(
            "Nothing was changed: something was answered or has ended meanwhile. This is how it stands now."
        ),
    }
