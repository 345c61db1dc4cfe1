"""What is done for a request here: blocking, unblocking, destroying, stopping marketing."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.blocking import block, end_blocked, unblock
from consent_service.consents.endings import standing_choices, standing_documents
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law, deadline_for
from consent_service.duties.rules import DutySpec
from consent_service.duties.service import cancel, meet, owe
from consent_service.duties.states import ClockKind, Moment
from consent_service.erasure.service import OrderErasure, order_erasure
from consent_service.erasure.states import Ground
from consent_service.kernel.errors import ConflictError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.policies.queries import Version, version_by_id
from consent_service.subject_requests.course import CASE_KIND, case_of, lock_with_person, move, note
from consent_service.subject_requests.rules import BLOCK, DESTROY, UNBLOCK
from consent_service.subject_requests.states import RequestState, RequestType, Violation
from consent_service.subject_requests.tables import SubjectRequest
from consent_service.subjects.acting import Acting, ActingBy, Age
from consent_service.subjects.service import open_notes, reveal_ref
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind
from consent_service.withdrawals.service import WithdrawConsent, withdraw_consent
from consent_service.withdrawals.states import WithdrawalChannel

CONFIRMED, NOT_CONFIRMED = "violation_confirmed", "violation_not_confirmed"
ANSWER_FIRST = timedelta(days=1)  # the answer goes out before the address is destroyed


def act_at_once(uow: UnitOfWork, request: SubjectRequest, law: Law) -> None:
    """Do what is on the person's side and can be undone, as soon as it is known who asks."""
    if request.type is RequestType.BLOCKING:
        blocked = block(uow, request.subject_id, request.document_id)
        meet(uow, request.id, [BLOCK])
        append(uow, EventType.DATA_BLOCKED, request.subject_id, _facts(uow, request, blocked))
        if blocked:
            announce(uow, Kind.PERMISSION_CHANGED, request.subject_id, request=request.id)
    elif request.type is RequestType.OBJECTION_MARKETING:
        _withdraw(uow, request, law, marketing_only=True)
    elif request.type is RequestType.WITHDRAWAL and _withdraw(uow, request, law, marketing_only=False):
        # From here on the withdrawal owes what the request owed, counted from the same receipt.
        cancel(uow, request.id)
        move(request, RequestState.ANSWERED)
        request.decided_at = uow.now


def confirm_violation(uow: UnitOfWork, request_id: UUID, law: Law) -> None:
    """Record that the check confirmed a violation: the data are to be destroyed within the law's day.

    Raises:
        NotFoundError: There is no such request.
        TransitionError: It is no blocking that is being checked.
    """
    request = _checked(uow, request_id, Violation.CONFIRMED)
    ended = end_blocked(uow, request.subject_id)
    specs = _owe_from_now(uow, request, law, CONFIRMED, Moment.CONFIRMED)
    due_on = min(deadline_for(spec.period, spec.from_at, law.calendar).due_on for spec in specs)
    order_erasure(
        uow,
        OrderErasure(
            subject_id=request.subject_id,
            cause_kind=CASE_KIND,
            cause_id=request.id,
            ground=Ground.WITHOUT_CONSENT,
            run_after=uow.now,
            due_on=due_on,
            demanded=True,
        ),
    )
    append(uow, EventType.VIOLATION_CONFIRMED, request.subject_id, _facts(uow, request, ended))
    uow.session.flush()


def reject_violation(uow: UnitOfWork, request_id: UUID, law: Law) -> None:
    """Record that the check found no violation: the data are unblocked at once.

    Raises:
        NotFoundError: There is no such request.
        TransitionError: It is no blocking that is being checked.
    """
    request = _checked(uow, request_id, Violation.NOT_CONFIRMED)
    _owe_from_now(uow, request, law, NOT_CONFIRMED, Moment.NOT_CONFIRMED)
    freed = _unblock(uow, request)
    meet(uow, request.id, [UNBLOCK])
    append(uow, EventType.DATA_UNBLOCKED, request.subject_id, _facts(uow, request, freed))
    uow.session.flush()


