"""Asking the identity provider who somebody is: what the browser is sent with, and what its answer is worth.

Authorization code with PKCE.  State, nonce and verifier are bound to the browser: the state is a ticket of ours, the
other two are computed from it and from a secret that the browser alone has, so that they are kept nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from consent_service.accounts.guarded_client import client_of
from consent_service.accounts.identity_provider import (
    Endpoints,
    IdentityProvider,
    ProviderRefusedError,
    ProviderSilentError,
    fetched,
)
from consent_service.kernel.crypto import derive
from consent_service.kernel.keys import Keyring
from consent_service.kernel.outbound import Outbound, OutboundRefusedError

# Signatures that only the provider can make: neither "none" nor one by a secret that we share.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
LEEWAY = timedelta(minutes=1)  # by which clocks may differ


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What a browser was sent with.  ``since``: they must have proved themselves there after it; None: any time."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Whom the provider has confirmed.  ``subject``: what it calls them, for ever; the address was verified there.

    ``proved_at``: when they proved themselves there, where it says so.
    """

    issuer: str
    subject: str
    email: str
    has_second_factor: bool
    proved_at: datetime | None


def question(keys: Keyring, redirect_uri: str, state: str, secret: str, since: datetime | None = None) -> Question:
    """Return what belongs to a state in the browser that has this secret."""
    nonce, verifier = (
        derive(keys.derived(f"provider-{name}|v1"), f"{state}|{secret}").hex() for name in ("nonce", "verifier")
    )
    return Question(redirect_uri, state, nonce, verifier, since)


def address_to_ask(provider: IdentityProvider, endpoints: Endpoints, way: Outbound, asked: Question) -> str:
    """Return the address at the provider that a browser is sent to."""
    wanted = {"acr_values": " ".join(acr)} if (acr := _named(provider, "acr")) else {}
    anew = {"prompt": "login", "max_age": "0"} if asked.since is not None else {}
    client = client_of(provider, endpoints, way, asked.redirect_uri)
    url, _ = client.create_authorization_url(
        endpoints.authorization, asked.state, asked.verifier, nonce=asked.nonce, **wanted, **anew
    )
    return str(url)


def address_to_leave(provider: IdentityProvider, endpoints: Endpoints, back_to: str) -> str | None:
    """Return the address at the provider where a browser ends its session there; None where it has no such page."""
    if endpoints.end_session is None:
        return None
    query = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back_to})
    return f"{endpoints.end_session}{'&' if '?' in endpoints.end_session else '?'}{query}"


def identify(
    provider: IdentityProvider,
    endpoints: Endpoints,
    way: Outbound,
    asked: Question,
    answer: Mapping[str, str],
    now: datetime,
) -> Identity:
    """Return whom the provider confirms, by what the browser came back with.

    Raises:
        ProviderRefusedError: It confirms nobody, or what it says does not hold.
        ProviderSilentError: It cannot be asked.
    """
    named = answer.get("iss")
    if (named is None and endpoints.names_itself) or named not in {None, provider.issuer}:
        raise ProviderRefusedError("The answer is of another identity provider.")
    if not answer.get("code"):
        raise ProviderRefusedError("The identity provider confirmed nobody.")
    client = client_of(provider, endpoints, way, asked.redirect_uri)
    try:
        tokens = client.fetch_token(
            endpoints.token, grant_type="authorization_code", code=answer["code"], code_verifier=asked.verifier
        )
        claims = _claims(provider, fetched(way, endpoints.keys), tokens, asked, now)
    except AuthlibBaseError as error:
        raise ProviderRefusedError(f"The identity provider takes the code back: {type(error).__name__}.") from None
    except (OutboundRefusedError, OSError) as error:
        raise ProviderSilentError(f"The identity provider was asked in vain: {type(error).__name__}.") from None
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ProviderRefusedError(
            f"What the identity provider signed does not hold: {type(error).__name__}."
        ) from None
    return Identity(
        provider.issuer,
        str(claims["sub"]),
        _verified_email(claims if "email" in claims else _told(endpoints, way, claims, tokens)),
        _has_second_factor(provider, claims),
        _proved_at(claims, now),
    )


def _claims(
    provider: IdentityProvider, keys: Mapping[str, Any], tokens: Mapping[str, Any], asked: Question, now: datetime
) -> CodeIDToken:  # Any: JSON
    """Return what an identity token says, once everything that it must be has been seen."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    token = jwt.decode(tokens["id_token"], KeySet.import_key_set({"keys": keys["keys"]}), registry=registry)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
        },
        {"nonce": asked.nonce, "client_id": provider.client_id, "access_token": tokens.get("access_token")},
    )
    claims.validate(int(now.timestamp()), int(LEEWAY.total_seconds()))
    proved_at = _proved_at(claims, now)
    if asked.since is not None and (proved_at is None or proved_at < asked.since - LEEWAY):
        raise ProviderRefusedError("The identity provider did not ask again who it is.")
    return claims


def _proved_at(claims: Mapping[str, Any], now: datetime) -> datetime | None:  # Any: JSON
    """Return when somebody proved themselves; a clock that runs ahead makes it no later than now."""
    said = claims.get("auth_time")
    return min(datetime.fromtimestamp(said, UTC), now) if isinstance(said, int | float) else None


def _told(
    endpoints: Endpoints, way: Outbound, claims: Mapping[str, Any], tokens: Mapping[str, Any]
) -> Mapping[str, Any]:  # Any: JSON
    """Return what the provider tells of the very person of an identity token when it is asked apart."""
    if endpoints.userinfo is None:
        raise ProviderRefusedError("The identity provider tells no address.")
    told = fetched(way, endpoints.userinfo, Authorization=f"Bearer {tokens['access_token']}")
    if told.get("sub") != claims["sub"]:
        raise ProviderRefusedError("The identity provider tells of somebody else than it has signed for.")
    return told


def _verified_email(told: Mapping[str, Any]) -> str:  # Any: JSON
    email = told.get("email")
    if not isinstance(email, str) or told.get("email_verified") is not True:
        raise ProviderRefusedError("The identity provider has not verified the address.")
    return email


def _has_second_factor(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:  # Any: JSON
    by_methods = set(_named(provider, "amr")) & {one for one in claims.get("amr") or () if isinstance(one, str)}
    return bool(by_methods) or claims.get("acr") in _named(provider, "acr")


def _named(provider: IdentityProvider, claim: str) -> list[str]:
    """Return the values of a claim that stand for a second factor."""
    pairs = (one.partition(":") for one in provider.second_factor)
    return [value for name, _, value in pairs if name == claim]
