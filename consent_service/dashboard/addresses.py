"""Where a page may send somebody: inside the dashboard, nowhere else."""

import re

HOME = "/dashboard/"
_INSIDE = re.compile(r"/dashboard/[A-Za-z0-9/_?=&.%-]*", re.ASCII)


def safe_next(wanted: str | None) -> str:
    """Return the address asked for if it lies in the dashboard, else its first page.

    >>> safe_next("/dashboard/one/?after=x"), safe_next("//evil.example/dashboard/"), safe_next(None)
    ('/dashboard/one/?after=x', '/dashboard/', '/dashboard/')
    """
    return wanted if wanted and _INSIDE.fullmatch(wanted) else HOME
