"""The mail by which somebody who asked through a form keeps its number, its dates and the way to follow it."""

from uuid import UUID

from consent_service.duties.queries import duties_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Message, Owed, enqueue
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.words import RECEIPT_BODY, RECEIPT_DUE, RECEIPT_SUBJECT, TYPES

FORM_RECEIPT = "form_receipt"


def send_receipt(uow: UnitOfWork, request_id: UUID, address: str, token: str) -> None:
    """Owe the mail to an address that has just answered a code; the way to follow the request travels sealed."""
    language = request_view(uow, request_id).language
    enqueue(uow, Message(FORM_RECEIPT, request_id, language, {}, address=address, secret=token))


def receipt_mail(uow: UnitOfWork, owed: Owed, base_url: str) -> Mail:
    """Write the mail.

    Raises:
        NotFoundError: The request has been forgotten.
    """
    view, language = request_view(uow, owed.case_id), owed.language
    name, what = operator_view(uow).name[language], TYPES[view.type][language]
    dates = "".join(
        RECEIPT_DUE[language].format(on=duty.due_on.strftime("%d.%m.%Y"), source=duty.source[language])
        for duty in duties_of(uow, view.id)
    )
    body = RECEIPT_BODY[language].format(
        operator=name,
        what=what,
        number=view.id,
        on=view.received_on.strftime("%d.%m.%Y"),
        dates=dates,
        link=f"{base_url}/r/track/{owed.secret}",
    )
    return Mail(RECEIPT_SUBJECT[language].format(operator=name, what=what), body)
