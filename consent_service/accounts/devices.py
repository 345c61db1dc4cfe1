"""Browsers in which an account has signed in before: whoever tries passwords elsewhere does not slow them down."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from consent_service.accounts.tables import KnownDevice
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork

KEPT = timedelta(days=180)
_DEVICES = table_of(KnownDevice)


def is_known(uow: UnitOfWork, staff_id: UUID, token: str) -> bool:
    """Say whether the account has signed in with the cookie of this browser before."""
    if not token:
        return False
    mine = select(_DEVICES.c.token_hash).where(
        _DEVICES.c.token_hash == device_hash(uow, token),
        _DEVICES.c.staff_id == staff_id,
        _DEVICES.c.seen_at > uow.now - KEPT,
    )
    return uow.session.scalar(mine) is not None


def remember(uow: UnitOfWork, staff_id: UUID, token: str) -> str:
    """Note that the account has signed in with a browser, and return what its cookie is to say."""
    seen = update(_DEVICES).where(_DEVICES.c.token_hash == device_hash(uow, token), _DEVICES.c.staff_id == staff_id)
    if token and changed_rows(uow.session.execute(seen.values(seen_at=uow.now))):
        return token
    fresh = new_token()
    uow.session.execute(
        insert(_DEVICES).values(
            token_hash=device_hash(uow, fresh), staff_id=staff_id, created_at=uow.now, seen_at=uow.now
        )
    )
    return fresh


def forget_devices_of(uow: UnitOfWork, staff_id: UUID) -> None:
    """Know no browser of an account any more."""
    uow.session.execute(delete(_DEVICES).where(_DEVICES.c.staff_id == staff_id))


def forget_devices(uow: UnitOfWork, limit: int) -> int:
    """Forget browsers that were not used for half a year; returns how many."""
    old = select(_DEVICES.c.token_hash).where(_DEVICES.c.seen_at <= uow.now - KEPT).limit(limit)
    return changed_rows(uow.session.execute(delete(_DEVICES).where(_DEVICES.c.token_hash.in_(old))))


def device_hash(uow: UnitOfWork, token: str) -> bytes:
    """Return the keyed hash under which the cookie of a browser is kept."""
    return blind_index(uow.keys.derived("staff-device|v1"), token)
