"""Recovery codes for the day on which the app is gone: each is good once, and none is kept in clear."""

import secrets
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from consent_service.accounts.recording import record
from consent_service.accounts.tables import RecoveryCode
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType

HOW_MANY = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_HALF = 5
_CODES = table_of(RecoveryCode)


def make_codes(uow: UnitOfWork, staff_id: UUID) -> list[str]:
    """Make fresh codes in place of those before, and return them: they are shown this once."""
    forget_codes_of(uow, staff_id)
    codes = ["-".join(_half() for _ in range(2)) for _ in range(HOW_MANY)]
    uow.session.execute(
        insert(_CODES),
        [{"staff_id": staff_id, "code_hash": _hash(uow, staff_id, code), "created_at": uow.now} for code in codes],
    )
    return codes


def renew_codes(uow: UnitOfWork, staff_id: UUID) -> list[str]:
    """Make fresh codes on the wish of their owner, on record."""
    codes = make_codes(uow, staff_id)
    record(uow, EventType.RECOVERY_CODES_MADE, staff_id, recovery_codes=len(codes))
    return codes


def use_code(uow: UnitOfWork, staff_id: UUID, code: str) -> bool:
    """Use a code up; False where there is none such, or it was used before."""
    mine = _CODES.c.staff_id == staff_id, _CODES.c.code_hash == _hash(uow, staff_id, code)
    if not changed_rows(uow.session.execute(delete(_CODES).where(*mine))):
        return False
    record(uow, EventType.RECOVERY_CODE_USED, staff_id, left=count_codes(uow, staff_id))
    return True


def count_codes(uow: UnitOfWork, staff_id: UUID) -> int:
    """Return how many codes an account has left."""
    return uow.session.scalar(select(func.count()).select_from(_CODES).where(_CODES.c.staff_id == staff_id)) or 0


def forget_codes_of(uow: UnitOfWork, staff_id: UUID) -> None:
    """Forget the codes of an account."""
    uow.session.execute(delete(_CODES).where(_CODES.c.staff_id == staff_id))


def _half() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))


def _hash(uow: UnitOfWork, staff_id: UUID, code: str) -> bytes:
    plain = code.strip().lower().replace(" ", "").replace("-", "")
    return blind_index(uow.keys.derived("recovery-code|v1"), f"{staff_id}|{plain}")
