"""An erasure ordered by hand: a court act, unlawful processing, or another ground of art. 18 that no case here brings.

What a court decides, and what was processed without consent, goes whatever consents stand: they end with the order.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent_service.consents.blocking import block, end_blocked
from consent_service.consents.queries import has_live_consent
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.duties.states import Moment
from consent_service.erasure.approvals import who_may_decide
from consent_service.erasure.service import OrderErasure, order_erasure
from consent_service.erasure.states import Ground
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import lock_by_ref

CASE_KIND = "demand"
OVER_CONSENTS = frozenset({Ground.COURT_DECISION, Ground.WITHOUT_CONSENT})
_DUTY = {Ground.WITHOUT_CONSENT: ("destroy_unlawful", Moment.CONFIRMED)}
_DUTY_OF_OTHERS = ("destroy_expired", Moment.ENDED)


@dataclass(frozen=True, slots=True)
class DemandErasure:
    """Who is to be erased, on which ground, by which document, and which member of staff orders it.

    ``since``: when the ground arose, such as when a decision came into force; now where it is left out.
    """

    subject: str
    ground: Ground
    reference: str
    ordered_by: UUID
    since: datetime | None = None


def demand_erasure(uow: UnitOfWork, command: DemandErasure, law: Law) -> UUID:
    """Owe the destruction from when its ground arose, and order it.

    Raises:
        NotFoundError: Nobody is known under the reference.
        NotAllowedError: Whoever orders it is nobody of the operator, or only reads.
        InvalidInputError: The ground arises in the future.
        ConflictError: A consent stands, and the ground does not end it.
    """
    who = who_may_decide(uow, command.ordered_by)
    person = lock_by_ref(uow, command.subject)
    since = command.since or uow.now
    if since > uow.now:
        raise InvalidInputError.of("since", "This instant is in the future; order the erasure when it has come.")
    if command.ground in OVER_CONSENTS:
        block(uow, person.id, None)
        end_blocked(uow, person.id)
    elif has_live_consent(uow, person.id):
        raise ConflictError(
            "A consent of this person stands, and this ground does not end it: withdraw it first, or wait for its end."
        )
    code, moment = _DUTY.get(command.ground, _DUTY_OF_OTHERS)
    rule = law.catalogue.rule(code, almaty_day(since))
    case_id = new_id(uow.now)
    spec = DutySpec.of_law(rule, since, law.catalogue.edition, moment)
    (deadline,) = owe(uow, Case(CASE_KIND, case_id, person.id), [spec], law.calendar)
    return order_erasure(
        uow,
        OrderErasure(
            subject_id=person.id,
            cause_kind=CASE_KIND,
            cause_id=case_id,
            ground=command.ground,
            run_after=uow.now,
            due_on=deadline.due_on,
            demanded=command.ground in OVER_CONSENTS,
            reference=command.reference,
            ordered_by=who,
        ),
    )
