"""What a new version asks of a person who is bound by an earlier one.  Pure.

What is new in purposes, data, recipients, transfers abroad or publication always asks again, whatever the document says
about silence or use (Law 94-V art. 8 and 14).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from consent_service.deadlines.rules import last_day
from consent_service.deadlines.working_days import Calendar
from consent_service.policies.terms import (
    AppliesTo,
    Binds,
    ChangeRule,
    ListKind,
    LocalText,
    NoticeChannel,
    Objection,
    Stated,
    Terms,
)
from consent_service.standings.states import Effect, StandingState
from consent_service.standings.words import ABROAD, OPEN_LIST, PUBLISHED

_EFFECTS = {
    Objection.ENDS_AGREEMENT: Effect.AGREEMENT_ENDS,
    Objection.TERMINATE: Effect.MAY_TERMINATE,
    Objection.STOP_USING: Effect.STOP_USING,
    Objection.NONE: Effect.OLD_TERMS_STAND,
}
HOME = "KZ"


class NewKind(StrEnum):
    """What kind of thing is new in a version."""

    PURPOSE = "purpose"
    DATA = "data"
    RECIPIENT = "recipient"
    CROSS_BORDER = "cross_border"
    PUBLICATION = "publication"


@dataclass(frozen=True, slots=True)
class New:
    """One thing that is new, and the clauses of the new version that say so."""

    kind: NewKind
    code: str
    clause: tuple[str, ...]
    name: LocalText

    def as_data(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "kind": str(self.kind),
            "code": self.code,
            "clause": list(self.clause),
            **self.name,
        }


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of somebody who is bound by ``old`` when a new version is published.

    ``rule`` is the document's own, None where it has none for such a change: then, as where anything is new, the person
    is asked again.
    """

    rule: ChangeRule | None
    news: tuple[New, ...]

    @property
    def asks_again(self) -> bool:
        """Whether only a fresh consent binds."""
        return self.rule is None or bool(self.news)

    @property
    def needs_notice(self) -> bool:
        """Whether nothing binds before a notice has reached the person."""
        return not self.asks_again and self.rule is not None and self.rule.binds in {Binds.SILENCE, Binds.NOTICE}

    @property
    def is_mailed(self) -> bool:
        """Whether the person is told by e-mail: by the rule, or because only they can answer."""
        return (
            self.asks_again or self.needs_notice or (self.rule is not None and NoticeChannel.EMAIL in self.rule.channel)
        )

    @property
    def first_state(self) -> StandingState:
        """Where a person stands when the version is published."""
        if self.asks_again:
            return StandingState.ASKED_AGAIN
        return StandingState.TO_NOTIFY if self.needs_notice else StandingState.WAITING

    @property
    def effect(self) -> Effect:
        """What an objection leads to."""
        return Effect.OLD_TERMS_STAND if self.rule is None or self.news else _EFFECTS[self.rule.objection]

    def binds_at(self, told_at: datetime, in_force_at: datetime, calendar: Calendar) -> datetime | None:
        """Return when the version binds a person told (by notice, or by posting) at ``told_at``; None: never by itself.

        For a document that binds by use it is when use begins to count.  A notice before effect is no act that somebody
        owes and does not move to a working day; the time to object is, and does (Civil Code 175).
        """
        if self.asks_again or self.rule is None:
            return None
        days = [in_force_at, told_at]
        if self.rule.notice is not None:
            days.append(last_day(self.rule.notice, told_at, calendar, rolls=False).due_at)
        if self.rule.within is not None:
            days.append(last_day(self.rule.within, told_at, calendar).due_at)
        return max(days)


def course(old: Terms, new: Terms, kind: AppliesTo | None) -> Course:
    """Work out what a version asks of those bound by another.

    Args:
        old: The terms that bind the person now; its change rules are the ones that count.
        new: The terms of the new version.
        kind: What the operator says that the change is; None takes the stricter of the document's rules.
    """
    return Course(_rule_for(old, kind), what_is_new(old, new))


def what_is_new(old: Terms, new: Terms) -> tuple[New, ...]:
    """Return what a fresh consent is needed for, each thing once."""
    found = [*_new_by_purpose(old, new), *_new_by_itself(old, new)]
    return tuple({(one.kind, one.code): one for one in reversed(found)}.values())[::-1]


def earliest_effect(rule: ChangeRule | None, told_at: datetime, calendar: Calendar) -> date | None:
    """Return the first day in force that leaves the notice which the rule prints; None where it prints no length."""
    if rule is None or rule.notice is None:
        return None
    return last_day(rule.notice, told_at, calendar, rolls=False).due_on + timedelta(days=1)


def _rule_for(terms: Terms, kind: AppliesTo | None) -> ChangeRule | None:
    wanted = (AppliesTo.ALL, AppliesTo.MATERIAL) if kind is None else (kind, AppliesTo.ALL)
    rules = {rule.applies_to: rule for rule in reversed(terms.change)}
    return next((rules[word] for word in wanted if word in rules), None)


def _new_by_purpose(old: Terms, new: Terms) -> Iterator[New]:
    before = {purpose.code: purpose for purpose in old.purposes}
    data = {one.code: one.name for one in new.data}
    recipients = {one.code: one.name for one in new.recipients}
    for purpose in new.purposes:
        known = before.get(purpose.code)
        if known is None:
            yield New(NewKind.PURPOSE, purpose.code, purpose.clause, purpose.name)
            continue
        for code in purpose.data:
            if code not in known.data:
                yield New(NewKind.DATA, code, purpose.clause, data[code])
        for code in purpose.recipients:
            if code not in known.recipients:
                yield New(NewKind.RECIPIENT, code, purpose.clause, recipients[code])
        if _begins(known.cross_border, purpose.cross_border):
            yield New(NewKind.CROSS_BORDER, purpose.code, purpose.clause, purpose.name)


def _new_by_itself(old: Terms, new: Terms) -> Iterator[New]:
    data = {one.code for one in old.data}
    for category in new.data:
        if category.code not in data:
            yield New(NewKind.DATA, category.code, category.clause, category.name)
    if new.data_list.is_ is ListKind.OPEN and old.data_list.is_ is not ListKind.OPEN:
        yield New(NewKind.DATA, "open_list", new.data_list.clause, OPEN_LIST)
    countries = {one.code: one.country for one in old.recipients}
    for recipient in new.recipients:
        if recipient.code not in countries:
            yield New(NewKind.RECIPIENT, recipient.code, recipient.clause, recipient.name)
        elif recipient.country not in {countries[recipient.code], HOME}:
            yield New(NewKind.CROSS_BORDER, recipient.code, recipient.clause, recipient.name)
    if _begins(old.cross_border.stated, new.cross_border.stated):
        yield New(NewKind.CROSS_BORDER, "stated", new.cross_border.clause, ABROAD)
    if _begins(old.publication.stated, new.publication.stated):
        yield New(NewKind.PUBLICATION, "stated", new.publication.clause, PUBLISHED)


def _begins(before: Stated, after: Stated) -> bool:
    quiet = {Stated.NO, Stated.UNSAID}
    return before in quiet and after not in quiet
