"""Connectors: where an operator's data lie outside our tables, what was tried there, what is done there by hand.

Revision: 0022
Before: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OVER = "the key epoch is over"
OF_EPOCHS = (("connectors", "sealed"), ("mail_tasks", "sealed"), ("mail_tasks", "answer_sealed"))


def upgrade() -> None:
    op.create_table(
        "connectors",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_connectors_operator_id_operators")),
        sa.PrimaryKeyConstraint("operator_id", "name", name=op.f("pk_connectors")),
    )
    op.create_table(
        "connector_attempts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("attempt", JSON, nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "order_id", "target", name=op.f("pk_connector_attempts")),
    )
    op.create_index(
        op.f("ix_connector_attempts_operator_id_tried_at"), "connector_attempts", ["operator_id", "tried_at"]
    )
    op.create_table(
        "mail_tasks",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("counts", JSON, nullable=True),
        sa.Column("mailed_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "order_id", "target", name=op.f("pk_mail_tasks")),
    )
    op.create_index(op.f("ix_mail_tasks_operator_id_state"), "mail_tasks", ["operator_id", "state"])
    op.create_table(
        "mail_task_links",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "order_id", "target"],
            ["mail_tasks.operator_id", "mail_tasks.order_id", "mail_tasks.target"],
            name=op.f("fk_mail_task_links_operator_id_order_id_target_mail_tasks"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "token_hash", name=op.f("pk_mail_task_links")),
    )
    for table, column in OF_EPOCHS:
        _add_triggers(table, column)


def downgrade() -> None:
    for table in ("mail_task_links", "mail_tasks", "connector_attempts", "connectors"):
        op.drop_table(table)  # and its triggers


def _add_triggers(table: str, column: str) -> None:
    """Refuse what is sealed under an epoch that is over, as migration 0015 does elsewhere."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_{column}_epoch BEFORE INSERT OR UPDATE OF {column} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('{column}')"
        )
        return
    for name, act in (("insert", "INSERT"), ("update", f"UPDATE OF {column}")):
        op.execute(
            f"CREATE TRIGGER {table}_{column}_epoch_{name} BEFORE {act} ON {table} "
            f"WHEN NEW.{column} IS NOT NULL AND hex(substr(NEW.{column}, 1, 4)) < "
            "(SELECT printf('%08X', max(epoch)) FROM key_epochs HAVING count(*) > 0) "
            f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
        )
