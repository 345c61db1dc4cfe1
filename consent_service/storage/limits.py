"""What the operator's own schedule may say: never longer than the document prints, never longer than the law.  Pure."""

from collections.abc import Mapping, Sequence

from consent_service.deadlines.periods import Period, Unit, is_longer
from consent_service.kernel.errors import InvalidInputError, shown
from consent_service.policies.terms import RetentionIs, Terms
from consent_service.storage.refusals import Refused, refusal
from consent_service.storage.rules import LANGUAGES, STARTS, TRIGGERS, ScheduleRule
from consent_service.storage.states import SCHEDULED_STARTS, STANDING_STARTS, StorageAction, StorageStart

Words = Mapping[str, str]
Documents = Mapping[str, Sequence[Terms]]  # the versions by document under which answers stand or may be given


def check_schedule(rules: Sequence[ScheduleRule], documents: Documents, law: Period) -> None:
    """Refuse a schedule that keeps longer than it may; ``law`` is what art. 18 gives for destroying.

    Raises:
        InvalidInputError: With one message a rule, which cites the clause or the article.
    """
    problems = {f"rules.{place}": [words["en"]] for place, words in refused(rules, documents, law)}
    if problems:
        said = " ".join(message for messages in problems.values() for message in messages)
        raise InvalidInputError(f"The schedule cannot be taken: {said}", fields=problems)


def refused(rules: Sequence[ScheduleRule], documents: Documents, law: Period) -> list[tuple[int, Words]]:
    """Return which rules cannot be taken, by their place, and why in three languages."""
    found = []
    for place, rule in enumerate(rules):
        words = _problem(rule, documents.get(rule.document, ()), law)
        if words is None and any(other.code == rule.code for other in rules[:place]):
            words = refusal(Refused.CODE_TWICE)
        if words is not None:
            found.append((place, words))
    return found


def _problem(rule: ScheduleRule, versions: Sequence[Terms], law: Period) -> Words | None:
    unfit = _unfit(rule, versions)
    if unfit is not None or rule.action is StorageAction.BLOCK:
        return unfit
    for terms in versions:
        longer = _longer_than_printed(rule, terms, law)
        if longer is not None:
            return longer
    return _longer_than_law(rule, versions, law)


def _unfit(rule: ScheduleRule, versions: Sequence[Terms]) -> Words | None:
    if not versions:
        return refusal(Refused.NO_DOCUMENT, document=shown(rule.document))
    codes = {purpose.code for terms in versions for purpose in terms.purposes}
    unknown = sorted(shown(code) for code in set(rule.purposes) - codes)
    if unknown:
        return refusal(Refused.NO_PURPOSE, missing=", ".join(unknown))
    if rule.start not in SCHEDULED_STARTS:
        return refusal(Refused.REFUSAL_HAS_ITS_OWN)
    if rule.period.unit is Unit.HOURS:
        return refusal(Refused.HOURS)
    return None


def _longer_than_printed(rule: ScheduleRule, terms: Terms, law: Period) -> Words | None:
    for clause, period in _printed(terms, rule.start, law):
        if is_longer(rule.period, period):
            return refusal(
                Refused.LONGER_THAN_PRINTED,
                clause=", ".join(clause),
                document=terms.document,
                printed=_in_words(period),
                wanted=_in_words(rule.period),
            )
    return None


def _printed(terms: Terms, start: StorageStart, law: Period) -> list[tuple[tuple[str, ...], Period]]:
    trigger = TRIGGERS.get(start)
    found = [(rule.clause, rule.period or law) for rule in terms.erasing if rule.trigger is trigger]
    bounded = {RetentionIs.TERM, RetentionIs.OUTER_LIMIT}
    found += [
        (rule.clause, rule.period or law)
        for rule in terms.retention
        if rule.is_ in bounded and STARTS.get(rule.start) is start
    ]
    return found


def _longer_than_law(rule: ScheduleRule, versions: Sequence[Terms], law: Period) -> Words | None:
    if rule.start in STANDING_STARTS or not is_longer(rule.period, law):
        return None
    if all(_printed(terms, rule.start, law) for terms in versions):
        return None  # no longer than each of them prints, as was seen above
    if rule.start is StorageStart.WITHDRAWAL:
        return refusal(Refused.WITHDRAWAL_HAS_BARS, law=_in_words(law))
    return None if rule.required_by_law else refusal(Refused.LONGER_THAN_LAW, law=_in_words(law))


def _in_words(period: Period) -> Words:
    return {language: period.in_words(language) for language in LANGUAGES}
