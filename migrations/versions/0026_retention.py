"""Storage schedules, what ended an answer, when purposes are reached, and the clocks and runs of retention.

Revision: 0026
Before: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNORDERED = "state IN ('waiting', 'ordering')"
OPEN = "over_at IS NULL"
OPEN_OF_RUNS = "run_id IS NOT NULL AND state NOT IN ('done', 'cancelled')"
SETTLED = "ix_outbox_messages_operator_id_settled_at"
TABLES = (
    "last_activities",
    "told_endings",
    "retention_rules",
    "retention_walks",
    "retention_parts",
    "retention_runs",
    "retention_clocks",
    "storage_schedules",
)


def upgrade() -> None:
    op.add_column("operators", sa.Column("storage_editions", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("purposes", sa.Column("reached_at", UtcDateTime(), nullable=True))
    op.add_column("consent_choices", sa.Column("ended_by", sa.String(32), nullable=True))
    op.create_table(
        "storage_schedules",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "edition", name=op.f("pk_storage_schedules")),
    )
    op.create_index(
        "ix_erasure_orders_open_of_runs",
        "erasure_orders",
        ["operator_id", "run_id", "id"],
        sqlite_where=sa.text(OPEN_OF_RUNS),
        postgresql_where=sa.text(OPEN_OF_RUNS),
    )
    op.create_index(op.f(SETTLED), "outbox_messages", ["operator_id", "settled_at"])
    _create_runs()
    _create_walks()
    _create_events()


def downgrade() -> None:
    op.drop_index(op.f(SETTLED), "outbox_messages")
    op.drop_index("ix_erasure_orders_open_of_runs", "erasure_orders")
    for name in TABLES:
        op.drop_table(name)
    op.drop_column("consent_choices", "ended_by")
    op.drop_column("purposes", "reached_at")
    op.drop_column("operators", "storage_editions")


def _create_runs() -> None:
    op.create_table(
        "retention_clocks",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", name=op.f("pk_retention_clocks")),
    )
    op.create_index(
        op.f("ix_retention_clocks_operator_id_look_on_subject_id"),
        "retention_clocks",
        ["operator_id", "look_on", "subject_id"],
    )
    op.create_table(
        "retention_runs",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_retention_runs")),
    )
    op.create_index(
        "uq_retention_runs_unordered",
        "retention_runs",
        ["operator_id"],
        unique=True,
        sqlite_where=sa.text(UNORDERED),
        postgresql_where=sa.text(UNORDERED),
    )
    op.create_index(op.f("ix_retention_runs_operator_id_opened_at"), "retention_runs", ["operator_id", "opened_at"])
    op.create_table(
        "retention_parts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "run_id", "id", name=op.f("pk_retention_parts")),
    )


def _create_walks() -> None:
    op.create_table(
        "retention_walks",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("reached_at", UtcDateTime(), nullable=False),
        sa.Column("read_until", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_retention_walks")),
    )
    op.create_index(
        "ix_retention_walks_open",
        "retention_walks",
        ["operator_id", "id"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_table(
        "retention_rules",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("editions", sa.String(), nullable=False),
        sa.Column("read_until", sa.Uuid(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "document_id", name=op.f("pk_retention_rules")),
    )


def _create_events() -> None:
    op.create_table(
        "told_endings",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_told_endings")),
    )
    op.create_index(op.f("ix_told_endings_operator_id_subject_id"), "told_endings", ["operator_id", "subject_id"])
    op.create_table(
        "last_activities",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "subject_id", name=op.f("pk_last_activities")),
    )
