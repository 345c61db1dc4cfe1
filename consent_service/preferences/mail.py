"""Asking for one's own page by e-mail: whoever asks is answered alike, and the link is made when the mail goes out."""

from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Message, Owed, enqueue
from consent_service.preferences.links import make_link
from consent_service.preferences.states import OpenedBy
from consent_service.preferences.words import BODY, NOBODY, PREFERENCE_LINK, SUBJECT
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import lock_by_ref, search


def ask_for_link(uow: UnitOfWork, address: str, language: str) -> None:
    """Owe an address a mail, known or not: nothing here looks anybody up, so nothing here can tell."""
    enqueue(uow, Message(PREFERENCE_LINK, new_id(uow.now), language, {}, address=address))


def link_mail(uow: UnitOfWork, owed: Owed, base_url: str) -> Mail:
    """Write the mail: with a link for the one person of the address, else with the way that is open to all.

    The link is made here, so the caller's unit of work has to be one that is kept.
    """
    operator, language = operator_view(uow), owed.language
    refs = search(uow, {IdentifierKind.EMAIL: owed.address or ""})
    name = operator.name[language]
    subject = SUBJECT[language].format(operator=name)
    if len(refs) != 1:
        return Mail(subject, NOBODY[language].format(operator=name, form=f"{base_url}/r/{operator.slug}"))
    link = make_link(uow, lock_by_ref(uow, refs[0]), OpenedBy.EMAIL)
    return Mail(subject, BODY[language].format(link=f"{base_url}/my/{link.token}"))
