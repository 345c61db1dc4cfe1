"""What shows that a letter went out, as far as it may be repeated: what was noted by hand may name somebody."""

import re
from collections.abc import Mapping
from typing import Any

# The number of a postal receipt.  What else is noted by hand may name somebody: it is not repeated.
_POSTAL_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9№ /-]{1,40}")


def repeatable_proof(proof: Mapping[str, Any] | None) -> str | None:  # Any: JSON values
    """Return the id of the message or the number of the postal receipt; None where neither is noted.

    >>> repeatable_proof({"receipt": "KZ 123"}), repeatable_proof({"receipt": "handed to A. Example"})
    ('KZ 123', None)
    """
    said = proof or {}
    noted = str(said.get("receipt", ""))
    return said.get("message_id") or (noted if _POSTAL_NUMBER.fullmatch(noted) else None)
