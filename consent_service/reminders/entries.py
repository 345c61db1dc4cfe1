"""One duty in words, for messages and calendars.  Nothing personal: what is owed, by which article, where to look."""

from dataclasses import dataclass

from consent_service.deadlines.catalogue import Catalogue
from consent_service.duties.queries import BindingDuty
from consent_service.duties.words import name_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_named
from consent_service.reminders.words import PROVISIONAL, UNSETTLED


@dataclass(frozen=True, slots=True)
class Writing:
    """What the words of an operator's duties need: its name and pages, the language, what duties are called."""

    operator: str
    language: str
    catalogue: Catalogue
    pages: str

    @classmethod
    def of(cls, uow: UnitOfWork, language: str, catalogue: Catalogue, base_url: str) -> "Writing":
        """Gather it for the operator of a unit of work."""
        named = operator_named(uow)
        return cls(named.name[language], language, catalogue, f"{base_url}/dashboard/{named.slug}/")

    def name(self, duty: BindingDuty) -> str:
        """Return what a duty is called; one that only its document names, by the document and its clause."""
        return (name_of(duty.code, self.catalogue) or duty.source)[self.language]

    def marks(self, duty: BindingDuty) -> list[str]:
        """Return what is uncertain about a duty or its day."""
        marks = {UNSETTLED[self.language]: not duty.settled, PROVISIONAL[self.language]: duty.provisional}
        return [words for words, holds in marks.items() if holds]

    def link(self, duty: BindingDuty) -> str:
        """Return the address of the case in the dashboard."""
        return f"{self.pages}cases/{duty.case_kind}/{duty.case_id}"
