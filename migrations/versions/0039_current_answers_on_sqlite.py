"""On SQLite the indexes of answers that rule, in the words of the queries, for it knows partial indexes by their words.

Revision: 0039
Before: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make("is_current = 1")


def downgrade() -> None:
    _make("is_current")


def _make(rules: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name, columns, where, unique in (
        ("uq_consent_choices_current", ["operator_id", "subject_id", "purpose_id"], rules, True),
        ("ix_consent_choices_expires", ["expires_on"], f"{rules} AND expires_on IS NOT NULL", False),
    ):
        op.drop_index(name, "consent_choices")
        op.create_index(name, "consent_choices", columns, unique=unique, sqlite_where=sa.text(where))
