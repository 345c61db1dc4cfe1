"""What duties, and the cases they belong to, are called on the screen."""

from flask_babel import gettext

from consent_service.duties.words import name_of
from consent_service.pages.languages import language
from consent_service.services import services


def duty_name(code: str) -> str:
    """Return what a duty is called in the language of the page."""
    named = name_of(code, services().law.catalogue)
    return named[language()] if named else code


def case_name(kind: str) -> str:
    """Return what a kind of case is called in the language of the page."""
    names: dict[str, str] = {
        "withdrawal": gettext("Withdrawal"),
        "expiry": gettext("End of a consent"),
        "request": gettext("Request"),
        "transfer": gettext("Transfer"),
        "incident": gettext("Incident"),
        "demand": gettext("Order by hand"),
        "retention": gettext("End of a storage term"),
        "operator_end": gettext("End of the operator"),
        "replay": gettext("Erased again after a restore"),
    }
    return names.get(kind, kind)
