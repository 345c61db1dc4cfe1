"""What an act on a case would change: the case before it beside the case after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from flask_babel import gettext

from consent_service.dashboard.duty_words import duty_name
from consent_service.duties.queries import DutyView
from consent_service.duties.states import DutyState
from consent_service.erasure.queries import OrderView
from consent_service.erasure.states import OrderState
from consent_service.letters.queries import LetterView
from consent_service.letters.states import LetterChannel
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import day


class CaseView(Protocol):
    """What a view of a case has in common with every other."""

    @property
    def state(self) -> StrEnum:
        """Where it stands."""

    @property
    def duties(self) -> tuple[DutyView, ...]:
        """What it owes."""

    @property
    def letters(self) -> tuple[LetterView, ...]:
        """What was written."""

    @property
    def erasure(self) -> OrderView | None:
        """The order to destroy the data."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change."""

    what: str
    now: str
    then: str


def foresee(before: CaseView, after: CaseView) -> list[Change]:
    """Return what differs between a case and the same case after an act."""
    states: Mapping[StrEnum, str] = words_of(type(before.state))
    changes = [Change(gettext("State"), states[before.state], states[after.state])]
    changes.append(Change(gettext("Takes effect"), _effective(before), _effective(after)))
    changes.append(Change(gettext("Erasure"), _erasure(before.erasure), _erasure(after.erasure)))
    known = {duty.id: duty for duty in before.duties}
    changes += [Change(duty_name(duty.code), _duty(known.get(duty.id)), _duty(duty)) for duty in after.duties]
    written = {letter.id for letter in before.letters}
    changes += [_letter(letter) for letter in after.letters if letter.id not in written]
    return [change for change in changes if change.now != change.then]


def planned(made: CaseView) -> list[Change]:
    """Return what a new case would come to."""
    changes = [Change(gettext("State"), "–", words_of(type(made.state))[made.state])]
    changes.append(Change(gettext("Takes effect"), "–", _effective(made)))
    changes += [Change(duty_name(duty.code), "–", _duty(duty)) for duty in made.duties]
    return changes


def _effective(case: CaseView) -> str:
    on: date | None = getattr(case, "effective_on", None)
    return "–" if on is None else day(on)


def _erasure(order: OrderView | None) -> str:
    return "–" if order is None else f"{day(order.due_on)}, {words_of(OrderState)[order.state]}"


def _duty(duty: DutyView | None) -> str:
    return "–" if duty is None else f"{day(duty.due_on)}, {words_of(DutyState)[duty.state]}"


def _letter(letter: LetterView) -> Change:
    then = f"№ {letter.year}/{letter.number}, {words_of(LetterChannel)[letter.channel]}"
    return Change(gettext("Letter in Kazakh and Russian"), "–", then)
