"""The storage terms of one version of a document.  Pure.

Every number that a person is shown, and every day on which a job acts, comes from ``storage_terms``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consent_service.deadlines.catalogue import Catalogue, DutyRule
from consent_service.deadlines.periods import Period
from consent_service.policies.citing import document_source
from consent_service.policies.terms import (
    ErasingRule,
    ErasingTrigger,
    LocalText,
    RetentionIs,
    RetentionRule,
    RetentionStart,
    Terms,
)
from consent_service.storage.states import ENDING, StorageAction, StorageOrigin, StorageStart

LAW = "destroy_expired"  # the duty of art. 18 in the catalogue
LANGUAGES = ("kk", "ru", "en")
TRIGGERS = {
    StorageStart.WITHDRAWAL: ErasingTrigger.WITHDRAWAL,
    StorageStart.CONSENT_ENDED: ErasingTrigger.STORAGE_ENDED,
    StorageStart.AGREEMENT_ENDED: ErasingTrigger.RELATION_ENDED,
    StorageStart.PURPOSE_REACHED: ErasingTrigger.PURPOSE_REACHED,
}
STARTS = {
    RetentionStart.AGREEMENT_ENDED: StorageStart.AGREEMENT_ENDED,
    RetentionStart.PURPOSE_REACHED: StorageStart.PURPOSE_REACHED,
    RetentionStart.ACCEPTANCE: StorageStart.ACCEPTANCE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRule:
    """One rule of the operator's own schedule, for a document or some of its purposes.

    ``required_by_law``: an act, named in the basis, demands the storage; only then may it outlast the law's own term,
    and only where the document is silent.
    """

    code: str
    document: str
    start: StorageStart
    period: Period
    action: StorageAction
    basis: LocalText
    purposes: tuple[str, ...] = ()
    required_by_law: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRule:
    """From an event on data are kept for ``keep`` (None: no longer), and then the action is due within ``act``.

    ``clause`` is what the document prints on it; ``is_gap`` where it is silent and the law applies.  ``purposes``: none
    stands for all of them.
    """

    code: str
    start: StorageStart
    action: StorageAction
    keep: Period | None
    act: Period
    origin: StorageOrigin
    source: LocalText
    clause: tuple[str, ...] = ()
    settled: bool = True
    is_gap: bool = False
    purposes: tuple[str, ...] = ()
    replaces_law: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterLimit:
    """A day after which nothing is kept, whatever else is said: never a reason to keep until then."""

    start: StorageStart
    period: Period
    clause: tuple[str, ...]
    source: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbounded:
    """What a document prints in place of a length, such as that it sets none; a finding, never a reason to keep."""

    says: RetentionIs
    clause: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageTerms:
    """All storage rules of a version as they hold on a day."""

    rules: tuple[StorageRule, ...]
    outer: tuple[OuterLimit, ...]
    unbounded: tuple[Unbounded, ...]
    law_edition: str

    def for_start(self, start: StorageStart, purposes: Collection[str] = ()) -> list[StorageRule]:
        """Return the rules of an event for data that are held for some purposes; none stands for all of them."""
        fitting = [rule for rule in self.rules if rule.start is start and _fits(rule, purposes)]
        if any(rule.replaces_law and rule.action in ENDING for rule in fitting):
            return [rule for rule in fitting if not rule.is_gap]
        return fitting

    def ending(self, start: StorageStart, purposes: Collection[str] = ()) -> list[StorageRule]:
        """Return those rules of an event that end the storage; there is always one for an event that the law knows."""
        return [rule for rule in self.for_start(start, purposes) if rule.action in ENDING]


StorageBy = Callable[[date], StorageTerms]  # the storage terms of one version, by the law and the schedule of a day


def storage_terms(
    terms: Terms, operator: str, catalogue: Catalogue, on: date, schedule: Sequence[ScheduleRule] = ()
) -> StorageTerms:
    """Say how long data are kept under a version: by its own clauses, by the law where it is silent, by the schedule.

    Args:
        terms: The version under which the answer was given.
        operator: Slug, for the words of a source.
        catalogue: The duties of the law.
        on: The Almaty day whose law and schedule hold: that of the event, or today for what is only shown.
        schedule: The operator's own rules of that day.
    """
    law = catalogue.rule(LAW, on)
    rules: list[StorageRule] = []
    for start, trigger in TRIGGERS.items():
        said = [rule for rule in terms.erasing if rule.trigger is trigger]
        kept = _kept(terms, start)
        found = [_printed(terms, operator, start, rule, rule.period) for rule in said if rule.period is not None]
        found += [_term(terms, operator, start, rule, rule.period, law) for rule in kept if rule.period is not None]
        rules += found or [_of_law(terms, operator, start, law, said, kept)]
    rules += [
        _term(terms, operator, StorageStart.ACCEPTANCE, rule, rule.period, law)
        for rule in _kept(terms, StorageStart.ACCEPTANCE)
        if rule.period is not None
    ]
    rules.append(_of_law(terms, operator, StorageStart.REFUSAL, law, (), (), is_gap=False))
    rules += [_scheduled(rule, law) for rule in schedule if rule.document == terms.document]
    return StorageTerms(
        rules=tuple(rules),
        outer=outer_limits(terms, operator),
        unbounded=_unbounded(terms),
        law_edition=catalogue.edition,
    )


def outer_limits(terms: Terms, operator: str) -> tuple[OuterLimit, ...]:
    """Return the outer limits that a document prints."""
    return tuple(
        OuterLimit(
            start=STARTS[rule.start],
            period=rule.period,
            clause=rule.clause,
            source=document_source(terms, operator, rule.clause),
        )
        for rule in terms.retention
        if rule.is_ is RetentionIs.OUTER_LIMIT and rule.period is not None and rule.start in STARTS
    )


def _fits(rule: StorageRule, purposes: Collection[str]) -> bool:
    return not rule.purposes or (bool(purposes) and set(purposes) <= set(rule.purposes))


def _kept(terms: Terms, start: StorageStart) -> list[RetentionRule]:
    return [rule for rule in terms.retention if rule.is_ is RetentionIs.TERM and STARTS.get(rule.start) is start]


def _printed(terms: Terms, operator: str, start: StorageStart, rule: ErasingRule, act: Period) -> StorageRule:
    return StorageRule(
        code=f"policy_{start}",
        start=start,
        action=StorageAction(rule.action),
        keep=None,
        act=act,
        origin=StorageOrigin.POLICY,
        source=document_source(terms, operator, rule.clause),
        clause=rule.clause,
    )


def _term(
    terms: Terms, operator: str, start: StorageStart, rule: RetentionRule, keep: Period, law: DutyRule
) -> StorageRule:
    """Return the rule of a printed term: when it is over, storage has ended, and what is said of that follows."""
    ended = [one for one in terms.erasing if one.trigger is ErasingTrigger.STORAGE_ENDED]
    printed = next((one for one in ended if one.period is not None), None)
    clause = rule.clause if printed is None else tuple(dict.fromkeys((*rule.clause, *printed.clause)))
    return StorageRule(
        code=f"policy_{rule.code}",
        start=start,
        action=StorageAction(ended[0].action) if ended else StorageAction.DESTROY,
        keep=keep,
        act=law.period if printed is None or printed.period is None else printed.period,
        origin=StorageOrigin.POLICY,
        source=document_source(terms, operator, clause),
        clause=clause,
    )


def _of_law(
    terms: Terms,
    operator: str,
    start: StorageStart,
    law: DutyRule,
    said: Sequence[ErasingRule],
    kept: Sequence[RetentionRule],
    *,
    is_gap: bool | None = None,
) -> StorageRule:
    """Return the law's own rule, with the clause that names the event without a length, where there is one."""
    clause = tuple(dict.fromkeys(token for rule in (*kept, *said) for token in rule.clause))
    source = law.source if not clause else _joined(document_source(terms, operator, clause), law.source)
    return StorageRule(
        code=law.code,
        start=start,
        action=StorageAction(said[0].action) if said else StorageAction(law.action),
        keep=None,
        act=law.period,
        origin=StorageOrigin.LAW,
        source=source,
        clause=clause,
        settled=law.settled,
        is_gap=not clause if is_gap is None else is_gap,
    )


def _scheduled(rule: ScheduleRule, law: DutyRule) -> StorageRule:
    return StorageRule(
        code=f"schedule_{rule.code}",
        start=rule.start,
        action=rule.action,
        keep=rule.period,
        act=law.period,
        origin=StorageOrigin.SCHEDULE,
        source=rule.basis,
        settled=law.settled,
        purposes=rule.purposes,
        # A withdrawal has bars of its own (art. 8(2)); no schedule stands in its way.
        replaces_law=rule.required_by_law and rule.start is not StorageStart.WITHDRAWAL,
    )


def _unbounded(terms: Terms) -> tuple[Unbounded, ...]:
    bounded = {RetentionIs.TERM, RetentionIs.OUTER_LIMIT}
    return tuple(Unbounded(says=rule.is_, clause=rule.clause) for rule in terms.retention if rule.is_ not in bounded)


def _joined(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    return {language: f"{first[language]}; {second[language]}" for language in LANGUAGES}
