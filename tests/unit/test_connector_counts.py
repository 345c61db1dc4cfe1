"""Counts that somebody else says are taken only where they can be right."""

from typing import Any

import pytest

from consent_service.connectors.counting import MOST, check_counts
from consent_service.connectors.description import Category, WebhookDescription
from consent_service.connectors.refusals import TargetFailedError

RECEIVER = WebhookDescription(
    "shop", "https://x", preview=False, categories=(Category("profile", {}), Category("orders", {}))
)


def test_true_counts_are_taken() -> None:
    assert check_counts(RECEIVER, {"profile": 1, "orders": 0}, {}) == {"profile": 1, "orders": 0}
    assert check_counts(RECEIVER, {"profile": 0, "orders": 0}, {}) == {"profile": 0, "orders": 0}
    assert check_counts(RECEIVER, {"profile": 1, "orders": 2}, {"profile": 1, "orders": 2})["orders"] == 2


@pytest.mark.parametrize(
    ("counts", "before"),
    [
        (None, {}),
        ([], {}),
        ("done", {}),
        ({}, {}),
        ({"profile": 1}, {}),
        ({"profile": 1, "orders": 1, "canary@example.kz": 1}, {}),
        ({"profile": -1, "orders": 1}, {}),
        ({"profile": MOST + 1, "orders": 1}, {}),
        ({"profile": 1.5, "orders": 1}, {}),
        ({"profile": True, "orders": 1}, {}),
        ({"profile": "1", "orders": 1}, {}),
        ({"profile": None, "orders": 1}, {}),
        ({"profile": 2, "orders": 0}, {"profile": 1, "orders": 0}),
        ({"profile": 1, "orders": 3}, {"profile": 1, "orders": 0}),
        ({"profile": 0, "orders": 0}, {"profile": 1, "orders": 0}),
    ],
)
def test_what_cannot_be_right_is_refused_and_not_repeated(counts: Any, before: dict[str, int]) -> None:
    with pytest.raises(TargetFailedError) as refused:
        check_counts(RECEIVER, counts, before)

    assert "canary" not in refused.value.detail
