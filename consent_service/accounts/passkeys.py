"""Passkeys (WebAuthn): a challenge that is good once, and public keys that authenticators hold for an account."""

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from consent_service.accounts.recording import record
from consent_service.accounts.tables import Passkey
from consent_service.accounts.tickets import Purpose, issue, redeem
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import CredentialError, InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType

RP_NAME = "Kelisim"
MOST = 20  # of one account
LONGEST_ANSWER = 20_000
_PASSKEYS = table_of(Passkey)


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are for: what people's browsers call the service."""

    origin: str

    @property
    def rp_id(self) -> str:
        """The host to which the passkeys belong."""
        return urlsplit(self.origin).hostname or ""

    @property
    def has_name(self) -> bool:
        """Whether passkeys can be for it at all: browsers make none for a bare IP address (WebAuthn 5.1.3)."""
        try:
            ip_address(self.rp_id)
        except ValueError:
            return bool(self.rp_id)
        return False


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def options_for_new(uow: UnitOfWork, site: Site, staff_id: UUID, email: str) -> str:
    """Return, as JSON, what a browser needs to make a passkey; the challenge is good once and for five minutes."""
    known = uow.session.scalars(select(_PASSKEYS.c.credential_id).where(_PASSKEYS.c.staff_id == staff_id)).all()
    if len(known) >= MOST:
        raise InvalidInputError.of("passkey", f"An account has at most {MOST} passkeys.")
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=RP_NAME,
        user_name=email,
        user_id=staff_id.bytes,
        challenge=issue(uow, Purpose.PASSKEY_NEW, staff_id).encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return str(options_to_json(options))


def add_passkey(uow: UnitOfWork, site: Site, staff_id: UUID, answer: str, name: str) -> None:
    """Keep the public key that a browser's authenticator has just made.

    Raises:
        InvalidInputError: It answers no challenge of this account, or the answer does not check out.
    """
    challenge = _challenge_of(answer)
    if not redeem(uow, Purpose.PASSKEY_NEW, challenge, staff_id):
        raise InvalidInputError.of("passkey", "This took too long, or was sent before. Try again.")
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise InvalidInputError.of("passkey", "The passkey could not be taken. Try again.") from error
    if uow.session.scalar(select(_PASSKEYS.c.staff_id).where(_PASSKEYS.c.credential_id == made.credential_id)):
        raise InvalidInputError.of("passkey", "This passkey is known already.")
    uow.session.execute(
        insert(_PASSKEYS).values(
            credential_id=made.credential_id,
            staff_id=staff_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            created_at=uow.now,
            used_at=None,
        )
    )
    record(uow, EventType.PASSKEY_ADDED, staff_id)


def options_to_sign_in(uow: UnitOfWork, site: Site) -> str:
    """Return, as JSON, what a browser needs to sign in with a passkey that it knows."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=issue(uow, Purpose.PASSKEY_SIGN_IN).encode(),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return str(options_to_json(options))


def who_signs(uow: UnitOfWork, site: Site, answer: str) -> UUID:
    """Return whose passkey has answered a challenge of ours, which is used up whatever comes of it.

    Raises:
        CredentialError: The answer is not one of a passkey that is known here, or it was sent before.
    """
    refused = CredentialError("The passkey is not known here, or it took too long. Try again, or use the password.")
    challenge = _challenge_of(answer)
    if not redeem(uow, Purpose.PASSKEY_SIGN_IN, challenge):
        raise refused
    row = uow.session.execute(
        select(_PASSKEYS).where(_PASSKEYS.c.credential_id == _credential_of(answer)).with_for_update()
    ).first()
    if row is None:
        raise refused
    try:
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise refused from error
    this = _PASSKEYS.c.credential_id == row.credential_id
    uow.session.execute(update(_PASSKEYS).where(this).values(sign_count=shown.new_sign_count, used_at=uow.now))
    staff_id: UUID = row.staff_id
    return staff_id


def list_passkeys(uow: UnitOfWork, staff_id: UUID) -> list[PasskeyLine]:
    """Return the passkeys of an account, the oldest first."""
    rows = uow.session.execute(
        select(_PASSKEYS).where(_PASSKEYS.c.staff_id == staff_id).order_by(_PASSKEYS.c.created_at)
    )
    return [PasskeyLine(bytes_to_base64url(row.credential_id), row.name, row.created_at, row.used_at) for row in rows]


def remove_passkey(uow: UnitOfWork, staff_id: UUID, passkey_id: str) -> None:
    """Take a passkey of an account away.

    Raises:
        NotFoundError: The account has no such passkey.
    """
    try:
        credential_id = base64url_to_bytes(passkey_id)
    except ValueError:
        credential_id = b""
    gone = delete(_PASSKEYS).where(_PASSKEYS.c.staff_id == staff_id, _PASSKEYS.c.credential_id == credential_id)
    if not changed_rows(uow.session.execute(gone)):
        raise NotFoundError("There is no such passkey.")
    record(uow, EventType.PASSKEY_REMOVED, staff_id)


def _challenge_of(answer: str) -> str:
    """Return the challenge that an answer names; it counts only where it is a ticket of ours."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(answer[:LONGEST_ANSWER])["response"]["clientDataJSON"]))
        return base64url_to_bytes(client["challenge"]).decode("ascii")
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _credential_of(answer: str) -> bytes:
    try:
        return base64url_to_bytes(json.loads(answer[:LONGEST_ANSWER])["rawId"])
    except (ValueError, KeyError, TypeError):
        return b""
