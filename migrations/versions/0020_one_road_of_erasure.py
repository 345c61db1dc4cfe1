"""The whole road of erasure: targets of an order, legal holds, approvals.

Revision: 0020
Before: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

OVER = "the key epoch is over"
SEALED = ("erasure_approvals", "reason_sealed")
TO_DO = "state IN ('scheduled', 'running', 'failed')"
IN_FORCE = "lifted_at IS NULL"
NEW_COLUMNS = (
    ("run_id", sa.Uuid()),
    ("started_at", UtcDateTime()),
    ("held_by", sa.Uuid()),
    ("cancelled", sa.String(32)),
    ("ordered_by", sa.String()),
    ("reference", sa.String()),
)


def upgrade() -> None:
    for name, kind in NEW_COLUMNS:
        op.add_column("erasure_orders", sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE erasure_orders SET started_at = COALESCE(done_at, created_at) "
        "WHERE state IN ('running', 'failed', 'done')"
    )
    op.execute("UPDATE erasure_orders SET cancelled = 'cause_ended' WHERE state = 'cancelled'")
    op.create_index(
        op.f("ix_erasure_orders_operator_id_created_at_id"), "erasure_orders", ["operator_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_erasure_orders_operator_id_run_id_id"), "erasure_orders", ["operator_id", "run_id", "id"])
    op.create_index(
        "ix_erasure_orders_to_do",
        "erasure_orders",
        ["operator_id", "due_on", "id"],
        sqlite_where=sa.text(TO_DO),
        postgresql_where=sa.text(TO_DO),
    )
    _create_targets()
    _create_holds()
    _create_approvals()


def downgrade() -> None:
    table, column = SEALED
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_{column}_epoch_insert")
        op.execute(f"DROP TRIGGER {table}_{column}_epoch_update")
    else:
        op.execute(f"DROP TRIGGER {table}_{column}_epoch ON {table}")
    for name in ("erasure_approvals", "legal_holds", "erasure_targets"):
        op.drop_table(name)
    op.drop_index("ix_erasure_orders_to_do", "erasure_orders")
    op.drop_index(op.f("ix_erasure_orders_operator_id_run_id_id"), "erasure_orders")
    op.drop_index(op.f("ix_erasure_orders_operator_id_created_at_id"), "erasure_orders")
    with op.batch_alter_table("erasure_orders") as batch:
        for name, _ in reversed(NEW_COLUMNS):
            batch.drop_column(name)


def _create_targets() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "erasure_targets",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("found", json, nullable=True),
        sa.Column("before", json, nullable=True),
        sa.Column("erased", json, nullable=False),
        sa.Column("lost", json, nullable=False),
        sa.Column("k", json, nullable=False),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id", "order_id"],
            ["erasure_orders.operator_id", "erasure_orders.id"],
            name=op.f("fk_erasure_targets_operator_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "order_id", "name", name=op.f("pk_erasure_targets")),
    )
    op.create_index(op.f("ix_erasure_targets_state_next_try_at"), "erasure_targets", ["state", "next_try_at"])


def _create_holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("purpose_id", sa.Uuid(), nullable=True),
        sa.Column("covers", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lift_reference", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "ix_legal_holds_in_force",
        "legal_holds",
        ["operator_id", "id"],
        sqlite_where=sa.text(IN_FORCE),
        postgresql_where=sa.text(IN_FORCE),
    )
    op.create_index(op.f("ix_legal_holds_operator_id_placed_at_id"), "legal_holds", ["operator_id", "placed_at", "id"])


def _create_approvals() -> None:
    op.create_table(
        "erasure_approvals",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("followed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_erasure_approvals")),
    )
    op.create_index(
        op.f("ix_erasure_approvals_operator_id_state_requested_at"),
        "erasure_approvals",
        ["operator_id", "state", "requested_at"],
    )
    table, column = SEALED
    if op.get_bind().dialect.name == "sqlite":
        for name, act in (("insert", "INSERT"), ("update", f"UPDATE OF {column}")):
            op.execute(
                f"CREATE TRIGGER {table}_{column}_epoch_{name} BEFORE {act} ON {table} "
                f"WHEN NEW.{column} IS NOT NULL AND hex(substr(NEW.{column}, 1, 4)) < "
                "(SELECT printf('%08X', max(epoch)) FROM key_epochs HAVING count(*) > 0) "
                f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_{column}_epoch BEFORE INSERT OR UPDATE OF {column} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('{column}')"
    )
