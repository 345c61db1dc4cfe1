"""Drafts of forms with their files, rates, files of people, and what a request from a form says more.

Revision: 0029
Before: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "form_drafts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "lookup", name=op.f("pk_form_drafts")),
    )
    op.create_index(op.f("ix_form_drafts_expires_at"), "form_drafts", ["expires_at"])
    op.create_table(
        "form_draft_files",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "lookup"],
            ["form_drafts.operator_id", "form_drafts.lookup"],
            name=op.f("fk_form_draft_files_operator_id_lookup"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operator_id", "lookup", "id", name=op.f("pk_form_draft_files")),
    )
    op.create_table(
        "rate_uses",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("full_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "rate", "who", name=op.f("pk_rate_uses")),
    )
    op.create_index(op.f("ix_rate_uses_full_at"), "rate_uses", ["full_at"])
    op.create_table(
        "subject_files",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("about_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "subject_id"],
            ["subjects.operator_id", "subjects.id"],
            name=op.f("fk_subject_files_operator_id_subject_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", "id", name=op.f("pk_subject_files")),
    )
    op.create_index(op.f("ix_subject_files_operator_id_case_id"), "subject_files", ["operator_id", "case_id"])
    with op.batch_alter_table("subject_requests") as requests:
        requests.add_column(sa.Column("purposes", JSON, nullable=True))
        requests.add_column(
            sa.Column("acting", JSON, nullable=False, server_default='{"by": "person", "age": "adult"}')
        )
        requests.add_column(sa.Column("tracking_lookup", sa.LargeBinary(), nullable=True))
        requests.create_unique_constraint(
            op.f("uq_subject_requests_operator_id_tracking_lookup"), ["operator_id", "tracking_lookup"]
        )


def downgrade() -> None:
    with op.batch_alter_table("subject_requests") as requests:
        requests.drop_constraint(op.f("uq_subject_requests_operator_id_tracking_lookup"), type_="unique")
        for column in ("tracking_lookup", "acting", "purposes"):
            requests.drop_column(column)
    for table in ("subject_files", "rate_uses", "form_draft_files", "form_drafts"):
        op.drop_table(table)
