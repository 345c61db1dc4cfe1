"""What is said of documents, versions and kinds of text to whoever reads them."""

from collections.abc import Mapping

from flask_babel import gettext

from consent_service.policies.states import TextKind, VersionState


def kind_words() -> Mapping[TextKind, tuple[str, str]]:
    """Return what kind of text it is in a word, and in a sentence."""
    return {
        TextKind.PUBLISHED: (
            gettext("the operator's own text"),
            gettext("These are the words that the operator has published."),
        ),
        TextKind.RESTATEMENT: (
            gettext("restatement"),
            gettext(
                "This is a restatement in other words, clause by clause. It is not the operator's own text: that is "
                "what the operator has published on its site."
            ),
        ),
    }


def state_words() -> Mapping[VersionState, str]:
    """Return where a version or a document stands."""
    return {
        VersionState.ANNOUNCED: gettext("announced, no text"),
        VersionState.SCHEDULED: gettext("not in force yet"),
        VersionState.IN_FORCE: gettext("in force"),
        VersionState.SUPERSEDED: gettext("replaced by a later version"),
    }
