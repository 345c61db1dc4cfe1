"""Files of former answers: how far each was imported; indexes for two reads that read a whole table through.

Revision: 0035
Before: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime
from consent_service.online_changes import build_index

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


STRAY = sa.text("NOT is_current AND state IN ('pending_approval', 'active', 'implied', 'withdrawal_pending')")


def upgrade() -> None:
    build_index("ix_consent_choices_stray", "consent_choices", ["operator_id", "subject_id"], where=STRAY)
    build_index(op.f("ix_ledger_queue_recorded_at"), "ledger_queue", ["recorded_at"])
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "consent_imports",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_index", sa.LargeBinary(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("next_line", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_consent_imports")),
        sa.UniqueConstraint("operator_id", "file_index", name=op.f("uq_consent_imports_operator_id_file_index")),
    )
    op.create_table(
        "refused_lines",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("reasons", json, nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "import_id", "line", name=op.f("pk_refused_lines")),
        sa.ForeignKeyConstraint(
            ["operator_id", "import_id"],
            ["consent_imports.operator_id", "consent_imports.id"],
            name=op.f("fk_refused_lines_operator_id_import_id"),
        ),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_queue_recorded_at"), "ledger_queue")
    op.drop_index("ix_consent_choices_stray", "consent_choices")
    op.drop_table("refused_lines")
    op.drop_table("consent_imports")
