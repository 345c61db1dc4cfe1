"""Which generation of the signing key signs a log; the addresses of staff are indexed under the key epoch.

Revision: 0016
Before: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OVER = "the key epoch is over"
TABLE, COLUMN = "staff_members", "email_index"


def upgrade() -> None:
    if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(TABLE))):
        message = (
            f"The table {TABLE} has rows from before their addresses were indexed by epoch. "
            "Begin with a fresh DATA_DIR or an empty database; nothing was changed."
        )
        raise RuntimeError(message)
    op.add_column("ledger_epochs", sa.Column("signed_by", sa.Integer(), nullable=False, server_default="1"))
    op.execute("DELETE FROM key_checks WHERE name = 'signing'")  # it is noted anew, as that of a generation
    if op.get_bind().dialect.name == "sqlite":
        for name, act in (("insert", "INSERT"), ("update", f"UPDATE OF {COLUMN}")):
            op.execute(
                f"CREATE TRIGGER {TABLE}_{COLUMN}_epoch_{name} BEFORE {act} ON {TABLE} "
                f"WHEN NEW.{COLUMN} IS NOT NULL AND hex(substr(NEW.{COLUMN}, 1, 4)) < "
                "(SELECT printf('%08X', max(epoch)) FROM key_epochs HAVING count(*) > 0) "
                f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
            )
    else:
        op.alter_column("ledger_epochs", "signed_by", server_default=None)
        op.execute(
            f"CREATE TRIGGER {TABLE}_{COLUMN}_epoch BEFORE INSERT OR UPDATE OF {COLUMN} ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('{COLUMN}')"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {TABLE}_{COLUMN}_epoch_insert")
        op.execute(f"DROP TRIGGER {TABLE}_{COLUMN}_epoch_update")
    else:
        op.execute(f"DROP TRIGGER {TABLE}_{COLUMN}_epoch ON {TABLE}")
    op.drop_column("ledger_epochs", "signed_by")
