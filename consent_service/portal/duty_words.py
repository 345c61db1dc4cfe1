"""What an operator owes somebody, said to them."""

from flask_babel import gettext

from consent_service.duties.words import name_of
from consent_service.pages.languages import language
from consent_service.services import services


def what_is_owed(code: str) -> str:
    """Return what a duty is called in the language of the page; of one that a document names itself, that it does."""
    named = name_of(code, services().law.catalogue)
    return named[language()] if named else str(gettext("What the document promises"))
