"""Codes that are sent before anything is: to the address in a form, whoever it belongs to, known or not."""

import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.service import Message, enqueue
from consent_service.subject_requests.identity import GOOD_FOR, IDENTITY_CODE, TRIES


@dataclass(frozen=True, slots=True, repr=False)
class SentCode:
    """A code that was sent: to which address, how often it was guessed at, whether it was answered.

    It travels in the sealed draft of the form; the code itself is there as a keyed digest alone.
    """

    address: str
    digest: str
    sent_at: str
    tries: int = 0
    is_proven: bool = False

    @classmethod
    def from_data(cls, data: dict[str, Any] | None) -> Self | None:  # Any: JSON values
        """Read it from a draft."""
        return cls(**data) if data else None

    def as_data(self) -> dict[str, Any]:  # Any: JSON values
        """Write it for a draft."""
        return asdict(self)


def send_code(uow: UnitOfWork, address: str, language: str, form: str) -> SentCode:
    """Owe an address the code of a form."""
    code = f"{secrets.randbelow(10**6):06}"
    enqueue(uow, Message(IDENTITY_CODE, new_id(uow.now), language, {"by": "email"}, address=address, secret=code))
    return SentCode(address, _digest(uow, form, code), uow.now.isoformat())


def try_code(uow: UnitOfWork, sent: SentCode, form: str, given: str) -> SentCode:
    """Compare a code: good for ten minutes and five tries; every try counts, and the caller keeps the count."""
    in_time = uow.now < datetime.fromisoformat(sent.sent_at) + GOOD_FOR
    same = hmac.compare_digest(_digest(uow, form, given.strip()), sent.digest)
    return replace(sent, tries=sent.tries + 1, is_proven=in_time and sent.tries < TRIES and same)


def _digest(uow: UnitOfWork, form: str, code: str) -> str:
    return blind_index(uow.keys.derived("form-code|v1"), f"{form}|{code}").hex()
