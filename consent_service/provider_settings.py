"""The settings of an identity provider; none where the installation has none."""

from pathlib import Path
from urllib.parse import urlsplit

from consent_service.accounts.identity_provider import IdentityProvider
from consent_service.environment import LOOPBACK, Reader
from consent_service.kernel.outbound import Outbound, OutboundRefusedError

LONGEST_NAME = 60
_CLAIMS = ("amr:", "acr:")


def read_provider(read: Reader, *, plain_http: bool, allow_private: bool) -> IdentityProvider | None:
    """Read which identity provider staff may come by."""
    issuer = read.text("OIDC_ISSUER", "")
    if not issuer:
        return None
    problem = _issuer_problem(issuer, plain_http=plain_http, allow_private=allow_private)
    if problem:
        read.wrong("OIDC_ISSUER", problem)
        return None
    client_id = read.text("OIDC_CLIENT_ID", "")
    if not client_id:
        read.wrong("OIDC_CLIENT_ID", "must be what the identity provider calls this service")
    name = read.text("OIDC_NAME", urlsplit(issuer).hostname or "")
    if len(name) > LONGEST_NAME or not name.isprintable():
        read.wrong("OIDC_NAME", f"must be at most {LONGEST_NAME} characters in one line")
    second_factor = tuple(read.text("OIDC_SECOND_FACTOR_BY_PROVIDER", "").split())
    if any(not one.startswith(_CLAIMS) or len(one) <= len("amr:") for one in second_factor):
        read.wrong("OIDC_SECOND_FACTOR_BY_PROVIDER", "must be values such as amr:mfa or acr:gold, with spaces between")
    return IdentityProvider(issuer, client_id, name, second_factor, _client_secret(read))


def _client_secret(read: Reader) -> str:
    secret, file = read.text("OIDC_CLIENT_SECRET", ""), read.text("OIDC_CLIENT_SECRET_FILE", "")
    if secret and file:
        read.wrong("OIDC_CLIENT_SECRET", "and OIDC_CLIENT_SECRET_FILE cannot both be set")
    if not file:
        return secret
    try:
        kept = Path(file).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError):
        kept = ""
    if not kept:
        read.wrong("OIDC_CLIENT_SECRET_FILE", "must name a file that holds the secret")
    return kept


def _issuer_problem(issuer: str, *, plain_http: bool, allow_private: bool) -> str | None:
    try:
        Outbound(allow_private).check(issuer)
    except OutboundRefusedError as error:
        return f"cannot be used: {error.detail.rstrip('.')}"
    if urlsplit(issuer).query:
        return "must have no query"
    if issuer.startswith("http://") and not plain_http and urlsplit(issuer).hostname not in LOOPBACK:
        return "must be https:// beyond this machine; INSECURE_ALLOW_PLAIN_HTTP=1 overrides that"
    return None
