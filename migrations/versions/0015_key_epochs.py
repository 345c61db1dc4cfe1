"""Epochs of the key-encryption keys, the check of the key file, and which epoch wrapped an erased person's key.

A trigger refuses what is wrapped, sealed or indexed under an epoch before the newest, whichever process does it.  On
PostgreSQL whoever writes such a value holds a shared lock, so that the beginning of an epoch waits for them.

Revision: 0015
Before: 0014
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OVER = "the key epoch is over"
EPOCH_LOCK = 5_354_610
# What an epoch leads: (table, column).
OF_EPOCHS = (
    ("subjects", "key_wrapped"),
    ("subjects", "ref_index"),
    ("subject_identifiers", "value_index"),
    ("staff_members", "email_sealed"),
    ("clock_entries", "reason_sealed"),
    ("letters", "sealed"),
    ("recalculations", "reason_sealed"),
    ("register_entries", "sealed"),
    ("incidents", "sealed"),
    ("outbox_messages", "sealed"),
    ("recipients", "sealed"),
    ("recipient_notices", "sealed"),
)


def upgrade() -> None:
    for table in ("subjects", "staff_members"):
        if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(table))):
            message = (
                f"The table {table} has rows from before key epochs, whose indexes and seals are of another form. "
                "Begin with a fresh DATA_DIR or an empty database; nothing was changed."
            )
            raise RuntimeError(message)
    op.execute("DELETE FROM idempotent_answers")  # they are kept sealed from here on
    op.create_table(
        "key_epochs",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_key_epochs")),
    )
    op.create_table(
        "key_checks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_checks")),
    )
    op.add_column("erased_subjects", sa.Column("key_epoch", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _add_sqlite_triggers()
    else:
        _add_postgresql_triggers()


def downgrade() -> None:
    for table, column in OF_EPOCHS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_{column}_epoch_insert")
            op.execute(f"DROP TRIGGER {table}_{column}_epoch_update")
        else:
            op.execute(f"DROP TRIGGER {table}_{column}_epoch ON {table}")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_key_epoch_that_is_over()")
    op.drop_column("erased_subjects", "key_epoch")
    op.drop_table("key_checks")
    op.drop_table("key_epochs")


def _add_sqlite_triggers() -> None:
    for table, column in OF_EPOCHS:
        for name, act in (("insert", "INSERT"), ("update", f"UPDATE OF {column}")):
            op.execute(
                f"CREATE TRIGGER {table}_{column}_epoch_{name} BEFORE {act} ON {table} "
                f"WHEN NEW.{column} IS NOT NULL AND hex(substr(NEW.{column}, 1, 4)) < "
                "(SELECT printf('%08X', max(epoch)) FROM key_epochs "
                "HAVING count(*) > 0) "
                f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
            )


def _add_postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION refuse_key_epoch_that_is_over() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE blob bytea; BEGIN "
        "EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO blob USING NEW; "
        "IF blob IS NULL THEN RETURN NEW; END IF; "
        f"PERFORM pg_advisory_xact_lock_shared({EPOCH_LOCK}); "
        "IF encode(substring(blob from 1 for 4), 'hex') < "
        "(SELECT lpad(to_hex(max(epoch)), 8, '0') COLLATE \"C\" FROM key_epochs) "
        f"THEN RAISE EXCEPTION '{OVER}'; END IF; RETURN NEW; END $$"
    )
    for table, column in OF_EPOCHS:
        op.execute(
            f"CREATE TRIGGER {table}_{column}_epoch BEFORE INSERT OR UPDATE OF {column} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('{column}')"
        )
