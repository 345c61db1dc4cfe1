"""The quick way of writing canonical JSON gives the bytes of RFC 8785."""

from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consent_service.kernel.canonical import canonical

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS | st.floats(-1e6, 1e6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(WORDS | st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, max_size=6))
def test_whatever_is_written_is_written_as_rfc_8785_has_it(value: dict[str, Any]) -> None:  # Any: JSON values
    assert canonical(value) == rfc8785.dumps(value)
