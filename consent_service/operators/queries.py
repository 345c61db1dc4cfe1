"""Reads about operators."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import CredentialError, NotFoundError
from consent_service.kernel.keys import Keyring
from consent_service.kernel.one_of import one_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Scope
from consent_service.operators.closing import IS_SERVED
from consent_service.operators.known_keys import KnownCredential
from consent_service.operators.read_once import in_transaction
from consent_service.operators.service import SECRET_KEY, SLUG, STORAGE_EDITIONS, credential_lookup
from consent_service.operators.sites import KnownSite, list_sites
from consent_service.operators.tables import Credential, Operator

_CREDENTIALS = table_of(Credential)
_KINDS = "webhook_kinds"
_READ_ONCE = (Operator.webhook_kinds, Operator.storage_editions)
_NAME = (Operator.slug, Operator.name, Operator.identifier_kind, Operator.identifier)
_OPERATORS = table_of(Operator)
_CREDENTIALS_IN_FORCE = (
    select(
        _CREDENTIALS.c.operator_id,
        _CREDENTIALS.c.lookup,
        _CREDENTIALS.c.id,
        _CREDENTIALS.c.scopes,
        *(_OPERATORS.c[column.key] for column in (*_READ_ONCE, *_NAME)),
    )
    .join(_OPERATORS, _OPERATORS.c.id == _CREDENTIALS.c.operator_id)
    .where(
        one_of(_CREDENTIALS.c.operator_id, "operator_ids"),
        one_of(_CREDENTIALS.c.lookup, "lookups"),
        _CREDENTIALS.c.revoked_at.is_(None),
        IS_SERVED,
    )
)


@dataclass(frozen=True, slots=True)
class OperatorName:
    """How an operator is called in documents and receipts."""

    slug: str
    name: Mapping[str, str]
    identifier_kind: str
    identifier: str | None


@dataclass(frozen=True, slots=True)
class OperatorRules:
    """What an operator decides for itself where law and policy leave it free.

    ``ask_again_after_sign_in``: a withdrawal that a mere sign-in took back leaves purposes that need consent stopped
    until the person is asked again.
    ``remind_working_days``: how many working days before its day whoever is in charge is reminded of a duty.
    ``approve_erasures_over``: an erasure of more people than this at once needs the approval of a second person; zero
    stands for every erasure.
    ``publish_by_two``: whoever edited a draft of a document last does not publish it.
    """

    ask_again_after_sign_in: bool = False
    remind_working_days: int = 3
    approve_erasures_over: int = 100
    publish_by_two: bool = False


@dataclass(frozen=True, slots=True)
class OperatorView:
    """An operator as shown to its own key and staff."""

    id: int
    slug: str
    name: Mapping[str, str]
    identifier_kind: str
    identifier: str | None
    country: str
    place: Mapping[str, str]
    contacts: Mapping[str, Any]  # Any: JSON as the operator's folder gives it
    sites: tuple[KnownSite, ...]


def find_credential(session: Session, keys: Keyring, secret: str) -> KnownCredential:
    """Return what a secret key stands for, by one indexed read.

    Raises:
        CredentialError: It is unknown, malformed or revoked; the three look alike.
    """
    found = find_credentials(session, keys, [secret]).get(secret)
    if found is None:
        raise CredentialError("The secret key is not known, or was revoked. Send 'Authorization: Bearer <secret key>'.")
    return found


def find_credentials(session: Session, keys: Keyring, secrets: Collection[str]) -> dict[str, KnownCredential]:
    """Return what secret keys stand for, by one indexed read; those that are in force alone."""
    asked = {
        (int(match[1], 16), credential_lookup(keys, secret)): secret
        for secret in secrets
        if (match := SECRET_KEY.fullmatch(secret))
    }
    if not asked:
        return {}
    rows = session.execute(
        _CREDENTIALS_IN_FORCE,
        {"operator_ids": [operator_id for operator_id, _ in asked], "lookups": [lookup for _, lookup in asked]},
    ).all()
    found = {}
    for row in rows:
        secret = asked.get((row.operator_id, row.lookup))
        if secret is None:
            continue
        _names(session)[row.operator_id] = OperatorName(row.slug, row.name, row.identifier_kind, row.identifier)
        in_transaction(session, _KINDS)[row.operator_id] = frozenset(row.webhook_kinds)
        in_transaction(session, STORAGE_EDITIONS)[row.operator_id] = row.storage_editions
        found[secret] = KnownCredential(row.id, row.operator_id, frozenset(Scope(scope) for scope in row.scopes))
    return found


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A secret key as staff see it: what it may do, never what it says."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def list_credentials(uow: UnitOfWork) -> list[CredentialLine]:
    """Return the secret keys of the operator: those in force first, the newest before the others."""
    rows = uow.session.execute(
        select(
            _CREDENTIALS.c.id,
            _CREDENTIALS.c.name,
            _CREDENTIALS.c.scopes,
            _CREDENTIALS.c.created_at,
            _CREDENTIALS.c.revoked_at,
        )
        .where(_CREDENTIALS.c.operator_id == uow.operator_id)
        .order_by(_CREDENTIALS.c.revoked_at.is_not(None), _CREDENTIALS.c.id.desc())
    )
    return [CredentialLine(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at) for row in rows]


def operator_view(uow: UnitOfWork) -> OperatorView:
    """Return the operator of a unit of work with its sites."""
    row = uow.session.get(Operator, uow.operator_id)
    if row is None:
        raise NotFoundError("There is no such operator.")
    return OperatorView(
        row.id,
        row.slug,
        row.name,
        row.identifier_kind,
        row.identifier,
        row.country,
        row.place,
        row.contacts,
        tuple(list_sites(uow)),
    )


def operator_named(uow: UnitOfWork) -> OperatorName:
    """Return how the operator is called, read once a session; who comes with a secret key has brought it."""
    known = _names(uow.session)
    if uow.operator_id not in known:
        row = uow.session.execute(select(*_NAME).where(Operator.id == uow.operator_id)).first()
        if row is None:
            raise NotFoundError("There is no such operator.")
        known[uow.operator_id] = OperatorName(*row)
    return known[uow.operator_id]


def operator_rules(uow: UnitOfWork) -> OperatorRules:
    """Return what the operator has decided for itself."""
    rules = uow.session.scalar(select(Operator.rules).where(Operator.id == uow.operator_id))
    return OperatorRules(**(rules or {}))


def storage_editions(uow: UnitOfWork) -> int:
    """Return how many editions the operator's own schedule of storage has, read once a transaction."""
    known = in_transaction(uow.session, STORAGE_EDITIONS)
    if uow.operator_id not in known:
        known[uow.operator_id] = uow.session.scalar(
            select(Operator.storage_editions).where(Operator.id == uow.operator_id)
        )
    return int(known[uow.operator_id] or 0)


