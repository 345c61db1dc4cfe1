"""What a transaction has read of operators already, so that it reads it once; the next transaction reads anew."""

from typing import Any

from sqlalchemy.orm import Session, SessionTransaction

_KEPT = "operators_read_once"


def in_transaction(session: Session, what: str) -> dict[int, Any]:  # Any: its reader knows
    """Return what the transaction knows of one thing, by number of the operator; for the caller to fill."""
    began: SessionTransaction | None
    known: dict[str, dict[int, Any]]
    began, known = session.info.get(_KEPT, (None, {}))
    if began is not session.get_transaction():
        known = {}
        session.info[_KEPT] = (session.get_transaction(), known)
    return known.setdefault(what, {})
