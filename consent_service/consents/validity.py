"""Until when a consent is valid (Law 94-V art. 8(4)(3), 8(5), 8(6))."""

from dataclasses import dataclass
from datetime import date, datetime

from consent_service.deadlines.service import deadline_for
from consent_service.deadlines.working_days import Calendar
from consent_service.policies.terms import PurposeTerms, Terms


@dataclass(frozen=True, slots=True)
class Validity:
    """The last Almaty day of a consent and the instant after it; both None: until the purpose is reached."""

    expires_on: date | None = None
    ends_at: datetime | None = None


def validity(terms: Terms, purpose: PurposeTerms, given_at: datetime, calendar: Calendar) -> Validity:
    """Compute the term of a consent: the purpose's own, else the document's, else none (art. 8(6)).

    The end of a consent is not an act that someone owes, so it does not roll to a working day.
    """
    period = purpose.term or terms.validity.period
    if period is None:
        return Validity()
    end = deadline_for(period, given_at, calendar, rolls=False)
    return Validity(end.due_on, end.due_at)
