"""Counts that somebody else says: taken only where they can be right."""

from collections.abc import Mapping
from typing import Any

from consent_service.connectors.description import MailTaskDescription, WebhookDescription
from consent_service.connectors.refusals import TargetFailedError

MOST = 1_000_000  # records of one person in one category


def check_counts(
    description: WebhookDescription | MailTaskDescription,
    counts: Any,  # Any: whatever was said
    found_before: Mapping[str, int],
) -> Mapping[str, int]:
    """Return counts by category.

    Raises:
        TargetFailedError: They are none, not of the categories that were asked for, negative, absurd, or do not agree
            with what was found before; nothing of what was said is repeated.
    """
    wanted = {category.code for category in description.categories}
    if not isinstance(counts, dict):
        raise TargetFailedError(f"{description.name}: The answer has no counts by category.")
    if set(counts) != wanted:
        raise TargetFailedError(
            f"{description.name}: The answer must count each of {', '.join(sorted(wanted))}, and nothing else."
        )
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= MOST for n in counts.values()):
        raise TargetFailedError(f"{description.name}: A count in the answer is no whole number from 0 to {MOST}.")
    if any(count > found_before.get(code, count) for code, count in counts.items()):
        raise TargetFailedError(f"{description.name}: The answer counts more than was found there before.")
    if sum(found_before.values()) and not sum(counts.values()):
        raise TargetFailedError(f"{description.name}: Data were found there before, and nothing is said to be erased.")
    return counts
