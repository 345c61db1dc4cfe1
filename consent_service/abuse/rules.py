"""How many times something may be done in a while, and what counts as one network.  Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many times in a while, by one doer; ``name`` keeps different things apart."""

    name: str
    most: int
    per: timedelta


def room_until(full_at: datetime | None, rate: Rate, now: datetime) -> datetime | None:
    """Return when the room of a doer is whole again if it is used once more now; None where there is none left.

    ``full_at`` is what this returned the last time.  Room comes back evenly, not at once when a while is over.

    >>> from datetime import UTC
    >>> now, twice = datetime(2026, 11, 23, tzinfo=UTC), Rate("x", 2, timedelta(hours=1))
    >>> first = room_until(None, twice, now)
    >>> room_until(room_until(first, twice, now), twice, now) is None
    True
    """
    after = max(full_at or now, now) + rate.per / rate.most
    return after if after - now <= rate.per else None


def network_of(address: str | None) -> str:
    """Return the network that an address belongs to, as one doer: /24, or /56 of IPv6; without one all are one.

    >>> network_of("203.0.113.77"), network_of("2001:db8:0:1ff::1"), network_of("::ffff:203.0.113.77"), network_of(None)
    ('203.0.113.0/24', '2001:db8:0:100::/56', '203.0.113.0/24', '')
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    length = 56 if isinstance(parsed, IPv6Address) else 24
    return str(ip_network(f"{parsed}/{length}", strict=False))
