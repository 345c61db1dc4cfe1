"""A letter as a message: its words in every language, and each as a PDF beside them."""

from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import letter_view
from consent_service.letters.service import letter_pages
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.printing.document import as_text
from consent_service.printing.pdf import to_pdf


def letter_mail(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the message by which a letter goes out.

    Raises:
        NotFoundError: The letter, or its addressee, is gone.
    """
    view = letter_view(uow, owed.case_id)
    _, pages = letter_pages(uow, owed.case_id)
    return Mail(
        subject=next(iter(pages.values())).title,
        body="\n\n———\n\n".join(as_text(page) for page in pages.values()),
        files=tuple(
            (f"{view.year}-{view.number}-{language}.pdf", to_pdf(page, view.created_at))
            for language, page in pages.items()
        ),
    )
