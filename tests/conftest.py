"""What holds for every test: examples may take their time, passwords may not; the full run has more examples."""

import os
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from werkzeug.routing import Rule

from consent_service.operators import passwords

FULL = os.environ.get("KELISIM_FULL") == "1"

settings.register_profile(
    "kelisim", deadline=None, max_examples=1000 if FULL else 100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kelisim")


@pytest.fixture(scope="session", autouse=True)
def service_hasher() -> Iterator[PasswordHasher]:
    """The hasher of the service; outside its own test argon2id runs at its lowest cost, a hundredth of the time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        own = passwords.HASHER
        patch.setattr(passwords, "HASHER", quick)
        yield own


@pytest.fixture(scope="session", autouse=True)
def addresses_are_compiled_once() -> Iterator[None]:
    """Compile what builds the addresses of a route once a process; each app of each test would compile all again."""
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
    own = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        what = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if what not in compiled:
            compiled[what] = own(rule, append_unknown)
        return compiled[what]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield
