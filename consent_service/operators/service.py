"""Use cases on operators: registering, rules, credentials."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id, new_token
from consent_service.kernel.keys import Keyring
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import DEFAULT_SCOPES, Scope
from consent_service.operators.known_keys import forget_credentials
from consent_service.operators.read_once import in_transaction
from consent_service.operators.tables import Credential, Operator

STORAGE_EDITIONS = "storage_editions"
SECRET_KEY = re.compile(r"kls_([0-9a-f]{1,7})_[A-Za-z0-9_-]{43}", re.ASCII)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RegisterOperator:
    """A new tenant: names by language, identifier (BIN) or None when the operator prints none."""

    slug: str
    name: Mapping[str, str]
    identifier_kind: str
    identifier: str | None
    country: str
    place: Mapping[str, str]
    contacts: Mapping[str, Any]  # Any: JSON as the operator's folder gives it


def register_operator(uow: UnitOfWork, command: RegisterOperator) -> int:
    """Add an operator, or return the number of the one that has the slug."""
    if not SLUG.fullmatch(command.slug):
        raise InvalidInputError.of("slug", "Write 1 to 63 small letters, digits and hyphens.")
    known = uow.session.execute(select(Operator.id, Operator.closed_at).where(Operator.slug == command.slug)).first()
    if known is not None and known.closed_at is not None:
        raise ConflictError(f"The operator {command.slug!r} was ended, and its name is not given again: take another.")
    if known is not None:
        return int(known.id)
    row = Operator(
        slug=command.slug,
        name=dict(command.name),
        identifier_kind=command.identifier_kind,
        identifier=command.identifier,
        country=command.country,
        place=dict(command.place),
        contacts=dict(command.contacts),
        rules={},
        storage_editions=0,
        webhook_kinds=[],
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    bound = uow.for_operator(row.id)
    append(bound, EventType.OPERATOR_REGISTERED, operator_stream(row.id), {"operator": command.slug})
    return row.id


def set_rules(uow: UnitOfWork, rules: Mapping[str, bool | int]) -> None:
    """Change what the operator has decided for itself; what is not named stays."""
    slug = lock_operator(uow)
    row = uow.session.get(Operator, uow.operator_id)
    if row is None:
        raise NotFoundError("There is no such operator.")
    row.rules = {**row.rules, **rules}
    facts = {"operator": slug, "rules": dict(row.rules)}
    append(uow, EventType.OPERATOR_RULES_SET, operator_stream(uow.operator_id), facts)
    uow.session.flush()


def count_storage_edition(uow: UnitOfWork, number: int) -> None:
    """Note that the schedule of storage has another edition, so that everybody looks for it.

    The caller holds the lock of the operator.
    """
    uow.session.execute(update(Operator).where(Operator.id == uow.operator_id).values(storage_editions=number))
    in_transaction(uow.session, STORAGE_EDITIONS)[uow.operator_id] = number


def set_subscribed_kinds(uow: UnitOfWork, kinds: Collection[str]) -> None:
    """Say what any webhook of the operator is told of, so that whoever has an event need not look; it is locked."""
    uow.session.execute(
        update(Operator).where(Operator.id == uow.operator_id).values(webhook_kinds=sorted(kinds)),
        execution_options={"synchronize_session": False},
    )


def lock_operator(uow: UnitOfWork) -> str:
    """Lock the operator's row, which is the lock of its own ledger stream, and return its slug."""
    slug = uow.session.scalar(select(Operator.slug).where(Operator.id == uow.operator_id).with_for_update())
    if slug is None:
        raise NotFoundError("There is no such operator.")
    return slug


def create_credential(uow: UnitOfWork, name: str, scopes: Sequence[Scope] = DEFAULT_SCOPES) -> tuple[UUID, str]:
    """Make a secret key and return its id and the key itself, which is shown this once."""
    lock_operator(uow)
    secret = new_token(f"kls_{uow.operator_id:x}_")
    credential_id = new_id(uow.now)
    uow.session.execute(
        insert(Credential).values(
            operator_id=uow.operator_id,
            id=credential_id,
            name=name,
            lookup=credential_lookup(uow.keys, secret),
            scopes=[str(scope) for scope in scopes],
            created_at=uow.now,
            revoked_at=None,
        )
    )
    append(
        uow,
        EventType.CREDENTIAL_CREATED,
        operator_stream(uow.operator_id),
        {"credential": str(credential_id), "scopes": [str(scope) for scope in scopes]},
    )
    return credential_id, secret


def revoke_credential(uow: UnitOfWork, credential_id: UUID) -> None:
    """Revoke a secret key; it stops working at once.

    Raises:
        NotFoundError: The operator has no such key.
        ConflictError: It is revoked already.
    """
    lock_operator(uow)
    row = uow.session.get(Credential, (uow.operator_id, credential_id))
    if row is None:
        raise NotFoundError("There is no such key.")
    if row.revoked_at is not None:
        raise ConflictError("This key is revoked already.")
    uow.session.execute(
        update(Credential)
        .where(Credential.operator_id == uow.operator_id, Credential.id == credential_id)
        .values(revoked_at=uow.now)
    )
    forget_credentials(uow.session)
    append(
        uow,
        EventType.CREDENTIAL_REVOKED,
        operator_stream(uow.operator_id),
        {"credential": str(credential_id)},
    )


def credential_lookup(keys: Keyring, secret: str) -> bytes:
    """Return the keyed hash under which a secret key is kept."""
    return blind_index(keys.derived("credential-lookup|v1"), secret)
