"""Who shows more than a password when signing in: a code of an app, or a passkey."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from consent_service.accounts.tables import Authenticator, Passkey
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_APPS, _PASSKEYS = table_of(Authenticator), table_of(Passkey)


def with_second_factor(uow: UnitOfWork, staff_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some accounts that have an app, confirmed by a code, or a passkey."""
    apps = select(_APPS.c.staff_id).where(_APPS.c.staff_id.in_(staff_ids), _APPS.c.confirmed_at.is_not(None))
    passkeys = select(_PASSKEYS.c.staff_id).where(_PASSKEYS.c.staff_id.in_(staff_ids))
    return set(uow.session.scalars(apps.union(passkeys)))
