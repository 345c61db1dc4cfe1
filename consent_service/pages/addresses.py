"""Where a page may send somebody: inside this service, nowhere else."""

import re

HOME = "/dashboard/"
_INSIDE = re.compile(r"/[A-Za-z0-9_?=&.%-][A-Za-z0-9/_?=&.%-]*", re.ASCII)


def safe_next(wanted: str | None) -> str:
    """Return the address asked for if it lies in this service, else the first page of the dashboard.

    >>> safe_next("/dashboard/one/?after=x"), safe_next("//evil.example/dashboard/"), safe_next(None)
    ('/dashboard/one/?after=x', '/dashboard/', '/dashboard/')
    """
    return wanted if wanted and _INSIDE.fullmatch(wanted) else HOME
