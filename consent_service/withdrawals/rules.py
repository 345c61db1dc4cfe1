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
from consent_service.policies.terms import (
    ErasingTrigger,
    Rule,
    TerminatedBy,
    TerminationGround,
    TerminationRule,
    Terms,
    WithdrawalEffect,
)
from consent_service.withdrawals.words import Why, reason

WITHDRAWAL = "withdrawal"  # what triggers duties of the law
CASE_KIND = "withdrawal"
EXPIRED = "destroy_expired"
STOP = "stop_or_refuse"
LANGUAGES = ("kk", "ru", "en")
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
        duty, erasure, why = plan_erasure(
            terms, ErasingTrigger.WITHDRAWAL, operator, received_at, effective_at, calendar, catalogue
        )
        duties.append(duty)
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
    calendar: Calendar,
    catalogue: Catalogue,
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
    duty, erasure, why = plan_erasure(
        terms, ErasingTrigger.RELATION_ENDED, operator, moment_before(at), at, calendar, catalogue
    )
    return Plan(
        received_on=almaty_day(noticed_at),
        effective=dict.fromkeys(purposes, at),
        effective_on=on,
        effective_at=at,
        cancellable_until=None,
        erasure=erasure,
        duties=(*duties, duty),
        rules=(*rules, why),
    )


def ending_rule(terms: Terms, by: TerminatedBy, ground: TerminationGround) -> TerminationRule | None:
    """Return the rule by which somebody may end the agreement: that for the very ground before that for any."""
    theirs = [rule for rule in terms.termination if rule.by in {by, TerminatedBy.EITHER}]
    return next((rule for wanted in (ground, TerminationGround.ANY) for rule in theirs if rule.ground is wanted), None)


def plan_erasure(
    terms: Terms,
    trigger: ErasingTrigger,
    operator: str,
    counted_from: datetime,
    effective_at: datetime,
    calendar: Calendar,
    catalogue: Catalogue,
) -> tuple[DutySpec, ErasurePlan, dict[str, object]]:
    """Say by when the data go: by the document's own period, or where it is silent by the law (art. 18).

    ``counted_from``: the moment from which the document counts; the law counts from ``effective_at``.
    """
    is_end = trigger is ErasingTrigger.RELATION_ENDED
    printed = next((rule for rule in terms.erasing if rule.trigger is trigger and rule.period is not None), None)
    if printed is not None and printed.period is not None:
        code = "policy_erase_after_end" if is_end else "policy_erase_after_withdrawal"
        moment = Moment.EFFECTIVE if is_end else Moment.RECEIVED
        duty = _printed(
            terms, operator, code, str(printed.action), printed, printed.period, counted_from, moment=moment, rolls=True
        )
        why, clause = Why.ERASE_POLICY, printed.clause
    else:
        ended = moment_before(effective_at)
        rule = catalogue.rule(EXPIRED, almaty_day(ended))
        duty = DutySpec.of_law(rule, ended, catalogue.edition, Moment.EFFECTIVE)
        why, clause = Why.ERASE_LAW, ("94-V 18",)
    deadline = deadline_for(duty.period, duty.from_at, calendar)
    run_after = effective_at
    if terms.withdrawal.take_back is not None and not is_end:
        run_after = max(effective_at, datetime.combine(deadline.due_on, LAST_DAY_RUN_AT, ALMATY))
    ground = Ground.RELATION_ENDED if is_end else Ground.OTHER_LAW
    words = reason(why, clause, on=deadline.due_on, period=_words(duty.period))
    return duty, ErasurePlan(ground, deadline.due_on, run_after), words


def document_source(terms: Terms, operator: str, clause: Sequence[str]) -> dict[str, str]:
    """Return the words by which a duty cites its document and clause."""
    numbers = ", ".join(clause)
    return {
        "kk": f"{operator}: {terms.title['kk']}, {numbers}-тармақ",
        "ru": f"{operator}: {terms.title['ru']}, пункт {numbers}",
        "en": f"{operator}: {terms.title['en']}, clause {numbers}",
    }


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
