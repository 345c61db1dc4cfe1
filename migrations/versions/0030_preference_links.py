"""Links by which people open the page of their own consents.

Revision: 0030
Before: 0029
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preference_links",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "token_hash", name=op.f("pk_preference_links")),
    )
    op.create_index(op.f("ix_preference_links_expires_at"), "preference_links", ["expires_at"])


def downgrade() -> None:
    op.drop_table("preference_links")
