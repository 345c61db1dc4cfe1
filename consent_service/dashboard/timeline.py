"""What happened in a case, in its order: the clock log with who and why, letters, the end of the data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from consent_service.dashboard.duty_words import duty_name
from consent_service.duties.clock_log import EntryView
from consent_service.duties.states import ClockKind, Moment
from consent_service.erasure.queries import OrderView
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.acting import STAFF, staff_in
from consent_service.letters.queries import LetterView
from consent_service.letters.states import LetterChannel
from consent_service.operators.staff import staff_address
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import almaty_time, day
from consent_service.subject_requests.states import IdentityMethod


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: when, what, with which details, through whom and why."""

    at: datetime
    what: str
    details: tuple[str, ...] = ()
    author: str | None = None
    reason: str | None = None


def timeline(
    uow: UnitOfWork,
    entries: Iterable[EntryView],
    letters: Iterable[LetterView],
    erasure: OrderView | None,
    more: Sequence[Happened] = (),
) -> list[Happened]:
    """Return what happened in a case, the earliest first; ``more`` is what the case itself knows."""
    authors: dict[str, str] = {}
    lines = [*more]
    for entry in entries:
        if entry.author not in authors:
            authors[entry.author] = author_words(uow, entry.author)
        what, *details = _said(entry)
        lines.append(Happened(entry.recorded_at, what, tuple(details), authors[entry.author], _reason(entry)))
    channels = words_of(LetterChannel)
    for letter in letters:
        number = f"№ {letter.year}/{letter.number}"
        lines.append(Happened(letter.created_at, gettext("A letter was written"), (number, channels[letter.channel])))
        if letter.sent_at is not None:
            proof = [str(value) for value in (letter.proof or {}).values()]
            lines.append(Happened(letter.sent_at, gettext("A letter was sent"), (number, *proof)))
    if erasure is not None and erasure.done_at is not None:
        lines.append(Happened(erasure.done_at, gettext("The data were destroyed, and reading back found nothing")))
    if erasure is not None and erasure.copies_closed_at is not None:
        closed = gettext("The key of then was destroyed: copies of the database from before open no more")
        lines.append(Happened(erasure.copies_closed_at, closed))
    return sorted(lines, key=lambda line: line.at)


def _said(entry: EntryView) -> list[str]:
    """Return what an entry of the clock log says: the deed first, then its details."""
    facts = entry.facts
    if entry.kind is ClockKind.DECIDED:
        return [_decision(str(facts.get("decision"))), *_purposes(facts)]
    if entry.kind in {ClockKind.IDENTITY_ASKED, ClockKind.IDENTITY_CONFIRMED}:
        method = next((said for one, said in words_of(IdentityMethod).items() if one == facts.get("method")), None)
        return [words_of(ClockKind)[entry.kind], *([method] if method else [])]
    lines = [words_of(ClockKind)[entry.kind]]
    if entry.moment is not None:
        lines.append(f"{words_of(Moment)[entry.moment]}: {almaty_time(entry.at)}")
    if "before" in facts:
        lines.append(f"{gettext('before')}: {day(date.fromisoformat(facts['before']))}")
    for moved in facts.get("moved", ()):
        before, after = (day(date.fromisoformat(moved[name])) for name in ("before", "after"))
        lines.append(f"{duty_name(moved['duty'])}: {before} → {after}")
    return lines


def _decision(decision: str) -> str:
    words: dict[str, str] = {
        "refused": gettext("Refused with reasons"),
        "refused_in_part": gettext("Refused for some purposes"),
        "cancelled": gettext("Taken back"),
        "resumed": gettext("The bar fell away, it goes on"),
        "answered": gettext("Answered"),
        "withdrawn": gettext("Consents were withdrawn with it"),
        "violation_confirmed": gettext("The violation was confirmed"),
        "violation_not_confirmed": gettext("The violation was not confirmed"),
    }
    return words.get(decision) or gettext("Decided")


def _purposes(facts: Mapping[str, Any]) -> list[str]:  # Any: JSON values
    by: dict[str, str] = {
        "application": gettext("by application"),
        "sign_in": gettext("by signing in"),
        "granted_again": gettext("the person consented again"),
    }
    said = by.get(str(facts.get("by")))
    return [said] if said else []


def _reason(entry: EntryView) -> str | None:
    if entry.reason is None and entry.has_reason:
        return str(gettext("the words were destroyed with the person's data"))
    return entry.reason


def author_words(uow: UnitOfWork, author: str) -> str:
    """Return through whom something was done: staff by address while the account is open, all else by what it is."""
    kind = author.partition(":")[0]
    if kind == STAFF:
        who = staff_in(author)
        if who is None:  # whoever takes a place is nobody of the staff until then
            return str(gettext("a visitor"))
        return staff_address(uow, who) or str(gettext("a closed account"))
    words: dict[str, str] = {
        "key": gettext("the operator's system"),
        "job": gettext("the service itself"),
        "system": gettext("the service itself"),
        "command": gettext("the command line"),
    }
    return words.get(kind, kind)
