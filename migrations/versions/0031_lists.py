"""What figures were on each day, and the order of lists.

Revision: 0031
Before: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime
from consent_service.online_changes import add_column, build_index

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

UNMET = sa.text("state IN ('open', 'late')")
REFUSED = sa.text("bar IS NOT NULL")
OPEN = sa.text("state NOT IN ('done', 'cancelled')")


INDEXES = (
    ("consents", ["operator_id", "document_id", "given_at", "id"]),
    ("subject_requests", ["operator_id", "received_at", "id"]),
    ("subject_requests", ["operator_id", "type", "received_at", "id"]),
    ("subject_requests", ["operator_id", "assignee_id", "received_at", "id"]),
    ("withdrawals", ["operator_id", "received_at", "id"]),
    ("withdrawals", ["operator_id", "state", "received_at", "id"]),
    ("withdrawals", ["operator_id", "assignee_id", "received_at", "id"]),
)


ANSWERS = (
    (
        "ix_consent_choices_not_active",
        (["operator_id", "state", "answered_at", "consent_id"], sa.text("state <> 'active'")),
    ),
    (
        "ix_consent_choices_blocked",
        (["operator_id", "answered_at", "consent_id"], sa.text("blocked_at IS NOT NULL")),
    ),
)


def upgrade() -> None:
    for table in ("subject_requests", "withdrawals"):
        add_column(table, sa.Column("assignee_id", sa.Uuid(), nullable=True))
    _build_indexes()
    op.create_table(
        "daily_figures",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "day", "figure", name=op.f("pk_daily_figures")),
    )
    op.create_table(
        "saved_views",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        op.f("ix_saved_views_operator_id_staff_id_list"), "saved_views", ["operator_id", "staff_id", "list"]
    )
    op.create_table(
        "subject_searches",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("found", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_subject_searches")),
    )
    op.create_index(
        op.f("ix_subject_searches_operator_id_expires_at"), "subject_searches", ["operator_id", "expires_at"]
    )


def _build_indexes() -> None:
    for table, columns in INDEXES:
        build_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    build_index("ix_withdrawals_refused", "withdrawals", ["operator_id", "received_at", "id"], where=REFUSED)
    for name, (columns, rows) in ANSWERS:
        build_index(name, "consent_choices", columns, where=rows)
    build_index("ix_duties_due", "duties", ["operator_id", "due_on", "id"], where=UNMET)
    build_index("ix_erasure_orders_open", "erasure_orders", ["operator_id", "due_on", "id"], where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_erasure_orders_open", "erasure_orders")
    op.drop_index("ix_duties_due", "duties")
    for name, _ in ANSWERS:
        op.drop_index(name, "consent_choices")
    op.drop_index("ix_withdrawals_refused", "withdrawals")
    for table, columns in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    for table in ("subject_requests", "withdrawals"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("assignee_id")
    op.drop_table("subject_searches")
    op.drop_table("saved_views")
    op.drop_table("daily_figures")
