"""Checks of how consent ends: taking it back, answers in time, keeping, destroying."""

from collections.abc import Callable, Iterable, Iterator

from consent_service.compliance.examined import (
    Check,
    Examined,
    Ground,
    Placed,
    all_of,
    always,
    chosen,
    if_consent_is_asked,
    said,
    silent,
)
from consent_service.deadlines.periods import is_longer
from consent_service.policies.terms import (
    AcceptanceAct,
    AnswerTrigger,
    ErasingTrigger,
    RetentionIs,
    TakeBackBy,
    WithdrawalBy,
)

# Duty of the law by what the text calls its trigger.
DUTY_OF = {
    AnswerTrigger.WITHDRAWAL: "answer_withdrawal",
    AnswerTrigger.ACCESS: "answer_access",
    AnswerTrigger.CORRECTION: "correct",
    AnswerTrigger.UNLAWFUL_DATA: "block",
}
DESTROY = "destroy_expired"
_AT_A_DISTANCE = frozenset({WithdrawalBy.EMAIL, WithdrawalBy.PLATFORM, WithdrawalBy.FORM})
_ON_WITHDRAWAL = frozenset({ErasingTrigger.WITHDRAWAL, ErasingTrigger.PERSON_REQUEST})


def channel_named(examined: Examined) -> Iterable[Ground]:
    """Art. 8(1): consent is taken back in the ways in which it is given."""
    return silent(when=not examined.terms.withdrawal.channels)


def withdrawal_as_easy(examined: Examined) -> Iterable[Ground]:
    """Art. 8(1): who consents by a click need not go to the post office."""
    terms = examined.terms
    channels = terms.withdrawal.channels
    if terms.acceptance.act is AcceptanceAct.NONE or any(one.channel in _AT_A_DISTANCE for one in channels):
        return ()
    return all_of(chosen("withdrawal.channels", channels, lambda _: True))


def no_sign_in_takes_back(examined: Examined) -> Iterable[Ground]:
    """A sign-in is no consent."""
    take_back = examined.terms.withdrawal.take_back
    if take_back is None:
        return ()
    return said("withdrawal.take_back", take_back, when=TakeBackBy.SIGN_IN in take_back.by)


def answer_promised(trigger: AnswerTrigger) -> Callable[[Examined], Iterable[Ground]]:
    """Make the check that the text names the time of one answer of the law."""

    def find(examined: Examined) -> Iterable[Ground]:
        duty = examined.duties.get(DUTY_OF[trigger])
        is_promised = any(
            rule.trigger is trigger and (rule.at_once or rule.period is not None) for rule in examined.terms.answers
        )
        return (Ground(duty=duty),) if duty and not is_promised else ()

    return find


def answers_in_time(examined: Examined) -> Iterator[Ground]:
    """No promised answer, and no withdrawal, takes longer than the law gives."""
    for number, rule in enumerate(examined.terms.answers):
        duty = examined.duties.get(DUTY_OF.get(rule.trigger, ""))
        if duty and rule.period and is_longer(rule.period, duty.period):
            yield Ground(((f"answers[{number}]", rule),), duty)
    duty = examined.duties.get(DUTY_OF[AnswerTrigger.WITHDRAWAL])
    for number, effect in enumerate(examined.terms.withdrawal.effects):
        if duty and effect.period and is_longer(effect.period, duty.period):
            yield Ground(((f"withdrawal.effects[{number}]", effect),), duty)


def keeping_said(examined: Examined) -> Iterable[Ground]:
    """Art. 18(1): how long data are kept."""
    return silent(when=not examined.terms.retention)


def keeping_has_length(examined: Examined) -> Iterable[Ground]:
    """Art. 18(1): a length that can be counted."""
    rules = examined.terms.retention
    if any(rule.period is not None for rule in rules):
        return ()
    return all_of(_kept(examined, RetentionIs.TERM))


def keeping_ends(examined: Examined) -> Iterable[Ground]:
    """Art. 18(1): an end."""
    return all_of(_kept(examined, RetentionIs.WITHOUT_TERM))


def account_goes(examined: Examined) -> Iterable[Ground]:
    """Art. 18: data that are never deleted."""
    return all_of(_kept(examined, RetentionIs.NO_DELETION))


def keeping_not_at_will(examined: Examined) -> Iterable[Ground]:
    """Art. 18(1): no term that the operator sets afterwards."""
    return all_of(_kept(examined, RetentionIs.OPERATOR_DECIDES))


def erasing_promised(examined: Examined) -> Iterable[Ground]:
    """Art. 18: data go after a withdrawal."""
    return silent(when=not any(rule.trigger in _ON_WITHDRAWAL for rule in examined.terms.erasing))


def erasing_in_time(examined: Examined) -> Iterable[Ground]:
    """Art. 18: and soon."""
    duty = examined.duties.get(DESTROY)
    if duty is None:
        return ()
    longest = duty.period
    late = chosen("erasing", examined.terms.erasing, lambda rule: bool(rule.period and is_longer(rule.period, longest)))
    return (Ground(late, duty),) if late else ()


def _kept(examined: Examined, how: RetentionIs) -> tuple[Placed, ...]:
    return chosen("retention", examined.terms.retention, lambda rule: rule.is_ is how)


ENDING = (
    Check("withdrawal_channel_absent", channel_named, if_consent_is_asked),
    Check("withdrawal_harder", withdrawal_as_easy, if_consent_is_asked),
    Check("sign_in_takes_back", no_sign_in_takes_back, always),
    Check("answer_to_withdrawal_unsaid", answer_promised(AnswerTrigger.WITHDRAWAL), if_consent_is_asked),
    Check("answer_to_access_unsaid", answer_promised(AnswerTrigger.ACCESS), if_consent_is_asked),
    Check("correction_unsaid", answer_promised(AnswerTrigger.CORRECTION), if_consent_is_asked),
    Check("blocking_unsaid", answer_promised(AnswerTrigger.UNLAWFUL_DATA), if_consent_is_asked),
    Check("answer_too_late", answers_in_time, always),
    Check("keeping_unsaid", keeping_said, if_consent_is_asked),
    Check("keeping_without_length", keeping_has_length, always),
    Check("keeping_without_term", keeping_ends, always),
    Check("account_never_deleted", account_goes, always),
    Check("keeping_at_will", keeping_not_at_will, always),
    Check("erasing_unsaid", erasing_promised, if_consent_is_asked),
    Check("erasing_late", erasing_in_time, always),
)
