"""Delivering one message that is owed."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from consent_service.accounts.invitations import invitation_mail
from consent_service.accounts.words import INVITATION
from consent_service.connectors.words import CONNECTOR_TASK, task_mail
from consent_service.deadlines.service import Law
from consent_service.erasure.telling import ERASURE_DONE, told_mail
from consent_service.incidents.telling import alarm_mail
from consent_service.incidents.words import INCIDENT_ALARM
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.letters.mail import letter_mail
from consent_service.letters.service import LETTER, record_dispatch, record_return
from consent_service.operators.staff import staff_address
from consent_service.outbox.mail import BouncedError, Mail, Mailer
from consent_service.outbox.service import Owed, claim_due, retry_later, settle
from consent_service.outbox.sms import SmsGateway
from consent_service.outbox.states import MessageState
from consent_service.preferences.mail import link_mail
from consent_service.preferences.words import PREFERENCE_LINK
from consent_service.recipients.notices import RECIPIENT_NOTICE, record_sent, record_unsent
from consent_service.recipients.states import NoticeState
from consent_service.recipients.words import notice_mail
from consent_service.reminders.mail import digest_mail, reminder_mail
from consent_service.reminders.words import DIGEST, REMINDER
from consent_service.retention.words import RENEWAL_OFFER, renewal_offer
from consent_service.services import Services
from consent_service.standings.notice import change_notice
from consent_service.standings.service import follow_notice
from consent_service.standings.words import CHANGE_NOTICE
from consent_service.subject_requests.identity import IDENTITY_CODE, code_mail
from consent_service.subject_requests.receipt_mail import FORM_RECEIPT, receipt_mail
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import reveal_identifier
from consent_service.webhooks.mail import stopped_mail
from consent_service.webhooks.words import WEBHOOK_STOPPED

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 30  # about five days; then somebody has to tell the person
_BY_ANOTHER_WAY = (MessageState.BY_HAND, MessageState.BOUNCED)
# Whoever was erased is known to nobody any more, and a link proves a mailbox: they are told by no other way.
_BY_MAIL_ALONE = frozenset({ERASURE_DONE, INVITATION, PREFERENCE_LINK})
# Who writes the words of a message, by its template.
WRITERS: Mapping[str, Callable[[UnitOfWork, Owed, Services], Mail]] = {
    RENEWAL_OFFER: lambda uow, owed, _: renewal_offer(uow, owed),
    LETTER: lambda uow, owed, _: letter_mail(uow, owed),
    IDENTITY_CODE: lambda uow, owed, _: code_mail(uow, owed),
    PREFERENCE_LINK: lambda uow, owed, app: link_mail(uow, owed, app.settings.base_url),
    FORM_RECEIPT: lambda uow, owed, app: receipt_mail(uow, owed, app.settings.base_url),
    RECIPIENT_NOTICE: lambda uow, owed, _: notice_mail(uow, owed),
    CHANGE_NOTICE: lambda uow, owed, app: change_notice(uow, owed, app.law),
    REMINDER: lambda uow, owed, app: reminder_mail(uow, owed, app.law.catalogue, app.settings.base_url),
    DIGEST: lambda uow, owed, app: digest_mail(uow, owed, app.law.catalogue, app.settings.base_url),
    ERASURE_DONE: lambda uow, owed, _: told_mail(uow, owed),
    INCIDENT_ALARM: lambda uow, owed, _: alarm_mail(uow, owed),
    CONNECTOR_TASK: lambda uow, owed, app: task_mail(uow, owed, app.settings.base_url),
    INVITATION: lambda uow, owed, app: invitation_mail(uow, owed, app.settings.base_url),
    WEBHOOK_STOPPED: lambda uow, owed, app: stopped_mail(uow, owed, app.settings.base_url),
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
        begin = app.write if owed.template == PREFERENCE_LINK else app.read  # a link is made as its mail is written
        with begin(actor, operator_id) as uow:
            address = _address(uow, owed)
            mail = WRITERS[owed.template](uow, owed, app)
    except NotFoundError:
        return _settle(app, actor, operator_id, owed, MessageState.DROPPED)
    if address is None or not _is_reachable(app, owed):
        return _settle(app, actor, operator_id, owed, MessageState.BY_HAND)
    return _try(app, actor, operator_id, owed, address, mail)


def _try(app: Services, actor: Actor, operator_id: int, owed: Owed, address: str, mail: Mail) -> bool:
    try:
        proof = _send(app, owed, address, mail)
    except BouncedError as error:
        return _settle(app, actor, operator_id, owed, MessageState.BOUNCED, {"answer": error.detail})
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one message, the others go out
        log.warning("message not sent", extra={"case_id": str(owed.id), "code": type(error).__name__})
        if owed.attempts >= MOST_ATTEMPTS:
            return _settle(app, actor, operator_id, owed, MessageState.BY_HAND)
        with app.write(actor, operator_id) as uow:
            retry_later(uow, owed.id, owed.attempts, error)
        return False
    return _settle(app, actor, operator_id, owed, MessageState.SENT, proof)


def _is_reachable(app: Services, owed: Owed) -> bool:
    return bool(app.settings.sms_gateway_url if _is_sms(owed) else app.settings.smtp_url)


def _send(app: Services, owed: Owed, address: str, mail: Mail) -> dict[str, str]:
    settings = app.settings
    if _is_sms(owed):
        return SmsGateway(settings.sms_gateway_url, settings.sms_gateway_token).send(address, mail.body, str(owed.id))
    return Mailer(settings.smtp_url, settings.mail_from).send(address, mail, owed.language, str(owed.id))


def _is_sms(owed: Owed) -> bool:
    return owed.facts.get("by") == "sms"


def _address(uow: UnitOfWork, owed: Owed) -> str | None:
    if owed.address is not None:
        return owed.address
    if owed.staff_id is not None:
        return staff_address(uow, owed.staff_id)
    if owed.subject_id is None:
        return None
    return reveal_identifier(uow, owed.subject_id, IdentifierKind.PHONE if _is_sms(owed) else IdentifierKind.EMAIL)


def _settle(
    app: Services,
    actor: Actor,
    operator_id: int,
    owed: Owed,
    state: MessageState,
    proof: Mapping[str, str] | None = None,
) -> bool:
    if owed.template in _BY_MAIL_ALONE and state in _BY_ANOTHER_WAY:
        state = MessageState.DROPPED
    with app.write(actor, operator_id) as uow:
        if settle(uow, owed.id, state, proof):
            with suppress(ConflictError):  # somebody has sent it another way meanwhile
                _follow(uow, owed, state, proof or {}, app.law)
    return True


def _follow(uow: UnitOfWork, owed: Owed, state: MessageState, proof: Mapping[str, str], law: Law) -> None:
    """Move what a message was for as the message has moved."""
    match owed.template, state:
        case (template, _) if template == CHANGE_NOTICE:
            follow_notice(uow, owed, state, proof, law)
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
        case (_, MessageState.BOUNCED):
            facts = {"message": str(owed.id), "template": owed.template, "case": str(owed.case_id)}
            append(uow, EventType.MESSAGE_RETURNED, owed.id, facts)
        case _:
            pass
