"""The error taxonomy.  No HTTP in here; ``api.problems`` maps codes to statuses.

A detail says what is wrong and what to do.  It never holds personal data.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Self

FieldErrors = Mapping[str, Sequence[str]]


_PLAIN = re.compile(r"[a-z][a-z0-9_.#/-]{0,63}", re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9]{5}")


def shown(name: str) -> str:
    """Return a name as an error may repeat it: only what cannot be somebody's data by mistake.

    >>> shown("choices"), shown("aizhan@example.kz"), shown("x250723163017")
    ('choices', '(a name that is not repeated here)', '(a name that is not repeated here)')
    """
    if _PLAIN.fullmatch(name) and not _MANY_DIGITS.search(name):
        return name
    return "(a name that is not repeated here)"


class ConsentServiceError(Exception):
    """Base of every error that a caller is meant to read."""

    code = "error"
    # What was written before the error stays: an attempt that has to count, such as a wrong code.
    keeps_what_was_written = False

    def __init__(self, detail: str, *, fields: FieldErrors | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields: FieldErrors = fields or {}


class InvalidInputError(ConsentServiceError):
    """What was sent cannot be taken; ``fields`` names each place."""

    code = "invalid-input"

    @classmethod
    def of(cls, field: str, message: str) -> Self:
        """Build the error of one field."""
        return cls(f"{field}: {message}", fields={field: [message]})


class WrongCodeError(InvalidInputError):
    """A code is wrong; the try counts."""

    code = "wrong-code"
    keeps_what_was_written = True


class NotFoundError(ConsentServiceError):
    """There is no such object, or it belongs to another operator: the two look alike."""

    code = "not-found"


class ConflictError(ConsentServiceError):
    """The request is well formed but the state of things does not allow it."""

    code = "conflict"


class TransitionError(ConflictError):
    """The state machine has no arrow for the requested step."""

    code = "illegal-transition"


class NotAllowedError(ConsentServiceError):
    """The actor may not do this."""

    code = "forbidden"


class CredentialError(ConsentServiceError):
    """No credential, or one that is not known."""

    code = "unauthorized"


class TooManyRequestsError(ConsentServiceError):
    """The same place asks too often; it may ask again a little later."""

    code = "too-many-requests"


class SettingsError(ConsentServiceError):
    """Settings that the process refuses to start with; the detail names all of them."""

    code = "bad-settings"


class PolicyDataError(ConsentServiceError):
    """A file of a policies tree is wrong; the detail names file, line and what to write."""

    code = "policy-data"


class ImportRefusedError(ConsentServiceError):
    """A published text cannot be imported; the detail says why and what to do."""

    code = "import-refused"


class KeyUnavailableError(ConsentServiceError):
    """A key that is needed is missing, wrong or destroyed."""

    code = "key-unavailable"


class TryAgainError(ConsentServiceError):
    """The work was undone because its moment had passed; the same request can be sent again."""

    code = "try-again"


class ClockError(ConsentServiceError):
    """The clock of this machine and that of the database differ."""

    code = "clock-wrong"


class LedgerError(ConsentServiceError):
    """The ledger does not say what it said before, or a proof of it is not what it claims to be."""

    code = "ledger"
