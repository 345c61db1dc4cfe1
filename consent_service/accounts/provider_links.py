"""Which account a person of the identity provider is: one that is here, by its verified address, and always the same.

The first time, the account is tied to what the provider calls the person.  Later an address alone opens nothing: at the
provider it may have been given to somebody else meanwhile.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent_service.accounts.identity_provider import ProviderRefusedError
from consent_service.accounts.provider_identity import Identity
from consent_service.accounts.recording import record
from consent_service.accounts.tables import ProviderLink
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.operators.staff import account_at, lock_account

_LINKS = table_of(ProviderLink)


def who_is(uow: UnitOfWork, identity: Identity) -> UUID:
    """Return the account of somebody whom the provider has confirmed, and tie it to them the first time.

    Raises:
        ProviderRefusedError: Nobody here has the address, or account and person are tied to others.
    """
    account = account_at(uow, identity.email)
    if account is None:
        raise ProviderRefusedError("Nobody here has the address that the identity provider confirms.")
    staff_id, _ = account
    lock_account(uow, staff_id)
    person = _hash(uow, identity)
    tied = uow.session.execute(
        select(_LINKS.c.staff_id, _LINKS.c.person_hash).where(
            (_LINKS.c.staff_id == staff_id) | (_LINKS.c.person_hash == person)
        )
    ).all()
    if any((one.staff_id, one.person_hash) != (staff_id, person) for one in tied):
        raise ProviderRefusedError("The account, or the person of the identity provider, is tied to another.")
    if not tied:
        uow.session.execute(insert(_LINKS).values(staff_id=staff_id, person_hash=person, created_at=uow.now))
        record(uow, EventType.PROVIDER_LINKED, staff_id)
    return staff_id


def linked_since(uow: UnitOfWork, staff_id: UUID) -> datetime | None:
    """Return since when an account is tied to somebody at the provider."""
    return uow.session.scalar(select(_LINKS.c.created_at).where(_LINKS.c.staff_id == staff_id))


def unlink(uow: UnitOfWork, staff_id: UUID) -> None:
    """Untie an account; whoever comes next with its address ties it again.

    Raises:
        ConflictError: It is tied to nobody.
    """
    if not forget_link_of(uow, staff_id):
        raise ConflictError("The account is tied to nobody at the identity provider.")
    record(uow, EventType.PROVIDER_UNLINKED, staff_id)


def forget_link_of(uow: UnitOfWork, staff_id: UUID) -> bool:
    """Untie an account, where it is tied."""
    return bool(changed_rows(uow.session.execute(delete(_LINKS).where(_LINKS.c.staff_id == staff_id))))


def _hash(uow: UnitOfWork, identity: Identity) -> bytes:
    return blind_index(uow.keys.derived("provider-person|v1"), f"{identity.issuer}|{identity.subject}")
