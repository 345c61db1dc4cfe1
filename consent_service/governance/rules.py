"""The size class of an operator, what an entry must say.  Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from consent_service.governance.states import EntryKind, SizeClass
from consent_service.kernel.errors import InvalidInputError
from consent_service.policies.terms import DataKind

# Law 94-V art. 10-1 as law-firm notes quote it: mark S, shown as not settled.
MOST_SMALL = 10_000
MOST_MEDIUM = 500_000
RESTRICTED = frozenset({DataKind.BIOMETRIC, DataKind.IDENTITY, DataKind.IDENTITY_DOCUMENT})
REVIEW_SOON = timedelta(days=30)
_LIFTED = {
    SizeClass.SMALL: SizeClass.MEDIUM,
    SizeClass.MEDIUM: SizeClass.LARGE,
    SizeClass.LARGE: SizeClass.LARGE,
}


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """What is entered; ``persons`` and ``words`` are sealed, for they name people."""

    kind: EntryKind
    done_on: date
    reference: str | None = None
    until_on: date | None = None
    review_on: date | None = None
    persons: str | None = None
    words: str | None = None


def size_by_number(people: int) -> SizeClass:
    """Return the class by the number of people alone.

    >>> size_by_number(10_000), size_by_number(10_001), size_by_number(500_001)
    (<SizeClass.SMALL: 'small'>, <SizeClass.MEDIUM: 'medium'>, <SizeClass.LARGE: 'large'>)
    """
    if people <= MOST_SMALL:
        return SizeClass.SMALL
    return SizeClass.MEDIUM if people <= MOST_MEDIUM else SizeClass.LARGE


def size_class(people: int, *, restricted: bool) -> SizeClass:
    """Return the class of an operator (Law 94-V art. 10-1): restricted-access data lift it by one."""
    by_number = size_by_number(people)
    return _LIFTED[by_number] if restricted else by_number


def check_entry(entry: Entry) -> None:
    """Refuse an entry that contradicts itself.

    Raises:
        InvalidInputError: Each field that cannot be taken is named.
    """
    wrong: dict[str, list[str]] = {}
    if entry.until_on is not None and entry.until_on < entry.done_on:
        wrong["until_on"] = ["The last day lies before the first."]
    if entry.review_on is not None and entry.review_on < entry.done_on:
        wrong["review_on"] = ["The day of the review lies before the entry."]
    if entry.kind is EntryKind.DPO_ORDER and not entry.reference:
        wrong["reference"] = ["Write the number of the order."]
    if entry.kind in {EntryKind.DPO_ORDER, EntryKind.ACCESS, EntryKind.BRIEFING} and not entry.persons:
        wrong["persons"] = ["Write whom it is about."]
    if wrong:
        raise InvalidInputError("Some fields cannot be taken: " + ", ".join(sorted(wrong)) + ".", fields=wrong)
