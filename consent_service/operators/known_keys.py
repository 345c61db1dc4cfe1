"""Secret keys that this process has looked up within the last second, for checks that are asked all the time.

A key that is revoked here is forgotten at once; on other nodes, within that second.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from consent_service.kernel.afterwards import after_commit
from consent_service.operators.access import Scope

REMEMBERED = timedelta(seconds=1)
_MOST = 4096


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A secret key that is in force."""

    id: UUID
    operator_id: int
    scopes: frozenset[Scope]


# By database and by the keyed hash of the key, never the key itself; with the instant at which it was read.
_seen: WeakKeyDictionary[Engine | Connection, dict[bytes, tuple[KnownCredential, datetime]]] = WeakKeyDictionary()


def remember(session: Session, lookup: bytes, credential: KnownCredential, now: datetime) -> None:
    """Note what a secret key was found to stand for."""
    seen = _seen.setdefault(session.get_bind(), {})
    if len(seen) >= _MOST:
        seen.clear()
    seen[lookup] = (credential, now)


def recall(bind: Engine | Connection, lookup: bytes, now: datetime) -> KnownCredential | None:
    """Return what a secret key stood for less than a second ago; None where it must be looked up."""
    credential, read_at = _seen.get(bind, {}).get(lookup, (None, now))
    return credential if credential is not None and timedelta() <= now - read_at < REMEMBERED else None


def forget_credentials(session: Session) -> None:
    """Look every secret key up anew once the transaction is committed that revokes one."""
    after_commit(session, partial(_seen.pop, session.get_bind(), None))
