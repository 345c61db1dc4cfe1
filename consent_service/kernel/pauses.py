"""Pauses of the collector of memory, whose full rounds look at whatever there is, and stop every thread meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def leave_out() -> None:
    """Leave what is in memory out of its rounds from now on: what a server has once it has started stays to its end."""
    gc.collect()
    gc.freeze()


@contextmanager
def without_long_pauses() -> Iterator[None]:
    """Leave what is in memory already out of its rounds: a full one lasts longer than a lock may."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
