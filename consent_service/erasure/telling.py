"""The word to a person that their data are gone: owed before the address goes, sent with the act after it."""

from collections.abc import Sequence
from uuid import UUID

from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.act_paper import act_page, act_pdf_name
from consent_service.erasure.act_words import MAIL_BODY, MAIL_SUBJECT, article
from consent_service.erasure.certificates import act_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Message, Owed, enqueue_all
from consent_service.printing.pdf import to_pdf

ERASURE_DONE = "erasure_done"  # the template of the message
PRINTED = ("kk", "ru")


def tell_people(uow: UnitOfWork, told: Sequence[tuple[UUID, str, str | None]]) -> None:
    """Owe people the word, as (order, address, language); an address is sealed with its message and goes with it.

    ``language``: that of the last answer; Kazakh where there was none.
    """
    enqueue_all(
        uow,
        [
            Message(ERASURE_DONE, order_id, language or PRINTED[0], {}, address=address)
            for order_id, address, language in told
        ],
    )


def told_mail(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the message, with the act in both languages of the state.

    Raises:
        NotFoundError: There is no act.
    """
    view = act_of(uow, owed.case_id)
    act = view.act
    facts = {
        "operator": act["operator"]["name"][owed.language],
        "on": almaty_day(view.issued_at).strftime("%d.%m.%Y"),
        "article": article(act["ground"]["article"], owed.language),
        "words": act["ground"]["words"][owed.language],
        "number": view.name,
    }
    pages = {one: act_page(uow, view, one, whole=False) for one in PRINTED}
    files = tuple((act_pdf_name(view, one), to_pdf(page, view.issued_at)) for one, page in pages.items())
    return Mail(MAIL_SUBJECT[owed.language], MAIL_BODY[owed.language].format(**facts), files)