def destroy(uow: UnitOfWork, request: SubjectRequest, law: Law) -> None:
    """Withdraw everything that stands and order the erasure, a day later at the earliest: the answer goes out first."""
    _withdraw(uow, request, law, marketing_only=False)
    rules = law.catalogue.duties_for("digital_deletion_request", request.received_on)
    due_on = min(deadline_for(rule.period, request.received_at, law.calendar).safe_on for rule in rules)
    order_erasure(
        uow,
        OrderErasure(
            subject_id=request.subject_id,
            cause_kind=CASE_KIND,
            cause_id=request.id,
            ground=Ground.OTHER_LAW,
            run_after=uow.now + ANSWER_FIRST,
            due_on=max(due_on, almaty_day(uow.now + ANSWER_FIRST)),
            demanded=True,
        ),
    )


def let_stand(uow: UnitOfWork, request: SubjectRequest) -> None:
    """Undo what was done at once, where a request is refused."""
    if request.type is RequestType.BLOCKING and request.violation is None:
        _unblock(uow, request)
        cancel(uow, request.id, [BLOCK, UNBLOCK, DESTROY])


def _unblock(uow: UnitOfWork, request: SubjectRequest) -> int:
    """Let stand again what no other blocking of the person stands over; returns how many answers."""
    freed = unblock(uow, request.subject_id)
    for other in uow.session.scalars(
        select(SubjectRequest).where(
            SubjectRequest.operator_id == uow.operator_id,
            SubjectRequest.subject_id == request.subject_id,
            SubjectRequest.id != request.id,
            SubjectRequest.type == RequestType.BLOCKING,
            SubjectRequest.state == RequestState.IN_PROGRESS,
            SubjectRequest.violation.is_(None),
        )
    ):
        freed -= block(uow, request.subject_id, other.document_id)
    if freed:
        announce(uow, Kind.PERMISSION_CHANGED, request.subject_id, request=request.id)
    return freed


def _facts(uow: UnitOfWork, request: SubjectRequest, changed: int) -> dict[str, object]:
    return {"request": str(request.id), "changed": changed, **ruling_answers(uow, request.subject_id)}


def _checked(uow: UnitOfWork, request_id: UUID, found: Violation) -> SubjectRequest:
    request, _ = lock_with_person(uow, request_id)
    if request.type is not RequestType.BLOCKING or request.state is not RequestState.IN_PROGRESS:
        raise TransitionError("Only a blocking whose check is under way can be decided so.")
    if request.violation is not None:
        raise ConflictError(f"The check has ended already: {request.violation}.")
    request.violation = found
    note(uow, request, ClockKind.DECIDED, {"decision": f"violation_{found}"})
    return request


def _owe_from_now(uow: UnitOfWork, request: SubjectRequest, law: Law, trigger: str, moment: Moment) -> list[DutySpec]:
    specs = [
        DutySpec.of_law(rule, uow.now, law.catalogue.edition, moment)
        for rule in law.catalogue.duties_for(trigger, almaty_day(uow.now))
    ]
    owe(uow, case_of(request), specs, law.calendar)
    return specs


def _withdraw(uow: UnitOfWork, request: SubjectRequest, law: Law, *, marketing_only: bool) -> int:
    """Withdraw what stood at the receipt by each document's own rule; returns from how many documents.

    What is asked for limits it: a document, some of its purposes, or marketing alone.
    """
    ref, made = reveal_ref(uow, request.subject_id), 0
    for version_id in standing_documents(uow, request.subject_id):
        version = version_by_id(uow, version_id)
        if request.document_id not in {None, version.document_id}:
            continue
        stood = standing_choices(uow, request.subject_id, version.document_id, until=request.received_at)
        wanted = _wanted(request, version, marketing_only=marketing_only)
        codes = {version.codes.get(one.purpose_id) for one in stood}
        chosen = None if wanted is None else sorted(wanted & codes)
        if not stood or chosen == []:
            continue
        withdrawal_id = withdraw_consent(
            uow,
            WithdrawConsent(
                subject_ref=ref,
                document=version.document,
                channel=WithdrawalChannel(str(request.channel)),
                purposes=chosen,
                received_at=request.received_at,
                acting=Acting(ActingBy(request.acting["by"]), Age(request.acting["age"])),
                representative=open_notes(uow, request.subject_id, request.id).get("representative"),
            ),
            law,
        )
        note(uow, request, ClockKind.DECIDED, {"decision": "withdrawn", "withdrawal": str(withdrawal_id)})
        made += 1
    return made


def _wanted(request: SubjectRequest, version: Version, *, marketing_only: bool) -> set[str] | None:
    """Return the purposes of a version that a request is about; None for whatever stands."""
    if marketing_only:
        return {purpose.code for purpose in version.terms.purposes if purpose.marketing}
    return None if request.purposes is None else set(request.purposes)
