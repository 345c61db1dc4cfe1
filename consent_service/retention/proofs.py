"""The end of a proof: with the term of the evidence, everything goes that still carries the pseudonym of the person."""

from consent_service.duties.service import forget_cases
from consent_service.erasure.evidence import expire_proofs
from consent_service.incidents.service import forget_incidents
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.service import forget_letters
from consent_service.recipients.notices import forget_recipients
from consent_service.retention.telling import forget_told
from consent_service.standings.service import forget_standings
from consent_service.subject_requests.service import forget_requests
from consent_service.withdrawals.service import forget_withdrawals

_FORGET = (
    forget_letters,
    forget_requests,
    forget_standings,
    forget_told,
    forget_recipients,
    forget_incidents,
    forget_withdrawals,
    forget_cases,
)


def forget_proofs(uow: UnitOfWork, limit: int) -> int:
    """Remove proofs past their term, and the cases and letters of the same people; returns how many people."""
    subjects = expire_proofs(uow, limit)
    if subjects:
        for forget in _FORGET:
            forget(uow, subjects)
    return len(subjects)
