"""Everything that ``ledger verify`` looks at: the ledger, its anchors, and every record that it covers."""

from pathlib import Path

from consent_service.consents.verifying import ANSWERS, CONSENTS
from consent_service.deadlines.verifying import wrong_with_editions, wrong_with_orders
from consent_service.duties.verifying import DUTIES
from consent_service.erasure.verifying import APPROVALS, HOLDS, ORDERS, wrong_with_acts, wrong_with_erased
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.bodies import bodies_of
from consent_service.ledger.events import EventType
from consent_service.ledger.records import hold_against_events
from consent_service.ledger.timestamps import Stampers
from consent_service.ledger.verifying import Progress, Verdict, verify
from consent_service.ledger.verifying_anchors import verify_anchors
from consent_service.letters.verifying import LETTERS
from consent_service.operators.queries import operator_numbers
from consent_service.operators.verifying import CREDENTIALS, OPERATORS, STAFF
from consent_service.policies.verifying import VERSIONS
from consent_service.standings.verifying import STANDINGS
from consent_service.subject_requests.verifying import REQUESTS
from consent_service.subjects.verifying import wrong_with_people
from consent_service.termination.contents import KEPT_TABLES
from consent_service.withdrawals.verifying import WITHDRAWALS

COVERED = (
    OPERATORS,
    STAFF,
    CREDENTIALS,
    VERSIONS,
    CONSENTS,
    ANSWERS,
    STANDINGS,
    WITHDRAWALS,
    REQUESTS,
    DUTIES,
    LETTERS,
    HOLDS,
    APPROVALS,
    ORDERS,
)


def verify_evidence(uow: UnitOfWork, folder: Path, progress: Progress, trusted: Stampers | None = None) -> Verdict:
    """Verify the ledger and its anchors, then hold the records of every operator against it.

    ``folder``: where heads are exported; ``progress`` is told what is looked at and how many there were so far;
    ``trusted``: whose time-stamps count, where any are asked for.
    """
    verdict = verify(uow.session, uow.keys, folder, progress)
    verify_anchors(uow.session, folder, trusted, verdict)
    for place, what in (*wrong_with_editions(uow.session), *wrong_with_orders(uow.session)):
        verdict.note(place, what)
    for number, _ in operator_numbers(uow.session, closed_too=True):
        bound = uow.for_operator(number)
        is_ending = any(True for _ in bodies_of(uow.session, EventType.OPERATOR_END_BEGUN, number))
        for covered in COVERED:
            if is_ending and covered.table.name not in KEPT_TABLES:
                continue  # on record: it was emptied as a whole
            verdict.records += hold_against_events(bound, covered, verdict)
            progress("records", verdict.records)
        for place, what in (*wrong_with_people(bound), *wrong_with_erased(bound), *wrong_with_acts(bound)):
            verdict.note(place, what)
    return verdict
