"""What a person does on their own page, each by the service that has the rule; callers hold the lock of the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from consent_service.consents.current import current_answers
from consent_service.consents.rules import Answer, Declarations
from consent_service.consents.service import GiveConsent, give_consent
from consent_service.consents.states import Act, Channel, ConsentState
from consent_service.deadlines.service import Law
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import Version, version_named
from consent_service.policies.terms import TakeBackBy
from consent_service.preferences.links import OpenLink
from consent_service.preferences.states import OpenedBy
from consent_service.standings.service import Object, Objected, object_to
from consent_service.subjects.service import SubjectData, reveal_ref
from consent_service.withdrawals.decisions import cancel_withdrawal
from consent_service.withdrawals.queries import withdrawal_view
from consent_service.withdrawals.service import WithdrawConsent, withdraw_consent
from consent_service.withdrawals.states import Part, WithdrawalChannel, WithdrawalState

# Through the operator's own account, or through a form that proved a mailbox.
CHANNELS = {OpenedBy.SITE: WithdrawalChannel.PLATFORM, OpenedBy.EMAIL: WithdrawalChannel.FORM}
_GIVEN = frozenset({ConsentState.ACTIVE, ConsentState.PENDING_APPROVAL})


@dataclass(frozen=True, slots=True)
class Given:
    """Answers to a version that was just shown; ``language`` is the one of the text."""

    document: str
    version: str
    language: str
    answers: Sequence[Answer]
    declarations: Declarations


def give(uow: UnitOfWork, link: OpenLink, given: Given, calendar: Calendar) -> None:
    """Record answers; those that stand already, word for word, are not recorded twice.

    Raises:
        InvalidInputError: The version is no longer in force, or the person may not accept it.
    """
    version = version_named(uow, given.document, given.version, uow.now)
    if _stand_already(uow, link.subject_id, version, given.answers):
        return
    command = GiveConsent(
        document=given.document,
        version=given.version,
        subject=SubjectData(reveal_ref(uow, link.subject_id)),
        language=given.language,
        answers=given.answers,
        channel=Channel.WEB,
        act=Act.PRESSED,
        declarations=given.declarations,
        evidence={"page": "preferences", "opened_by": str(link.opened_by)},
    )
    give_consent(uow, command, calendar)


def withdraw(
    uow: UnitOfWork,
    link: OpenLink,
    document: str,
    purposes: Sequence[str] | None,
    law: Law,
    parts: Sequence[Part] = (),
) -> UUID:
    """Withdraw some purposes of a document, or all that stands; with ``parts``, those alone.

    Raises:
        ConflictError: Nothing stands that could be withdrawn.
        InvalidInputError: One of the purposes does not stand.
    """
    ref = reveal_ref(uow, link.subject_id)
    return withdraw_consent(uow, WithdrawConsent(ref, document, CHANNELS[link.opened_by], purposes, parts), law)


def take_back(uow: UnitOfWork, link: OpenLink, withdrawal_id: UUID) -> None:
    """Take a withdrawal of one's own back, where the document gives that right; once is enough.

    Raises:
        NotFoundError: There is no such withdrawal of this person.
        ConflictError: The document gives no such right, or it is too late.
    """
    view = withdrawal_view(uow, withdrawal_id)
    if view.subject_id != link.subject_id:
        raise NotFoundError("There is no such withdrawal.")
    if view.state is not WithdrawalState.CANCELLED:
        cancel_withdrawal(uow, withdrawal_id, by=TakeBackBy.APPLICATION)


def object_against(
    uow: UnitOfWork, link: OpenLink, document: str, version: str, text: str | None, law: Law
) -> Objected:
    """Object to a version of a document.

    Raises:
        NotFoundError: The version does not concern the person.
        ConflictError: It was accepted, objected to before, or binds already.
    """
    ref = reveal_ref(uow, link.subject_id)
    return object_to(uow, Object(ref, document, version, CHANNELS[link.opened_by], text=text), law)


def _stand_already(uow: UnitOfWork, subject_id: UUID, version: Version, answers: Sequence[Answer]) -> bool:
    said = {
        version.codes.get(one.purpose_id): one.stands
        for one in current_answers(uow, subject_id)
        if one.version_id == version.id
        and not one.withdrawn_parts
        and ((one.stands and one.state in _GIVEN) or one.state is ConsentState.DECLINED)
    }
    return all(said.get(answer.purpose) is answer.granted for answer in answers)
