"""What the operator's own schedule may say: never longer than the document prints, never longer than the law.  Pure."""

from collections.abc import Sequence

from consent_service.deadlines.periods import Period, Unit, is_longer
from consent_service.kernel.errors import InvalidInputError, shown
from consent_service.policies.terms import RetentionIs, Terms
from consent_service.storage.rules import STARTS, TRIGGERS, ScheduleRule
from consent_service.storage.states import SCHEDULED_STARTS, STANDING_STARTS, StorageAction, StorageStart


def check_schedule(rules: Sequence[ScheduleRule], documents: dict[str, Sequence[Terms]], law: Period) -> None:
    """Refuse a schedule that keeps longer than it may.

    Args:
        rules: The whole schedule.
        documents: The versions by document under which answers stand or may be given.
        law: What art. 18 gives for destroying.

    Raises:
        InvalidInputError: With one message a rule, which cites the clause or the article.
    """
    problems: dict[str, list[str]] = {}
    for place, rule in enumerate(rules):
        found = _problem(rule, documents.get(rule.document, ()), law)
        if found is None and any(other.code == rule.code for other in rules[:place]):
            found = "This code stands before another rule already; give each its own."
        if found is not None:
            problems[f"rules.{place}"] = [found]
    if problems:
        said = " ".join(message for messages in problems.values() for message in messages)
        raise InvalidInputError(f"The schedule cannot be taken: {said}", fields=problems)


def _problem(rule: ScheduleRule, versions: Sequence[Terms], law: Period) -> str | None:
    unfit = _unfit(rule, versions)
    if unfit is not None or rule.action is StorageAction.BLOCK:
        return unfit
    for terms in versions:
        longer = _longer_than_printed(rule, terms, law)
        if longer is not None:
            return longer
    return _longer_than_law(rule, versions, law)


def _unfit(rule: ScheduleRule, versions: Sequence[Terms]) -> str | None:
    if not versions:
        return f"There is no published document {shown(rule.document)}."
    codes = {purpose.code for terms in versions for purpose in terms.purposes}
    unknown = sorted(shown(code) for code in set(rule.purposes) - codes)
    if unknown:
        return f"The document has no purpose {', '.join(unknown)}."
    if rule.start not in SCHEDULED_STARTS:
        return "A refusal has the term of the law (94-V 18); no other can be set for it."
    if rule.period.unit is Unit.HOURS:
        return "Write the period in days, working days, months or years."
    return None


def _longer_than_printed(rule: ScheduleRule, terms: Terms, law: Period) -> str | None:
    for clause, period in _printed(terms, rule.start, law):
        if is_longer(rule.period, period):
            return (
                f"Clause {', '.join(clause)} of {terms.document} gives {period.in_words('en')}; "
                f"{rule.period.in_words('en')} is longer. Write the same or less."
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


def _longer_than_law(rule: ScheduleRule, versions: Sequence[Terms], law: Period) -> str | None:
    if rule.start in STANDING_STARTS or not is_longer(rule.period, law):
        return None
    if all(_printed(terms, rule.start, law) for terms in versions):
        return None  # no longer than each of them prints, as was seen above
    if rule.start is StorageStart.WITHDRAWAL:
        return (
            f"Where the document is silent, data go within {law.in_words('en')} of a withdrawal (94-V 18). "
            "Where a law requires the storage, refuse the withdrawal on that bar (94-V 8(2))."
        )
    if rule.required_by_law:
        return None
    return (
        f"Where the document is silent, data go within {law.in_words('en')} (94-V 18). Where a law requires the "
        "storage, name it in the basis and set required_by_law."
    )
