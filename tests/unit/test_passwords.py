"""How passwords are kept."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from consent_service.kernel.errors import InvalidInputError
from consent_service.operators.passwords import hash_new, matches


def test_the_service_hashes_at_the_cost_that_rfc_9106_recommends_where_memory_is_short(
    service_hasher: PasswordHasher,
) -> None:
    kept = service_hasher.hash("correct horse battery")

    cost = extract_parameters(kept)
    assert (cost.type, cost.time_cost, cost.memory_cost, cost.parallelism) == (Type.ID, 3, 64 << 10, 4)
    assert matches(kept, "correct horse battery")
    assert not matches(kept, "correct horse batterY")


@pytest.mark.parametrize("password", ["x" * 11, "x" * 257])
def test_a_password_has_twelve_to_256_characters(password: str) -> None:
    with pytest.raises(InvalidInputError):
        hash_new(password)


def test_what_is_no_hash_matches_nothing() -> None:
    assert not matches("disabled", "correct horse battery")
