"""A letter as a message: its words in every language, and each as a PDF beside them."""

import json

from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import letter_view
from consent_service.letters.service import letter_content
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
    content = letter_content(uow, owed.case_id)
    pages = content.pages
    printed = [
        (f"{view.year}-{view.number}-{language}.pdf", to_pdf(page, view.created_at)) for language, page in pages.items()
    ]
    files = [(name, json.dumps(data, ensure_ascii=False, indent=2).encode()) for name, data in content.files.items()]
    return Mail(
        subject=next(iter(pages.values())).title,
        body="\n\n———\n\n".join(as_text(page) for page in pages.values()),
        files=(*printed, *files),
    )
