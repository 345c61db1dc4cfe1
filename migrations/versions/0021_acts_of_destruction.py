"""Acts of destruction: numbered in a series of the operator, signed.

Revision: 0021
Before: 0020
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_certificates",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "order_id", name=op.f("pk_erasure_certificates")),
        sa.UniqueConstraint(
            "operator_id", "year", "number", name=op.f("uq_erasure_certificates_operator_id_year_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("erasure_certificates")
