"""Truncated addresses of networks: enough to limit how often somebody asks, too little to know who."""

from ipaddress import IPv4Address, ip_address, ip_network

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.keys import Keyring

_IPV4_BITS, _IPV6_BITS = 24, 56


def network_digest(keys: Keyring, address: str | None) -> bytes:
    """Return a keyed digest of the network that an address lies in; what is no address counts as one network."""
    return blind_index(keys.derived("network|v1"), _network(address))


def _network(address: str | None) -> str:
    """Return the network of an address.

    >>> _network("203.0.113.77"), _network("2001:db8:1:2ff:3::4"), _network("::ffff:203.0.113.77"), _network(None)
    ('203.0.113.0/24', '2001:db8:1:200::/56', '203.0.113.0/24', '')
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    mapped = None if isinstance(found, IPv4Address) else found.ipv4_mapped
    bits = _IPV4_BITS if mapped or isinstance(found, IPv4Address) else _IPV6_BITS
    return str(ip_network(f"{mapped or found}/{bits}", strict=False))
