"""Before personal data are shown in clear somebody says why; that, and who looked, is recorded."""

from flask import request
from flask_babel import gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.kernel.errors import InvalidInputError
from consent_service.subjects.reasons import RevealReason


def reveal_reason() -> RevealReason:
    """Return the reason that was chosen.

    Raises:
        InvalidInputError: None was.
    """
    given = request.form.get("because", "")
    if given not in reveal_reasons():
        raise InvalidInputError.of("because", "Say why the data are needed in clear.")
    return RevealReason(given)


@dashboard.app_context_processor
def reasons_for_forms() -> dict[str, object]:
    """Give the pages the reasons to choose from."""
    return {"reveal_reasons": reveal_reasons}


def reveal_reasons() -> dict[str, str]:
    """Return what a person may choose, in the words of the page."""
    return {
        RevealReason.ANSWER: gettext("to answer the person"),
        RevealReason.REACH: gettext("to tell the person something"),
        RevealReason.IDENTITY: gettext("to make sure who asks"),
        RevealReason.CHECK: gettext("to check what was recorded"),
        RevealReason.CLAIM: gettext("because of a claim or a complaint"),
        RevealReason.AUTHORITY: gettext("the authorised body or a court asks"),
    }
