"""Whom of the identity provider an account belongs to, and who edited a draft of a document last.

Revision: 0036
Before: 0035
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_provider_links",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_provider_links_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_provider_links")),
        sa.UniqueConstraint("person_hash", name=op.f("uq_staff_provider_links_person_hash")),
    )
    op.add_column("document_versions", sa.Column("edited_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("document_versions", "edited_by")
    op.drop_table("staff_provider_links")
