"""Whom a kept answer concerns, so that it goes with them; the request is known by a digest under the client's own key.

Revision: 0024
Before: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM idempotent_answers")  # kept for a day; nobody knows whom they concern
    with op.batch_alter_table("idempotent_answers") as table:
        table.add_column(sa.Column("subject_id", sa.Uuid(), nullable=True))
        table.alter_column("fingerprint", existing_type=sa.LargeBinary(), nullable=True)
        table.create_index(op.f("ix_idempotent_answers_operator_id_subject_id"), ["operator_id", "subject_id"])
    op.create_table(
        "idempotent_people",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "route", "key_hash", "subject_id", name=op.f("pk_idempotent_people")),
    )
    op.create_index(
        op.f("ix_idempotent_people_operator_id_subject_id"), "idempotent_people", ["operator_id", "subject_id"]
    )


def downgrade() -> None:
    op.drop_table("idempotent_people")
    op.execute("DELETE FROM idempotent_answers")
    with op.batch_alter_table("idempotent_answers") as table:
        table.drop_index(op.f("ix_idempotent_answers_operator_id_subject_id"))
        table.alter_column("fingerprint", existing_type=sa.LargeBinary(), nullable=False)
        table.drop_column("subject_id")
