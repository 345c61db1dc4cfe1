"""What an account proves itself by, what is half done, and who was invited."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.operators.access import Role


class SignInFailure(Base):
    """How often signing in failed lately, by a keyed hash of who tried: an account from a network or a device.

    ``told``: how many of them are recorded at the account; where nobody has the address, ``staff_id`` is None.
    """

    __tablename__ = "sign_in_failures"

    who: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    staff_id: Mapped[UUID | None]
    told: Mapped[int] = mapped_column(server_default="0")


class Authenticator(Base):
    """The app that makes codes for an account.  ``last_step``: the last code taken, so that none is taken twice."""

    __tablename__ = "staff_authenticators"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    secret_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int]


class RecoveryCode(Base):
    """A code for the day on which the app is gone, kept as a keyed hash until it is used."""

    __tablename__ = "staff_recovery_codes"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Passkey(Base):
    """A public key that an authenticator holds for an account (WebAuthn)."""

    __tablename__ = "staff_passkeys"
    __table_args__ = (Index(None, "staff_id"),)

    credential_id: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser in which an account has signed in before, by the hash of a cookie."""

    __tablename__ = "staff_devices"
    __table_args__ = (Index(None, "staff_id"), Index(None, "seen_at"))

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Ticket(Base):
    """Something begun that is finished within minutes, once: the second step of signing in, a challenge."""

    __tablename__ = "sign_in_tickets"
    __table_args__ = (Index(None, "expires_at"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    expires_at: Mapped[datetime]


class ProviderLink(Base):
    """Whom of the identity provider an account belongs to, by a keyed hash of what the provider calls them."""

    __tablename__ = "staff_provider_links"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    person_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Invitation(Base):
    """A place at an operator that waits for whoever opens the link in a mail."""

    __tablename__ = "staff_invitations"
    __table_args__ = (UniqueConstraint("operator_id", "token_hash"),)

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes | None]  # None once it was used or taken back
    email_sealed: Mapped[bytes]
    role: Mapped[Role] = mapped_column(StateType(Role))
    language: Mapped[str]
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
