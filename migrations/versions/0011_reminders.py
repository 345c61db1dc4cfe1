"""What was reminded of, rounds held, who wants which messages, addresses of calendar feeds.

Revision: 0011
Before: 0010
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminders_sent",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "duty_id", "kind", "day", name=op.f("pk_reminders_sent")),
    )
    op.create_index(op.f("ix_reminders_sent_operator_id_sent_at"), "reminders_sent", ["operator_id", "sent_at"])
    op.create_table(
        "reminder_rounds",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("round", sa.String(32), nullable=False),
        sa.Column("held_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "day", "round", name=op.f("pk_reminder_rounds")),
    )
    op.create_table(
        "reminder_choices",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_reminder_choices_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("operator_id", "staff_id", name=op.f("pk_reminder_choices")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_calendar_feeds_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("operator_id", "staff_id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("operator_id", "token_hash", name=op.f("uq_calendar_feeds_operator_id_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_table("reminder_choices")
    op.drop_table("reminder_rounds")
    op.drop_table("reminders_sent")
