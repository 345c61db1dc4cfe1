"""What was reminded of, who wants which reminders, addresses of calendar feeds.

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
        "reminders",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "about_id", "kind", "said_on", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_operator_id_said_on"), "reminders", ["operator_id", "said_on"])
    op.create_table(
        "reminder_wishes",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_reminder_wishes_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("operator_id", "staff_id", name=op.f("pk_reminder_wishes")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name=op.f("fk_calendar_feeds_staff_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("operator_id", "staff_id", name=op.f("pk_calendar_feeds")),
    )
    op.create_index(op.f("ix_calendar_feeds_token_hash"), "calendar_feeds", ["token_hash"])


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_table("reminder_wishes")
    op.drop_table("reminders")
