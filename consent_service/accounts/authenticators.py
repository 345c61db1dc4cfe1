"""Codes of an app (TOTP, RFC 6238): the secret is sealed, and a code is taken once."""

from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update

from consent_service.accounts.recording import record
from consent_service.accounts.recovery import forget_codes_of, make_codes
from consent_service.accounts.tables import Authenticator
from consent_service.kernel.db import changed_rows, table_of, upsert
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType

ISSUER = "Kelisim"
EITHER_WAY = 1  # steps of thirty seconds by which the clocks of telephones may differ
_APPS = table_of(Authenticator)
SECRET = SealedColumn(_APPS.c.secret_sealed)


def has_authenticator(uow: UnitOfWork, staff_id: UUID) -> bool:
    """Say whether signing in takes a code of the app."""
    mine = select(_APPS.c.staff_id).where(_APPS.c.staff_id == staff_id, _APPS.c.confirmed_at.is_not(None))
    return uow.session.scalar(mine) is not None


def begin_authenticator(uow: UnitOfWork, staff_id: UUID) -> str:
    """Make a secret for an app and return it; it counts for nothing until a code of it was entered.

    Raises:
        ConflictError: The account has an app already.
    """
    if has_authenticator(uow, staff_id):
        raise ConflictError("The account has an app for codes already; remove it first.")
    secret = pyotp.random_base32()
    fresh = {
        "secret_sealed": SECRET.seal(uow, secret.encode(), staff_id),
        "created_at": uow.now,
        "confirmed_at": None,
        "last_step": 0,
    }
    begun = upsert(uow.session, _APPS).values(staff_id=staff_id, **fresh)
    uow.session.execute(begun.on_conflict_do_update(index_elements=["staff_id"], set_=fresh))
    return secret


def address_for_app(secret: str, email: str) -> str:
    """Return what the picture says that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def begun_secret(uow: UnitOfWork, staff_id: UUID) -> str | None:
    """Return the secret of an app whose first code is awaited."""
    row = uow.session.execute(
        select(_APPS.c.secret_sealed).where(_APPS.c.staff_id == staff_id, _APPS.c.confirmed_at.is_(None))
    ).first()
    return None if row is None else SECRET.open(uow, row.secret_sealed, staff_id).decode()


def confirm_authenticator(uow: UnitOfWork, staff_id: UUID, code: str) -> list[str]:
    """Take the first code of a new app, and return recovery codes, which are shown this once.

    Raises:
        InvalidInputError: No app was begun, or the code is not of it.
    """
    if begun_secret(uow, staff_id) is None or not _take(uow, staff_id, code):
        raise InvalidInputError.of("code", "The code does not fit; check the clock of the telephone.")
    uow.session.execute(update(_APPS).where(_APPS.c.staff_id == staff_id).values(confirmed_at=uow.now))
    codes = make_codes(uow, staff_id)
    record(uow, EventType.AUTHENTICATOR_SET, staff_id, recovery_codes=len(codes))
    return codes


def remove_authenticator(uow: UnitOfWork, staff_id: UUID) -> None:
    """Ask for no codes any more; the recovery codes go as well.

    Raises:
        ConflictError: The account has no app.
    """
    if not changed_rows(uow.session.execute(delete(_APPS).where(_APPS.c.staff_id == staff_id))):
        raise ConflictError("The account has no app for codes.")
    forget_codes_of(uow, staff_id)
    record(uow, EventType.AUTHENTICATOR_REMOVED, staff_id)


def is_right_code(uow: UnitOfWork, staff_id: UUID, code: str) -> bool:
    """Take a code of the app in use; the same code, or an earlier one, is not taken again."""
    return has_authenticator(uow, staff_id) and _take(uow, staff_id, code)


def _take(uow: UnitOfWork, staff_id: UUID, code: str) -> bool:
    row = uow.session.execute(
        select(_APPS.c.secret_sealed, _APPS.c.last_step).where(_APPS.c.staff_id == staff_id).with_for_update()
    ).one()
    app = pyotp.TOTP(SECRET.open(uow, row.secret_sealed, staff_id).decode())
    given, now = code.replace(" ", ""), app.timecode(uow.now)
    fitting = [
        step
        for step in range(now - EITHER_WAY, now + EITHER_WAY + 1)
        if pyotp.utils.strings_equal(app.generate_otp(step), given) and step > row.last_step
    ]
    if not fitting:
        return False
    taken = update(_APPS).where(_APPS.c.staff_id == staff_id, _APPS.c.last_step < fitting[0])
    return bool(changed_rows(uow.session.execute(taken.values(last_step=fitting[0]))))
