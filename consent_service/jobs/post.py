"""Delivering one message that is owed to a person."""

import logging
from datetime import date
from uuid import UUID

from consent_service.consents.queries import consent_view
from consent_service.kernel.errors import ConsentServiceError, NotFoundError
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mailer
from consent_service.outbox.service import claim_due, retry_later, settle
from consent_service.outbox.states import MessageState
from consent_service.services import Services
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import reveal_identifier

log = logging.getLogger(__name__)


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
            address = reveal_identifier(uow, owed.subject_id, IdentifierKind.EMAIL)
            consent = consent_view(uow, owed.case_id)
            operator = operator_view(uow)
    except NotFoundError:
        return _settle(app, actor, operator_id, owed.id, MessageState.DROPPED)
    if address is None or not app.settings.smtp_url:
        return _settle(app, actor, operator_id, owed.id, MessageState.BY_HAND)
    facts = {
        "operator": operator.name[owed.language],
        "document": consent.document,
        "ends_on": date.fromisoformat(owed.facts["ends_on"]).strftime("%d.%m.%Y"),
    }
    try:
        Mailer(app.settings.smtp_url, app.settings.mail_from).send(
            address, owed.template, owed.language, str(owed.id), facts
        )
    except (OSError, ConsentServiceError) as error:
        log.warning("mail not sent", extra={"case_id": str(owed.id), "code": type(error).__name__})
        with app.write(actor, operator_id) as uow:
            retry_later(uow, owed.id, owed.attempts, error)
        return False
    return _settle(app, actor, operator_id, owed.id, MessageState.SENT)


def _settle(app: Services, actor: Actor, operator_id: int, message_id: UUID, state: MessageState) -> bool:
    with app.write(actor, operator_id) as uow:
        settle(uow, message_id, state)
    return True
