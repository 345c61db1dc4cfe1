"""The clock log of cases, the editions of the calendar, what each duty is counted from; erasure plans in columns.

Revision: 0003
Before: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
# Duties from before: the law's destruction counts from the effect or the end, an effect does not roll.
MOMENTS = """
    UPDATE duties SET
        moment = CASE
            WHEN code = 'destroy_expired' AND case_kind = 'withdrawal' THEN 'effective'
            WHEN code = 'destroy_expired' THEN 'ended'
            ELSE 'received' END,
        rolls = (code <> 'policy_withdrawal_effect')"""
STARTED = """
    INSERT INTO clock_entries
        (operator_id, case_id, seq, case_kind, kind, moment, at, author, reason_sealed, facts, recorded_at)
    SELECT operator_id, case_id, ROW_NUMBER() OVER (PARTITION BY operator_id, case_id ORDER BY moment),
        case_kind, 'started', moment, MIN(from_at), 'migration:0003', NULL, '{}', MIN(created_at)
    FROM duties GROUP BY operator_id, case_id, case_kind, moment"""

PLANS = """
    UPDATE withdrawals SET
        erase_ground = {ground}, erase_due_on = {due_on}, erase_run_after = {run_after}"""
PLANS_SQLITE = PLANS.format(
    ground="json_extract(erasure, '$.ground')",
    due_on="json_extract(erasure, '$.due_on')",
    run_after="strftime('%Y-%m-%dT%H:%M:%S', json_extract(erasure, '$.run_after')) || '.000000Z'",
)
PLANS_POSTGRESQL = PLANS.format(
    ground="erasure ->> 'ground'",
    due_on="(erasure ->> 'due_on')::date",
    run_after="(erasure ->> 'run_after')::timestamptz",
)
BACK_SQLITE = """
    UPDATE withdrawals SET erasure = json_object(
        'ground', erase_ground, 'due_on', erase_due_on, 'run_after', erase_run_after)"""
BACK_POSTGRESQL = """
    UPDATE withdrawals SET erasure = jsonb_build_object(
        'ground', erase_ground, 'due_on', erase_due_on::text, 'run_after', erase_run_after)"""


def upgrade() -> None:
    op.create_table(
        "calendar_editions",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("days", JSON, nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_calendar_editions")),
    )
    op.create_table(
        "clock_entries",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_kind", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("moment", sa.String(32), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "case_id", "seq", name=op.f("pk_clock_entries")),
    )
    with op.batch_alter_table("duties") as batch:
        batch.add_column(sa.Column("moment", sa.String(32), nullable=False, server_default="received"))
        batch.add_column(sa.Column("rolls", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(MOMENTS)
    op.execute(STARTED)
    with op.batch_alter_table("duties") as batch:
        batch.alter_column("moment", existing_type=sa.String(32), server_default=None)
        batch.alter_column("rolls", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("withdrawals") as batch:
        batch.add_column(sa.Column("erase_ground", sa.String(32), nullable=True))
        batch.add_column(sa.Column("erase_due_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("erase_run_after", UtcDateTime(), nullable=True))
    op.execute(PLANS_SQLITE if _is_sqlite() else PLANS_POSTGRESQL)
    with op.batch_alter_table("withdrawals") as batch:
        batch.alter_column("erase_ground", existing_type=sa.String(32), nullable=False)
        batch.alter_column("erase_due_on", existing_type=sa.Date(), nullable=False)
        batch.alter_column("erase_run_after", existing_type=UtcDateTime(), nullable=False)
        batch.drop_column("erasure")
    with op.batch_alter_table("withdrawal_purposes") as batch:
        batch.alter_column("state_before", existing_type=sa.String(), type_=sa.String(32), existing_nullable=False)
    with op.batch_alter_table("erasure_orders") as batch:
        batch.drop_column("purposes")


def downgrade() -> None:
    with op.batch_alter_table("erasure_orders") as batch:
        batch.add_column(sa.Column("purposes", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("withdrawal_purposes") as batch:
        batch.alter_column("state_before", existing_type=sa.String(32), type_=sa.String(), existing_nullable=False)
    with op.batch_alter_table("withdrawals") as batch:
        batch.add_column(sa.Column("erasure", JSON, nullable=False, server_default="{}"))
    op.execute(BACK_SQLITE if _is_sqlite() else BACK_POSTGRESQL)
    with op.batch_alter_table("withdrawals") as batch:
        batch.drop_column("erase_run_after")
        batch.drop_column("erase_due_on")
        batch.drop_column("erase_ground")
    with op.batch_alter_table("duties") as batch:
        batch.drop_column("rolls")
        batch.drop_column("moment")
    op.drop_table("clock_entries")
    op.drop_table("calendar_editions")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
