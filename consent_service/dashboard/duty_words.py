"""What duties, and the cases they belong to, are called on the screen."""

from flask_babel import gettext

from consent_service.dashboard.languages import language
from consent_service.services import services


def duty_name(code: str) -> str:
    """Return what a duty is called in the language of the page."""
    own = {
        "policy_withdrawal_effect": gettext("Stop processing: the consent counts as withdrawn"),
        "policy_erase_after_withdrawal": gettext("Destroy the data after the withdrawal"),
        "policy_agreement_ends": gettext("The agreement ends"),
        "policy_erase_after_end": gettext("Destroy the data after the end of the agreement"),
    }
    named = services().law.catalogue.name_of(code)
    return named[language()] if named else own.get(code, code)


def case_name(kind: str) -> str:
    """Return what a kind of case is called in the language of the page."""
    names: dict[str, str] = {
        "withdrawal": gettext("Withdrawal"),
        "expiry": gettext("End of a consent"),
        "request": gettext("Request"),
        "transfer": gettext("Transfer"),
        "incident": gettext("Incident"),
    }
    return names.get(kind, kind)
