"""What a credential of each kind of target must be; an error never repeats it."""

import base64
import binascii

from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.states import Kind
from consent_service.kernel.errors import InvalidInputError
from consent_service.subjects.identity import IdentifierKind, normalise

IS = {
    Kind.SQL: "the address of the database",
    Kind.WEBHOOK: "the secret that signs (whsec_...), or two while one is rotated",
    Kind.MAIL_TASK: "the e-mail address of the person who erases there",
}
_PREFIX = "whsec_"
_MOST_SECRETS, _LEAST_BYTES = 2, 24


def checked_credential(name: str, kind: Kind, given: str) -> str:
    """Return a credential in the form in which it is kept.

    Raises:
        DescriptionError: It cannot be one; says what is wanted.
    """
    match kind:
        case Kind.SQL:
            return given  # what is wrong with an address is found by using it
        case Kind.WEBHOOK:
            secrets = secrets_in(given)
            if not 1 <= len(secrets) <= _MOST_SECRETS or not all(map(_is_secret, secrets)):
                raise DescriptionError(f"{name}: Give {IS[kind]}: whsec_ and at least 24 random bytes in base64.")
            return " ".join(secrets)
        case Kind.MAIL_TASK:
            try:
                return normalise(IdentifierKind.EMAIL, given)
            except InvalidInputError:
                raise DescriptionError(f"{name}: Give {IS[kind]}, such as name@example.kz.") from None


def secrets_in(credential: str) -> list[str]:
    """Return the secrets of a webhook, the newest first."""
    return credential.split()


def _is_secret(text: str) -> bool:
    if not text.startswith(_PREFIX):
        return False
    try:
        return len(base64.b64decode(text.removeprefix(_PREFIX), validate=True)) >= _LEAST_BYTES
    except binascii.Error:
        return False
