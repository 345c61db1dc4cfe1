"""Requests of people, codes that say who asks, answers that are blocked.

Revision: 0006
Before: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("consent_choices", sa.Column("blocked_from", sa.String(32), nullable=True))
    op.create_table(
        "subject_requests",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("linked_to", sa.Uuid(), nullable=True),
        sa.Column("identity", sa.String(32), nullable=True),
        sa.Column("identified_at", UtcDateTime(), nullable=True),
        sa.Column("violation", sa.String(32), nullable=True),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_subject_requests")),
    )
    op.create_index(
        op.f("ix_subject_requests_operator_id_subject_id"), "subject_requests", ["operator_id", "subject_id"]
    )
    op.create_index(
        op.f("ix_subject_requests_operator_id_state_received_at"),
        "subject_requests",
        ["operator_id", "state", "received_at"],
    )
    op.create_table(
        "identity_codes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_identity_codes")),
    )
    op.create_index(
        op.f("ix_identity_codes_operator_id_subject_id_sent_at"),
        "identity_codes",
        ["operator_id", "subject_id", "sent_at"],
    )


def downgrade() -> None:
    op.drop_table("identity_codes")
    op.drop_table("subject_requests")
    op.execute("UPDATE consent_choices SET state = blocked_from WHERE blocked_from IS NOT NULL")
    with op.batch_alter_table("consent_choices") as batch:
        batch.drop_column("blocked_from")
