"""Writes the mail that says that a webhook was stopped."""

from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_named
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.webhooks.queries import webhook_view
from consent_service.webhooks.states import Because
from consent_service.webhooks.words import BODY, FOOT, SUBJECT


def stopped_mail(uow: UnitOfWork, owed: Owed, base_url: str) -> Mail:
    """Tell an owner which address was stopped and why; of the address only the host is named."""
    operator = operator_named(uow)
    facts = {
        "operator": operator.name[owed.language],
        "host": webhook_view(uow, owed.case_id).host,
        "address": f"{base_url}/dashboard/{operator.slug}/webhooks/{owed.case_id}",
    }
    body = BODY[Because(owed.facts["because"])][owed.language] + "\n\n" + FOOT[owed.language]
    return Mail(SUBJECT[owed.language].format(**facts), body.format(**facts))
