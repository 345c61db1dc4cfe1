"""Who of the staff did what an event tells of, and the order in which events are looked through.

Revision: 0034
Before: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BY_STAFF = sa.text("staff_id IS NOT NULL")
# The trigger stands aside for the one change of rows that the ledger has: a column that says what the body says.
POSTGRESQL = (
    "UPDATE ledger_events SET staff_id = substr(convert_from(body, 'UTF8')::jsonb ->> 'actor', 7)::uuid "
    "WHERE convert_from(body, 'UTF8')::jsonb ->> 'actor' ~ '^staff:[0-9a-f-]{36}$'"
)
SQLITE = (
    "UPDATE ledger_events SET staff_id = replace(substr(json_extract(CAST(body AS TEXT), '$.actor'), 7), '-', '') "
    "WHERE json_extract(CAST(body AS TEXT), '$.actor') LIKE 'staff:%' "
    "AND length(json_extract(CAST(body AS TEXT), '$.actor')) = 42"
)


def upgrade() -> None:
    op.add_column("ledger_events", sa.Column("staff_id", sa.Uuid(), nullable=True))
    _fill()
    op.drop_index(op.f("ix_ledger_events_operator_id_recorded_at"), table_name="ledger_events")
    op.create_index(op.f("ix_ledger_events_operator_id_kind_id"), "ledger_events", ["operator_id", "kind", "id"])
    op.create_index(
        "ix_ledger_events_staff",
        "ledger_events",
        ["operator_id", "staff_id", "id"],
        sqlite_where=BY_STAFF,
        postgresql_where=BY_STAFF,
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_events_staff", table_name="ledger_events")
    op.drop_index(op.f("ix_ledger_events_operator_id_kind_id"), table_name="ledger_events")
    op.create_index(op.f("ix_ledger_events_operator_id_recorded_at"), "ledger_events", ["operator_id", "recorded_at"])
    op.drop_column("ledger_events", "staff_id")


def _fill() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger_events DISABLE TRIGGER ledger_events_kept")
        op.execute(POSTGRESQL)
        op.execute("ALTER TABLE ledger_events ENABLE TRIGGER ledger_events_kept")
        return
    kept = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'ledger_events_update'"))
    op.execute("DROP TRIGGER ledger_events_update")
    op.execute(SQLITE)
    op.execute(kept)
