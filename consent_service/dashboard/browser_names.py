"""The family of a browser and of its system, which is all that is kept of what a browser says of itself."""

# The first that fits: most browsers name their ancestors as well.
_BROWSERS = (
    ("Firefox/", "Firefox"),
    ("YaBrowser/", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return the families, or nothing where neither is known.

    >>> browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")
    'Firefox, Linux'
    >>> browser_name("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Safari/537.36")
    'Chrome, Android'
    >>> browser_name("robot")
    ''
    """
    found = (next((name for mark, name in families if mark in user_agent), "") for families in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))
