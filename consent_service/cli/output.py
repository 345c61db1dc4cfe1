"""How commands speak: words for people, one JSON document for programs, one line for a failure."""

import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

import click
import orjson


def as_json(view: Callable[..., Any]) -> Callable[..., Any]:  # Any: each command has its own arguments
    """Give a command its ``--json``."""
    return click.option("--json", "json_", is_flag=True, help="Print one JSON document.")(view)


def show(json_: bool, data: Any, words: str) -> None:  # Any: a JSON value
    """Print the result."""
    print(orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode() if json_ else words)


def progress(text: str) -> None:
    """Print a step of long work on standard error."""
    print(text, file=sys.stderr, flush=True)


def paced() -> Callable[[str], None]:
    """Return a ``progress`` for work of many steps: told at most once a second, so that short work tells nothing."""
    told = time.monotonic()

    def tell(text: str) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            progress(text)

    return tell


def fail(text: str) -> NoReturn:
    """End with one clear line."""
    print(f"error: {text}", file=sys.stderr)
    sys.exit(1)
