"""The site that passkeys of the dashboard belong to."""

from urllib.parse import urlsplit

from flask import request

from consent_service.accounts.passkeys import Site
from consent_service.environment import LOOPBACK
from consent_service.services import services


def passkey_site() -> Site:
    """Return the address by which people reach the service; on this machine alone, the one that was asked for."""
    base_url = services().settings.base_url
    if urlsplit(base_url).hostname in LOOPBACK and urlsplit(request.host_url).hostname in LOOPBACK:
        return Site(request.host_url.rstrip("/"))
    parts = urlsplit(base_url)
    return Site(f"{parts.scheme}://{parts.netloc}")
