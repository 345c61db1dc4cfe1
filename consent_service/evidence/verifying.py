"""Everything that ``ledger verify`` looks at: the ledger, and every record that it covers."""

from pathlib import Path

from consent_service.consents.verifying import CONSENTS
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.records import hold_against_events
from consent_service.ledger.verifying import Progress, Verdict, verify
from consent_service.operators.queries import operator_numbers
from consent_service.policies.verifying import VERSIONS
from consent_service.withdrawals.verifying import WITHDRAWALS

COVERED = (VERSIONS, CONSENTS, WITHDRAWALS)


def verify_evidence(uow: UnitOfWork, folder: Path, progress: Progress) -> Verdict:
    """Verify the ledger, then hold the records of every operator against it.

    ``folder``: where heads are exported; ``progress`` is told what is looked at and how many there were so far.
    """
    verdict = verify(uow.session, uow.keys, folder, progress)
    for number, _ in operator_numbers(uow.session):
        bound = uow.for_operator(number)
        for covered in COVERED:
            verdict.records += hold_against_events(bound, covered, verdict)
            progress("records", verdict.records)
    return verdict
