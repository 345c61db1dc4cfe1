"""Authlib's client, whose requests go by the guarded way out instead of a library of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from consent_service.accounts.identity_provider import Endpoints, IdentityProvider, ProviderSilentError
from consent_service.kernel.outbound import Answer, Outbound

SCOPE = "openid email"


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as Authlib reads one."""

    answer: Answer

    @property
    def status_code(self) -> int:
        return self.answer.status

    def json(self) -> Any:  # Any: JSON
        return json.loads(self.answer.body)

    def raise_for_status(self) -> None:
        raise ProviderSilentError(f"The identity provider answered {self.answer.status}.")


@dataclass(frozen=True, slots=True)
class _GuardedSession:
    """What Authlib sends by: each request has its time and size, and goes where it may."""

    way: Outbound

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> _Reply:
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Reply(self.way.post(url, body.encode(), sent))


def client_of(provider: IdentityProvider, endpoints: Endpoints, way: Outbound, redirect_uri: str) -> OAuth2Client:
    """Return a client for one conversation with the provider."""
    by_secret = "client_secret_post" if endpoints.secret_in_form else "client_secret_basic"
    return OAuth2Client(
        _GuardedSession(way),
        client_id=provider.client_id,
        client_secret=provider.client_secret or None,
        token_endpoint_auth_method=by_secret if provider.client_secret else "none",
        scope=SCOPE,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
