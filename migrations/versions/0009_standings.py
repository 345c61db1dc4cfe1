"""Changes of documents and each person's standing towards them.

Revision: 0009
Before: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
DUE = sa.text("binds_at IS NOT NULL AND binds <> 'use' AND state IN ('waiting', 'notified')")


def upgrade() -> None:
    op.add_column("document_versions", sa.Column("change_kind", sa.String(32), nullable=True))
    op.create_index(op.f("ix_consents_operator_id_document_id_id"), "consents", ["operator_id", "document_id", "id"])
    op.create_table(
        "version_changes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.Column("read_until", sa.Uuid(), nullable=True),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "version_id"],
            ["document_versions.operator_id", "document_versions.id"],
            name=op.f("fk_version_changes_operator_id_version_id_document_versions"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "version_id", name=op.f("pk_version_changes")),
    )
    op.create_table(
        "standings",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("base_version_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("binds", sa.String(32), nullable=True),
        sa.Column("notified_at", UtcDateTime(), nullable=True),
        sa.Column("notice", JSON, nullable=True),
        sa.Column("binds_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("how", sa.String(32), nullable=True),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("objected_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawal_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", "version_id", name=op.f("pk_standings")),
    )
    op.create_index(
        op.f("ix_standings_operator_id_version_id_state"), "standings", ["operator_id", "version_id", "state"]
    )
    op.create_index(
        "ix_standings_due", "standings", ["operator_id", "binds_at"], sqlite_where=DUE, postgresql_where=DUE
    )


def downgrade() -> None:
    op.drop_table("standings")
    op.drop_table("version_changes")
    op.drop_index(op.f("ix_consents_operator_id_document_id_id"), "consents")
    op.drop_column("document_versions", "change_kind")
