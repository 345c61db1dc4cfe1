"""Helping somebody who has lost telephone, recovery codes and passkeys: the password alone counts again."""

from uuid import UUID

from sqlalchemy import delete, select

from consent_service.accounts.authenticators import has_authenticator, remove_authenticator
from consent_service.accounts.devices import forget_devices_of
from consent_service.accounts.passkeys import list_passkeys
from consent_service.accounts.provider_links import forget_link_of, linked_since
from consent_service.accounts.recording import record
from consent_service.accounts.tables import Authenticator, Passkey
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.operators.sessions import revoke_all_sessions


def begin_anew(uow: UnitOfWork, staff_id: UUID) -> None:
    """Take away what an account that was closed was signed in by: its address may be somebody else's now."""
    has_app = uow.session.scalar(select(Authenticator.staff_id).where(Authenticator.staff_id == staff_id)) is not None
    if has_app or list_passkeys(uow, staff_id) or linked_since(uow, staff_id):
        reset_proofs(uow, staff_id)


def reset_proofs(uow: UnitOfWork, staff_id: UUID) -> None:
    """Take what an account is proved or known by away, on record, and end its sessions; the password stays."""
    had_app, passkeys = has_authenticator(uow, staff_id), len(list_passkeys(uow, staff_id))
    if had_app:
        remove_authenticator(uow, staff_id)
    uow.session.execute(delete(Authenticator).where(Authenticator.staff_id == staff_id))  # one that was begun
    uow.session.execute(delete(Passkey).where(Passkey.staff_id == staff_id))
    forget_devices_of(uow, staff_id)
    was_linked = forget_link_of(uow, staff_id)
    revoke_all_sessions(uow, staff_id)
    record(uow, EventType.STAFF_PROOFS_RESET, staff_id, had_app=had_app, passkeys=passkeys, was_linked=was_linked)
