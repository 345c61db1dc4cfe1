"""Recipients, transfers and notices to recipients; the registers that an inspection asks for.

Revision: 0008
Before: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
CURRENT = sa.text("is_current")


def upgrade() -> None:
    op.create_table(
        "recipients",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("bin", sa.String(), nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("purposes", JSON, nullable=False),
        sa.Column("named_as", JSON, nullable=False),
        sa.Column("cross_border", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.String(32), nullable=True),
        sa.Column("publication", sa.Boolean(), nullable=False),
        sa.Column("contract", sa.String(), nullable=True),
        sa.Column("contract_on", sa.Date(), nullable=True),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", "edition", name=op.f("pk_recipients")),
    )
    op.create_index(
        "uq_recipients_current", "recipients", ["operator_id", "id"],
        unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT,
    )  # fmt: skip
    op.create_table(
        "transfers",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("must_tell", sa.Boolean(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told_how", sa.String(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_transfers")),
    )
    op.create_index(op.f("ix_transfers_operator_id_recipient_id"), "transfers", ["operator_id", "recipient_id"])
    op.create_index(
        op.f("ix_transfers_operator_id_transferred_on_id"), "transfers", ["operator_id", "transferred_on", "id"]
    )
    op.create_table(
        "transfer_subjects",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "transfer_id"],
            ["transfers.operator_id", "transfers.id"],
            name=op.f("fk_transfer_subjects_operator_id_transfer_id"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "transfer_id", "subject_id", name=op.f("pk_transfer_subjects")),
    )
    op.create_index(
        op.f("ix_transfer_subjects_operator_id_subject_id"), "transfer_subjects", ["operator_id", "subject_id"]
    )
    op.create_table(
        "recipient_notices",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("purposes", JSON, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proof", JSON, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("acknowledgement", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_recipient_notices")),
        sa.UniqueConstraint(
            "operator_id", "order_id", "recipient_id", "kind",
            name=op.f("uq_recipient_notices_operator_id_order_id_recipient_id_kind"),
        ),
    )  # fmt: skip
    op.create_index(
        op.f("ix_recipient_notices_operator_id_state_created_at"),
        "recipient_notices",
        ["operator_id", "state", "created_at"],
    )
    op.add_column("erasure_orders", sa.Column("purposes", JSON, server_default="[]", nullable=False))
    with op.batch_alter_table("erasure_orders") as batch:
        batch.alter_column("purposes", existing_type=JSON, server_default=None)
    op.create_index(
        op.f("ix_recipient_notices_operator_id_subject_id"), "recipient_notices", ["operator_id", "subject_id"]
    )
    op.create_table(
        "notice_rounds",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "order_id", "kind", name=op.f("pk_notice_rounds")),
    )
    op.create_table(
        "register_entries",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", "edition", name=op.f("pk_register_entries")),
    )
    op.create_index(
        "uq_register_entries_current", "register_entries", ["operator_id", "id"],
        unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT,
    )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("erasure_orders") as batch:
        batch.drop_column("purposes")
    op.drop_table("register_entries")
    for table in ("notice_rounds", "recipient_notices", "transfer_subjects", "transfers", "recipients"):
        op.drop_table(table)
