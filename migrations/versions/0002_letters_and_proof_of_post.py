"""Letters; messages to staff and addresses, with the proof that they were sent.

Revision: 0002
Before: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("case_kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proof", JSON, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_letters")),
        sa.UniqueConstraint("operator_id", "year", "number", name=op.f("uq_letters_operator_id_year_number")),
    )
    op.create_index(op.f("ix_letters_operator_id_case_id"), "letters", ["operator_id", "case_id"])
    with op.batch_alter_table("outbox_messages") as batch:
        batch.alter_column("subject_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("staff_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("proof", JSON, nullable=True))
        batch.create_index(op.f("ix_outbox_messages_operator_id_case_id"), ["operator_id", "case_id"])


def downgrade() -> None:
    op.execute("DELETE FROM outbox_messages WHERE subject_id IS NULL")
    with op.batch_alter_table("outbox_messages") as batch:
        batch.drop_index(op.f("ix_outbox_messages_operator_id_case_id"))
        batch.drop_column("proof")
        batch.drop_column("sealed")
        batch.drop_column("staff_id")
        batch.alter_column("subject_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("letters")
