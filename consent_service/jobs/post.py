"""Delivering one message that is owed."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from consent_service.kernel.errors import ConflictError, ConsentServiceError, NotFoundError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.letters.mail import letter_mail
from consent_service.letters.service import LETTER, record_dispatch, record_return
from consent_service.operators.staff import staff_address
from consent_service.outbox.mail import BouncedError, Mail, Mailer
from consent_service.outbox.service import Owed, claim_due, retry_later, settle
from consent_service.outbox.states import MessageState
from consent_service.recipients.notices import RECIPIENT_NOTICE, record_sent, record_unsent
from consent_service.recipients.states import NoticeState
from consent_service.recipients.words import notice_mail
from consent_service.retention.words import RENEWAL_OFFER, renewal_offer
from consent_service.services import Services
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import reveal_identifier

log = logging.getLogger(__name__)
# Who writes the words of a message, by its template.
WRITERS: Mapping[str, Callable[[UnitOfWork, Owed], Mail]] = {
    RENEWAL_OFFER: renewal_offer,
    LETTER: letter_mail,
    RECIPIENT_NOTICE: notice_mail,
}


def deliver(app: Services, actor: Actor, operator_id: int) -> bool | None:
    """Send one message; None when none is owed, False when it must be tried again.

    Without a mail server or an address somebody has to tell the person another way: the dashboard says so.
    """
    with app.write(actor, operator_id) as uow:
        owed = claim_due(uow)
    if owed is None:
        return None
    try:
        with app.read(actor, operator_id) as uow:
            address = _address(uow, owed)
            mail = WRITERS[owed.template](uow, owed)
    except NotFoundError:
        return _settle(app, actor, operator_id, owed, MessageState.DROPPED)
    if address is None or not app.settings.smtp_url:
        return _settle(app, actor, operator_id, owed, MessageState.BY_HAND)
    try:
        proof = Mailer(app.settings.smtp_url, app.settings.mail_from).send(address, mail, owed.language, str(owed.id))
    except BouncedError as error:
        return _settle(app, actor, operator_id, owed, MessageState.BOUNCED, {"answer": error.detail})
    except (OSError, ConsentServiceError) as error:
        log.warning("mail not sent", extra={"case_id": str(owed.id), "code": type(error).__name__})
        with app.write(actor, operator_id) as uow:
            retry_later(uow, owed.id, owed.attempts, error)
        return False
    return _settle(app, actor, operator_id, owed, MessageState.SENT, proof)


def _address(uow: UnitOfWork, owed: Owed) -> str | None:
    if owed.address is not None:
        return owed.address
    if owed.staff_id is not None:
        return staff_address(uow, owed.staff_id)
    return None if owed.subject_id is None else reveal_identifier(uow, owed.subject_id, IdentifierKind.EMAIL)


def _settle(
    app: Services,
    actor: Actor,
    operator_id: int,
    owed: Owed,
    state: MessageState,
    proof: Mapping[str, str] | None = None,
) -> bool:
    with app.write(actor, operator_id) as uow:
        if settle(uow, owed.id, state, proof):
            with suppress(ConflictError):  # somebody has sent it another way meanwhile
                _follow(uow, owed, state, proof or {})
    return True


def _follow(uow: UnitOfWork, owed: Owed, state: MessageState, proof: Mapping[str, str]) -> None:
    """Move what a message was for as the message has moved."""
    match owed.template, state:
        case (template, MessageState.SENT) if template == LETTER:
            record_dispatch(uow, owed.case_id, proof)
        case (template, MessageState.BOUNCED) if template == LETTER:
            record_return(uow, owed.case_id)
        case (template, MessageState.SENT) if template == RECIPIENT_NOTICE:
            record_sent(uow, owed.case_id, proof)
        case (template, MessageState.BOUNCED) if template == RECIPIENT_NOTICE:
            record_unsent(uow, owed.case_id, NoticeState.RETURNED)
        case (template, MessageState.BY_HAND) if template == RECIPIENT_NOTICE:
            record_unsent(uow, owed.case_id, NoticeState.BY_HAND)
        case _:
            pass
