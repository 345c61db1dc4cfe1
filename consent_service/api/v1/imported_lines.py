"""What a line of an imported file says, in the shape of ``POST /consents``.

Lines of a file differ in whom they are about and when; what they have in common is checked once.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from consent_service.api.endpoint import load
from consent_service.api.fields import InstantOrDay
from consent_service.api.v1.consents import command_of
from consent_service.api.v1.consents_schema import ConsentIn
from consent_service.consents.considering import GiveConsent
from consent_service.kernel.errors import InvalidInputError

_MOST = 1000  # kinds of lines that are remembered
_OWN = ("subject", "given_at", "representative", "evidence")


class ImportedIn(ConsentIn):
    """A former answer: it must say when it was given; a date stands for its first instant in Almaty."""

    given_at = InstantOrDay(required=True)


_WHOLE, _PERSONAL, _COMMON = ImportedIn(), ImportedIn(only=_OWN), ImportedIn(exclude=_OWN)
Fields = dict[str, Any]  # Any: values that a schema has checked


def reader() -> Callable[[Mapping[str, Any]], GiveConsent]:  # Any: JSON values
    """Return what tells what a line means, or raises InvalidInputError with a message for each field."""

    @lru_cache(_MOST)
    def common(raw: bytes) -> Fields | None:
        try:
            checked: Fields = load(_COMMON, orjson.loads(raw))
        except InvalidInputError:
            return None  # the line as a whole says all that is wrong with it
        return checked

    def understand(content: Mapping[str, Any]) -> GiveConsent:  # Any: as above
        own = {name: content[name] for name in _OWN if name in content}
        rest = common(orjson.dumps({name: value for name, value in content.items() if name not in _OWN}))
        return command_of(load(_WHOLE, content) if rest is None else load(_PERSONAL, own) | rest)

    return understand
