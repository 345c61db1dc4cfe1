"""Operators, sites, credentials, staff and their sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.operators.access import Role


class Operator(Base):
    """Whoever processes personal data and answers for it: the tenant."""

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Json]
    identifier_kind: Mapped[str]
    identifier: Mapped[str | None]
    country: Mapped[str]
    place: Mapped[Json]
    contacts: Mapped[Json]
    rules: Mapped[Json]  # what the operator has decided for itself, see queries.OperatorRules
    storage_editions: Mapped[int]  # how many editions its own schedule of storage has
    webhook_kinds: Mapped[JsonList] = mapped_column(server_default="[]")  # what any of its webhooks is told of
    steps_put_away_at: Mapped[datetime | None]  # since when the first steps are not shown any more
    closed_at: Mapped[datetime | None]  # since when nothing of it answers any more, for it is being ended
    ended_at: Mapped[datetime | None]  # since when nothing of it is kept but proof
    created_at: Mapped[datetime]


class Site(Base):
    """A website of an operator: its public key, and the origins from which browsers may come with it."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("operator_id", "site_key"),
        UniqueConstraint("operator_id", "origin"),
        Index(None, "site_key"),
    )

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_key: Mapped[str]
    origin: Mapped[str]
    further_origins: Mapped[JsonList]
    created_at: Mapped[datetime]


class Credential(Base):
    """A secret key of an operator, kept only as a keyed hash."""

    __tablename__ = "credentials"
    __table_args__ = (UniqueConstraint("operator_id", "lookup"),)

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    lookup: Mapped[bytes]
    scopes: Mapped[JsonList]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class StaffMember(Base):
    """Somebody who signs in.  The e-mail address is sealed and found by a blind index."""

    __tablename__ = "staff_members"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email_index: Mapped[bytes] = mapped_column(unique=True)
    email_sealed: Mapped[bytes]
    password_hash: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffRole(Base):
    """What a member of staff is at one operator."""

    __tablename__ = "staff_roles"

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(StateType(Role))


class StaffSession(Base):
    """A session of the dashboard, kept on the server so that it can be revoked."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index(None, "staff_id"), UniqueConstraint("id"))

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID | None]  # None: of a release before sessions were listed
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    csrf_token: Mapped[str]
    seen_from_sealed: Mapped[bytes | None]
    proved_at: Mapped[datetime | None]  # when the person last said who they are
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
