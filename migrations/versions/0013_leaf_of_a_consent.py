"""The leaf of the ledger that commits to a consent, so that its receipt can name it.

Revision: 0013
Before: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consents", sa.Column("leaf_input", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("consents", "leaf_input")
