"""Full exports of an operator, and their parts.

Revision: 0037
Before: 0036
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operator_exports",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_operator_exports")),
    )
    op.create_index(op.f("ix_operator_exports_operator_id_state"), "operator_exports", ["operator_id", "state"])
    _refuse_old_epochs("operator_exports", "key_sealed")
    op.create_table(
        "operator_export_parts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "pack_id"],
            ["operator_exports.operator_id", "operator_exports.id"],
            name=op.f("fk_operator_export_parts_operator_id_pack_id_operator_exports"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "pack_id", "number", name=op.f("pk_operator_export_parts")),
    )


def downgrade() -> None:
    op.drop_table("operator_export_parts")
    op.drop_table("operator_exports")


def _refuse_old_epochs(table: str, column: str) -> None:
    """Refuse what is sealed under an epoch that is over, as migration 0015 does elsewhere; it goes with the table."""
    if op.get_bind().dialect.name == "postgresql":
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
            "BEGIN SELECT RAISE(ABORT, 'the key epoch is over'); END"
        )
