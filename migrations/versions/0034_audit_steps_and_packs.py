"""Who of the staff did what an event tells of, the order in which events are looked through, the first steps, packs.

Revision: 0034
Before: 0033
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime
from consent_service.online_changes import add_column, build_index, drop_index, fill, lock

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BY_STAFF = sa.text("staff_id IS NOT NULL")
# The trigger stands aside for the one change of rows that the ledger has: a column that says what the body says.
BY_BODY = "substr(convert_from({0}body, 'UTF8')::jsonb ->> 'actor', 7)"
POSTGRESQL = (
    f"staff_id = {BY_BODY.format('')}::uuid",
    "staff_id IS NULL AND convert_from(body, 'UTF8')::jsonb ->> 'actor' ~ '^staff:[0-9a-f-]{36}$'",
)
ACTOR = "json_extract(CAST(body AS TEXT), '$.actor')"
SQLITE = (
    f"staff_id = replace(substr({ACTOR}, 7), '-', '')",
    f"{ACTOR} LIKE 'staff:%' AND length({ACTOR}) = 42",
)
REST = ("operator_id", "id", "stream", "stream_seq", "prev", "kind", "body", "salt", "leaf_input", "recorded_at")
FILLS = (
    f"OLD.staff_id IS NULL AND NEW.staff_id::text = {BY_BODY.format('OLD.')} AND NEW.expired_at IS NULL "
    f"AND ({', '.join(f'NEW.{one}' for one in REST)}) IS NOT DISTINCT FROM ({', '.join(f'OLD.{one}' for one in REST)})"
)


def upgrade() -> None:
    add_column("ledger_events", sa.Column("staff_id", sa.Uuid(), nullable=True))
    _fill()
    build_index(op.f("ix_ledger_events_operator_id_kind_id"), "ledger_events", ["operator_id", "kind", "id"])
    build_index("ix_ledger_events_staff", "ledger_events", ["operator_id", "staff_id", "id"], where=BY_STAFF)
    drop_index(op.f("ix_ledger_events_operator_id_recorded_at"), "ledger_events")
    add_column("operators", sa.Column("steps_put_away_at", UtcDateTime(), nullable=True))

    op.create_table(
        "inspection_packs",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
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
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_inspection_packs")),
    )
    op.create_index(op.f("ix_inspection_packs_operator_id_state"), "inspection_packs", ["operator_id", "state"])
    _refuse_old_epochs("inspection_packs", "key_sealed")
    op.create_table(
        "inspection_pack_parts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "pack_id"],
            ["inspection_packs.operator_id", "inspection_packs.id"],
            name=op.f("fk_inspection_pack_parts_operator_id_pack_id_inspection_packs"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "pack_id", "number", name=op.f("pk_inspection_pack_parts")),
    )


def downgrade() -> None:
    op.drop_table("inspection_pack_parts")
    op.drop_table("inspection_packs")
    op.drop_column("operators", "steps_put_away_at")
    op.drop_index("ix_ledger_events_staff", table_name="ledger_events")
    op.drop_index(op.f("ix_ledger_events_operator_id_kind_id"), table_name="ledger_events")
    op.create_index(op.f("ix_ledger_events_operator_id_recorded_at"), "ledger_events", ["operator_id", "recorded_at"])
    op.drop_column("ledger_events", "staff_id")


def _fill() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _keep(ledger_events_kept=f"UPDATE {{}} WHEN (({FILLS}) IS NOT TRUE)", ledger_events_not_deleted="DELETE {}")
        fill("ledger_events", *POSTGRESQL)
        _keep(ledger_events_kept="UPDATE OR DELETE {}")
        return
    kept = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'ledger_events_update'"))
    op.execute("DROP TRIGGER ledger_events_update")
    fill("ledger_events", *SQLITE)
    op.execute(kept)


def _keep(**triggers: str) -> None:
    """Have these triggers refuse changes, in one instant."""
    lock("ledger_events")
    for name in ("ledger_events_kept", "ledger_events_not_deleted"):
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON ledger_events")
    for name, when in triggers.items():
        act = when.format("ON ledger_events FOR EACH ROW")
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} EXECUTE FUNCTION refuse_ledger_change()")


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
