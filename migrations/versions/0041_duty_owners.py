"""A duty may be given to somebody else than the case it belongs to.

Revision: 0041
Before: 0040
"""

import sqlalchemy as sa
from alembic import op

from consent_service.online_changes import add_column, build_index

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OWNED = sa.text("owner_id IS NOT NULL")


def upgrade() -> None:
    add_column("duties", sa.Column("owner_id", sa.Uuid(), nullable=True))
    build_index("ix_duties_owner", "duties", ["operator_id", "owner_id", "due_on", "id"], where=OWNED)


def downgrade() -> None:
    op.drop_index("ix_duties_owner", table_name="duties")
    op.drop_column("duties", "owner_id")
