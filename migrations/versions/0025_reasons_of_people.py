"""Under whose key the reason of an entry is sealed, so that it goes with them.

Revision: 0025
Before: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not as a batch: SQLite would make the table anew, without the triggers that guard the epochs.
    op.add_column("clock_entries", sa.Column("reason_of", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("clock_entries", "reason_of")
