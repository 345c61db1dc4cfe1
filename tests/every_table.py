"""All tables of the service, whoever imports them."""

import importlib
from pathlib import Path

from sqlalchemy import Table

from consent_service.kernel.db import Base

ROOT = Path(__file__).resolve().parents[1]


def every_table() -> list[Table]:
    """Import whatever defines tables, and return them sorted by what they refer to."""
    for place in sorted((ROOT / "consent_service").glob("*/tables.py")):
        importlib.import_module(f"consent_service.{place.parent.name}.tables")
    return list(Base.metadata.sorted_tables)
