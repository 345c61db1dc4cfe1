"""What holds for every test: examples may take their time, passwords may not; the full run has more examples."""

import gc
import os
import tempfile
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from consent_service.operators import passwords
from tests.database_turns import by_turns
from tests.once import kept_once
from tests.quick import quick_place

FULL = os.environ.get("KELISIM_FULL") == "1"

settings.register_profile(
    "kelisim", deadline=None, max_examples=1000 if FULL else 100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kelisim")


def pytest_configure() -> None:
    """Let each test make its files in memory: it writes a few through to the disk, for whose turning it would wait.

    Not on import: whatever else imports something of the tests, a benchmark say, is to wait for the disk.
    """
    if (quick := quick_place()) is not None:
        tempfile.tempdir = str(quick)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave half of what runs on two databases to the full run."""
    if not FULL:
        items[:], left = by_turns(items)
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported: it lives to the end, and is most of what there is.

    Of what comes later it looks at more at a time: each test makes much that lives as long as its app.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def service_hasher() -> Iterator[PasswordHasher]:
    """The hasher of the service; outside its own test argon2id runs at its lowest cost, a hundredth of the time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        own = passwords.HASHER
        patch.setattr(passwords, "HASHER", quick)
        yield own


@pytest.fixture(scope="session", autouse=True)
def what_the_code_says_is_made_once() -> Iterator[None]:
    with kept_once():
        yield