def subscribed_kinds(uow: UnitOfWork) -> frozenset[str]:
    """Return what any webhook of the operator is told of, read once a transaction; a secret key has brought it."""
    known: dict[int, frozenset[str]] = in_transaction(uow.session, _KINDS)
    if uow.operator_id not in known:
        kinds = uow.session.scalar(select(Operator.webhook_kinds).where(Operator.id == uow.operator_id))
        known[uow.operator_id] = frozenset(kinds or ())
    return known[uow.operator_id]


def operator_slug(uow: UnitOfWork) -> str:
    """Return the operator's slug: it never changes."""
    return operator_named(uow).slug


def operator_number(session: Session, slug: str, *, closed_too: bool = False) -> int:
    """Return the number of an operator by its slug; ``closed_too``: of one that is being ended, or was.

    Raises:
        NotFoundError: There is none, or it is served no longer.
    """
    query = select(Operator.id, Operator.closed_at).where(Operator.slug == slug)
    found = session.execute(query).first() if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFoundError(f"There is no operator {slug!r}; 'operators add' makes one.")
    if found.closed_at is not None and not closed_too:
        raise NotFoundError(f"The operator {slug!r} is not served here any more.")
    return int(found.id)


def operator_numbers(session: Session, *, closed_too: bool = False) -> list[tuple[int, str]]:
    """Return operators as (number, slug), for jobs and commands: those that are served, or all that ever were."""
    query = select(Operator.id, Operator.slug).order_by(Operator.id)
    rows = session.execute(query if closed_too else query.where(IS_SERVED))
    return [(row.id, row.slug) for row in rows]


def _names(session: Session) -> dict[int, OperatorName]:
    """Return the names that a session has read already."""
    known: dict[int, OperatorName] = session.info.setdefault("operator_names", {})
    return known
