"""Webhooks: addresses of operators' own systems, what is owed to them, what each try came to.

Revision: 0018
Before: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OVER = "the key epoch is over"
OF_EPOCHS = ("webhooks", "webhook_deliveries")  # their column ``sealed``


def upgrade() -> None:
    # The default stays: the release before registers operators without the column.
    op.add_column("operators", sa.Column("webhook_kinds", JSON, server_default="[]", nullable=False))
    op.create_table(
        "webhooks",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("because", sa.String(32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("previous_until", UtcDateTime(), nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("resume_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("owed_since", UtcDateTime(), nullable=False),
        sa.Column("run_after", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id", "webhook_id"],
            ["webhooks.operator_id", "webhooks.id"],
            name=op.f("fk_webhook_deliveries_operator_id_webhook_id_webhooks"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_webhook_deliveries")),
    )
    indexes = (("webhook_id", "state", "run_after"), ("webhook_id", "created_at"), ("subject_id",), ("settled_at",))
    for columns in indexes:
        name = op.f(f"ix_webhook_deliveries_operator_id_{'_'.join(columns)}")
        op.create_index(name, "webhook_deliveries", ["operator_id", *columns])
    op.create_table(
        "webhook_attempts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id", "delivery_id"],
            ["webhook_deliveries.operator_id", "webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_operator_id_delivery_id_webhook_deliveries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operator_id", "delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
    for table in OF_EPOCHS:
        _add_triggers(table)


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhooks"):
        op.drop_table(table)  # and its triggers
    op.drop_column("operators", "webhook_kinds")


def _add_triggers(table: str) -> None:
    """Refuse what is sealed under an epoch that is over, as migration 0015 does elsewhere."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_sealed_epoch BEFORE INSERT OR UPDATE OF sealed ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('sealed')"
        )
        return
    for name, act in (("insert", "INSERT"), ("update", "UPDATE OF sealed")):
        op.execute(
            f"CREATE TRIGGER {table}_sealed_epoch_{name} BEFORE {act} ON {table} "
            "WHEN NEW.sealed IS NOT NULL AND hex(substr(NEW.sealed, 1, 4)) < "
            "(SELECT printf('%08X', max(epoch)) FROM key_epochs HAVING count(*) > 0) "
            f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
        )
