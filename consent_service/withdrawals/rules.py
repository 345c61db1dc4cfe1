"""What follows from a withdrawal: when it takes effect, what is owed, when the data go.  Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from consent_service.deadlines.catalogue import Catalogue
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import ALMATY, almaty_day, end_of_day, moment_before
from consent_service.deadlines.service import deadline_for
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.rules import DutySpec
from consent_service.duties.states import Moment
from consent_service.erasure.states import Ground
from consent_service.policies.citing import document_source
from consent_service.policies.terms import (
    Rule,
    TerminatedBy,
    TerminationGround,
    TerminationRule,
    Terms,
    WithdrawalEffect,
)
from consent_service.storage.rules import StorageBy, StorageRule
from consent_service.storage.states import StorageOrigin, StorageStart
from consent_service.withdrawals.words import Why, reason

WITHDRAWAL = "withdrawal"  # what triggers duties of the law
CASE_KIND = "withdrawal"
STOP = "stop_or_refuse"
LANGUAGES = ("kk", "ru", "en")
_WHY_ERASED = {
    StorageOrigin.POLICY: Why.ERASE_POLICY,
    StorageOrigin.LAW: Why.ERASE_LAW,
    StorageOrigin.SCHEDULE: Why.ERASE_SCHEDULE,
}
# Where a person may change their mind until the last day, that day is theirs until the evening; what is left of it
# is for retries.
LAST_DAY_RUN_AT = time(20)


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What the erasure order will be made from."""

    ground: Ground
    due_on: date
    run_after: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from a withdrawal, before anything is stored.

    ``effective`` maps each purpose to its instant; ``effective_on`` is the latest day among them.
    """

    received_on: date
    effective: Mapping[str, datetime]
    effective_on: date
    effective_at: datetime
    cancellable_until: date | None
    erasure: ErasurePlan | None
    duties: tuple[DutySpec, ...]
    rules: tuple[dict[str, object], ...]


def plan(
    terms: Terms,
    purposes: Sequence[str],
    *,
    operator: str,
    received_at: datetime,
    wanted_on: date | None,
    storage: StorageBy,
    calendar: Calendar,
    catalogue: Catalogue,
    erases: bool = True,
) -> Plan:
    """Compute what a withdrawal does, by the document's rules and the law (94-V art. 8(7), 18).

    Args:
        terms: The terms under which the consent was given.
        purposes: Codes of the purposes that are withdrawn.
        operator: Slug, for the words of a source.
        received_at: When the operator received it.
        wanted_on: The Almaty day the person asked for; a later one is honoured, an earlier one raised.
        storage: The storage terms of the same version.
        calendar: The working calendar.
        catalogue: The duties of the law.
        erases: False where only parts are withdrawn and the consent itself stands.
    """
    received_on = almaty_day(received_at)
    days: dict[str, tuple[date, datetime]] = {}
    rules: list[dict[str, object]] = []
    duties = [
        DutySpec.of_law(rule, received_at, catalogue.edition) for rule in catalogue.duties_for(WITHDRAWAL, received_on)
    ]
    for effect, codes in _by_effect(terms, purposes):
        on, at = _earliest(effect.period, received_at, calendar)
        rules.append(_effect_reason(effect, on))
        if wanted_on is not None and wanted_on > on:
            on, at = wanted_on, end_of_day(wanted_on)
            rules.append(reason(Why.WANTED_LATER, effect.clause, on=on))
        elif wanted_on is not None and wanted_on < on:
            rules.append(reason(Why.RAISED, effect.clause, on=on, wanted=wanted_on))
        if effect.period is not None:
            duties.append(
                _printed(terms, operator, "policy_withdrawal_effect", STOP, effect, effect.period, received_at)
            )
        days |= dict.fromkeys(codes, (on, at))
    effective_on, effective_at = max(days.values(), key=lambda pair: pair[1])
    if terms.withdrawal.sent_before is not None:
        early = terms.withdrawal.sent_before
        rules.append(reason(Why.SENT_BEFORE, early.clause, period=_words(early.period)))
    if erases and terms.withdrawal.agreement_clause:
        rules.append(reason(Why.AGREEMENT_ENDS, terms.withdrawal.agreement_clause))
    erasure = None
    take_back = terms.withdrawal.take_back if erases else None
    if erases:
        erasing, erasure, why = plan_erasure(
            storage,
            StorageStart.WITHDRAWAL,
            purposes,
            received_at,
            effective_at,
            calendar,
            take_back=take_back is not None,
        )
        duties += erasing
        rules.append(why)
        if take_back is not None:
            rules.append(reason(Why.TAKE_BACK, take_back.clause, on=erasure.due_on))
    return Plan(
        received_on=received_on,
        effective={code: at for code, (_, at) in days.items()},
        effective_on=effective_on,
        effective_at=effective_at,
        cancellable_until=erasure.due_on if erasure is not None and take_back is not None else None,
        erasure=erasure,
        duties=tuple(duties),
        rules=tuple(rules),
    )


def plan_ending(
    terms: Terms,
    rule: TerminationRule,
    purposes: Sequence[str],
    *,
    operator: str,
    noticed_at: datetime,
    wanted_on: date | None,
    storage: StorageBy,
    calendar: Calendar,
) -> Plan:
    """Compute what the notice that ends an agreement does, by the document's own rule (and 94-V art. 18(2)).

    ``noticed_at``: when the notice was received, or sent where the operator gives it.
    """
    on, at = _earliest(rule.notice, noticed_at, calendar)
    rules = [_end_reason(rule, on)]
    if wanted_on is not None and wanted_on > on:
        on, at = wanted_on, end_of_day(wanted_on)
        rules.append(reason(Why.WANTED_LATER, rule.clause, on=on))
    elif wanted_on is not None and wanted_on < on:
        rules.append(reason(Why.RAISED, rule.clause, on=on, wanted=wanted_on))
    settled = rule.ground is not TerminationGround.GARBLED
    if not settled:
        rules.append(reason(Why.GROUND_UNCLEAR, rule.clause))
    if terms.confidentiality is not None and terms.confidentiality.period is not None:
        period = _words(terms.confidentiality.period)
        rules.append(reason(Why.CONFIDENTIAL, terms.confidentiality.clause, period=period))
    duties = []
    if rule.notice is not None:
        duties.append(
            _printed(terms, operator, "policy_agreement_ends", STOP, rule, rule.notice, noticed_at, settled=settled)
        )
    erasing, erasure, why = plan_erasure(
        storage, StorageStart.AGREEMENT_ENDED, purposes, moment_before(at), at, calendar, take_back=False
    )
    return Plan(
        received_on=almaty_day(noticed_at),
        effective=dict.fromkeys(purposes, at),
        effective_on=on,
        effective_at=at,
        cancellable_until=None,
        erasure=erasure,
        duties=(*duties, *erasing),
        rules=(*rules, why),
    )


def ending_rule(terms: Terms, by: TerminatedBy, ground: TerminationGround) -> TerminationRule | None:
    """Return the rule by which somebody may end the agreement: that for the very ground before that for any."""
    theirs = [rule for rule in terms.termination if rule.by in {by, TerminatedBy.EITHER}]
    return next((rule for wanted in (ground, TerminationGround.ANY) for rule in theirs if rule.ground is wanted), None)


def plan_erasure(
    storage: StorageBy,
    start: StorageStart,
    purposes: Sequence[str],
    counted_from: datetime,
    effective_at: datetime,
    calendar: Calendar,
    *,
    take_back: bool,
) -> tuple[list[DutySpec], ErasurePlan, dict[str, object]]:
    """Say by when the data go: by the document, where it is silent by the law (art. 18), or earlier by the schedule.

    ``counted_from``: the moment from which the document counts; the law counts from ``effective_at``.
    """
    ended = moment_before(effective_at)
    terms = storage(almaty_day(ended))
    rules = terms.ending(start, purposes)
    duties = [_storage_duty(rule, counted_from, ended, terms.law_edition, calendar) for rule in rules]
    deadlines = [deadline_for(duty.period, duty.from_at, calendar) for duty in duties]
    deadline, first = min(zip(deadlines, rules, strict=True), key=lambda pair: pair[0].due_at)
    run_after = min(effective_at if duty.moment is not Moment.ENDED else duty.from_at for duty in duties)
    if take_back:
        run_after = max(run_after, datetime.combine(deadline.due_on, LAST_DAY_RUN_AT, ALMATY))
    why = _WHY_ERASED[first.origin]
    clause = first.clause or ("94-V 18",)
    ground = Ground.RELATION_ENDED if start is StorageStart.AGREEMENT_ENDED else Ground.OTHER_LAW
    words = reason(why, clause, on=deadline.due_on, period=_words(first.keep or first.act))
    return duties, ErasurePlan(ground, deadline.due_on, run_after), words


def _storage_duty(
    rule: StorageRule, counted_from: datetime, ended: datetime, edition: str, calendar: Calendar
) -> DutySpec:
    is_end = rule.start is StorageStart.AGREEMENT_ENDED
    moment, from_at = (Moment.EFFECTIVE, ended)
    if rule.keep is not None:
        kept = deadline_for(rule.keep, ended, calendar, rolls=False)
        moment, from_at = Moment.ENDED, moment_before(kept.due_at)
    elif rule.origin is StorageOrigin.POLICY:
        moment, from_at = (Moment.EFFECTIVE if is_end else Moment.RECEIVED), counted_from
    printed = "policy_erase_after_end" if is_end else "policy_erase_after_withdrawal"
    codes = {StorageOrigin.POLICY: printed, StorageOrigin.SCHEDULE: "schedule_erase"}
    by_law = rule.origin is StorageOrigin.LAW
    return DutySpec(
        code=codes.get(rule.origin, rule.code),
        action=str(rule.action),
        origin=str(rule.origin),
        source=rule.source,
        clause=", ".join(rule.clause) or None,
        period=rule.act,
        settled=rule.settled,
        from_at=from_at,
        moment=moment,
        catalogue_edition=edition if by_law else None,
    )


def _by_effect(terms: Terms, purposes: Sequence[str]) -> list[tuple[WithdrawalEffect, list[str]]]:
    groups: list[tuple[WithdrawalEffect, list[str]]] = []
    for code in purposes:
        effect = terms.withdrawal.effect_for(code)
        known = next((codes for other, codes in groups if other == effect), None)
        if known is None:
            groups.append((effect, [code]))
        else:
            known.append(code)
    return groups


def _earliest(period: Period | None, noticed_at: datetime, calendar: Calendar) -> tuple[date, datetime]:
    if period is None:
        return almaty_day(noticed_at), noticed_at
    # An effect is not an act that someone owes: it does not roll to a working day.
    end = deadline_for(period, noticed_at, calendar, rolls=False)
    return end.due_on, end.due_at


def _effect_reason(effect: WithdrawalEffect, on: date) -> dict[str, object]:
    if effect.period is None:
        return reason(Why.AT_RECEIPT, effect.clause)
    return reason(Why.AFTER_RECEIPT, effect.clause, on=on, period=_words(effect.period))


def _end_reason(rule: TerminationRule, on: date) -> dict[str, object]:
    if rule.notice is None:
        return reason(Why.ENDS_AT_RECEIPT, rule.clause)
    return reason(Why.ENDS_AFTER_NOTICE, rule.clause, on=on, period=_words(rule.notice))


def _printed(
    terms: Terms,
    operator: str,
    code: str,
    action: str,
    rule: Rule,
    period: Period,
    from_at: datetime,
    *,
    moment: Moment = Moment.RECEIVED,
    rolls: bool = False,
    settled: bool = True,
) -> DutySpec:
    """Return the duty that a printed period makes."""
    return DutySpec(
        code=code,
        action=action,
        origin="policy",
        source=document_source(terms, operator, rule.clause),
        clause=", ".join(rule.clause),
        period=period,
        settled=settled,
        from_at=from_at,
        moment=moment,
        rolls=rolls,
    )


def _words(period: Period) -> dict[str, str]:
    return {language: period.in_words(language) for language in LANGUAGES}
