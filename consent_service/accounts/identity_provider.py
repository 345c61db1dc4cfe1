"""The identity provider of an installation (OpenID Connect): which one, and what it says of itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.outbound import Outbound, OutboundRefusedError

DISCOVERY = "/.well-known/openid-configuration"
KEPT = timedelta(hours=1)  # what a provider says of itself
PAUSE = timedelta(seconds=30)  # after it did not answer, so that one that hangs holds nobody else
_SUCCESS = 200


class ProviderRefusedError(ConsentServiceError):
    """What came by the identity provider lets nobody in; the detail is for whoever runs the service."""

    code = "identity-refused"


class ProviderSilentError(ConsentServiceError):
    """The identity provider does not answer, or not as one does."""

    code = "identity-provider-silent"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A provider and what we are to it.  ``second_factor``: ``amr:`` and ``acr:`` values that stand for our code."""

    issuer: str
    client_id: str
    name: str
    second_factor: tuple[str, ...] = ()
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider is asked.  ``names_itself``: each of its answers says whose it is (RFC 9207)."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    names_itself: bool
    secret_in_form: bool


class ProviderMemory:
    """What the provider said of itself lately, so that not every visitor has it asked again."""

    def __init__(self) -> None:
        self._known: tuple[datetime, Endpoints] | None = None
        self._failed_at: datetime | None = None

    def endpoints(self, provider: IdentityProvider, way: Outbound, now: datetime) -> Endpoints:
        """Return where the provider is asked.

        Raises:
            ProviderSilentError: It does not answer, or did not a moment ago.
        """
        if self._known is not None and self._known[0] <= now < self._known[0] + KEPT:
            return self._known[1]
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + PAUSE:
            raise ProviderSilentError("The identity provider did not answer a moment ago.")
        try:
            found = _discover(provider, way)
        except ProviderSilentError:
            self._failed_at = now
            raise
        self._known, self._failed_at = (now, found), None
        return found


def fetched(way: Outbound, url: str, **headers: str) -> dict[str, Any]:  # Any: JSON
    """Fetch a JSON object of the provider.

    Raises:
        ProviderSilentError: It cannot be reached, may not be asked, or answers something else.
    """
    try:
        answer = way.get(url, {"Accept": "application/json"} | headers)
        found = json.loads(answer.body)
    except (OutboundRefusedError, OSError, ValueError, RecursionError) as error:
        raise ProviderSilentError(f"The identity provider was asked in vain: {type(error).__name__}.") from None
    if answer.status != _SUCCESS or not isinstance(found, dict):
        raise ProviderSilentError(f"The identity provider answered {answer.status}, or no JSON object.")
    return found


def _discover(provider: IdentityProvider, way: Outbound) -> Endpoints:
    said = fetched(way, provider.issuer.rstrip("/") + DISCOVERY)
    if said.get("issuer") != provider.issuer:
        raise ProviderSilentError("The identity provider calls itself otherwise than OIDC_ISSUER; write it the same.")
    ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Endpoints(
        authorization=_address(said, "authorization_endpoint", way),
        token=_address(said, "token_endpoint", way),
        keys=_address(said, "jwks_uri", way),
        userinfo=_address(said, "userinfo_endpoint", way) if "userinfo_endpoint" in said else None,
        end_session=_address(said, "end_session_endpoint", way) if "end_session_endpoint" in said else None,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        secret_in_form="client_secret_basic" not in ways,
    )


def _address(said: Mapping[str, Any], name: str, way: Outbound) -> str:  # Any: JSON
    url = said.get(name)
    try:
        way.check(url if isinstance(url, str) else "")
    except OutboundRefusedError:
        raise ProviderSilentError(f"The identity provider names a {name} that may not be used.") from None
    return str(url)
