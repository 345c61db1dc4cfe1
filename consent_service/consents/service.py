"""The use case that records what a person answered."""

from consent_service.consents.considering import GiveConsent, VersionsRead, consider
from consent_service.consents.queries import ConsentView
from consent_service.consents.recording import record_all
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import find_or_create


def give_consent(uow: UnitOfWork, command: GiveConsent, calendar: Calendar) -> ConsentView:
    """Record an answer to every purpose that was asked, ticked or not.

    The answer given last rules; what it replaces is kept as superseded.

    Raises:
        InvalidInputError: The answers, the date, the language or the person do not fit the version.
        NotFoundError: The operator has no such document or version.
        ConflictError: The document has no text, or no version in force then.
    """
    considered = consider(uow, command, calendar, VersionsRead())
    return next(record_all(uow, [(considered, find_or_create(uow, command.subject))], RowsTogether()))
