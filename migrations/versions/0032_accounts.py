"""How accounts prove themselves: apps, recovery codes, passkeys, devices, invitations.

Revision: 0032
Before: 0031
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

OVER = "the key epoch is over"
OF_EPOCHS = (
    ("staff_sessions", "seen_from_sealed"),
    ("staff_authenticators", "secret_sealed"),
    ("staff_invitations", "email_sealed"),
)
TABLES = (
    "staff_authenticators",
    "staff_recovery_codes",
    "staff_passkeys",
    "staff_devices",
    "sign_in_tickets",
    "staff_invitations",
)


def upgrade() -> None:
    with op.batch_alter_table("staff_sessions") as sessions:
        sessions.add_column(sa.Column("id", sa.Uuid(), nullable=True))
        sessions.add_column(sa.Column("seen_from_sealed", sa.LargeBinary(), nullable=True))
        sessions.add_column(sa.Column("proved_at", UtcDateTime(), nullable=True))
        sessions.create_unique_constraint(op.f("uq_staff_sessions_id"), ["id"])
    _of_staff(
        "staff_authenticators",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        key=("staff_id",),
    )
    _of_staff(
        "staff_recovery_codes",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        key=("staff_id", "code_hash"),
    )
    _of_staff(
        "staff_passkeys",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        key=("credential_id",),
    )
    op.create_index(op.f("ix_staff_passkeys_staff_id"), "staff_passkeys", ["staff_id"])
    _of_staff(
        "staff_devices",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        key=("token_hash",),
    )
    op.create_index(op.f("ix_staff_devices_staff_id"), "staff_devices", ["staff_id"])
    op.create_index(op.f("ix_staff_devices_seen_at"), "staff_devices", ["seen_at"])
    _of_staff(
        "sign_in_tickets",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        key=("token_hash",),
    )
    op.create_index(op.f("ix_sign_in_tickets_expires_at"), "sign_in_tickets", ["expires_at"])
    op.create_table(
        "staff_invitations",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_staff_invitations_operator_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["staff_members.id"], name=op.f("fk_staff_invitations_invited_by")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("operator_id", "token_hash", name=op.f("uq_staff_invitations_operator_id_token_hash")),
    )
    for table, column in OF_EPOCHS:
        _add_triggers(table, column)


def downgrade() -> None:
    for name in _triggers("staff_sessions", "seen_from_sealed"):
        on = "" if _is_sqlite() else " ON staff_sessions"
        op.execute(f"DROP TRIGGER {name}{on}")
    for table in reversed(TABLES):
        op.drop_table(table)  # and its triggers
    with op.batch_alter_table("staff_sessions") as sessions:
        sessions.drop_constraint(op.f("uq_staff_sessions_id"))
        sessions.drop_column("proved_at")
        sessions.drop_column("seen_from_sealed")
        sessions.drop_column("id")


def _of_staff(table: str, *columns: sa.Column, key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *columns,
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f(f"fk_{table}_staff_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _triggers(table: str, column: str) -> tuple[str, ...]:
    name = f"{table}_{column}_epoch"
    return (f"{name}_insert", f"{name}_update") if _is_sqlite() else (name,)


def _add_triggers(table: str, column: str) -> None:
    """Refuse what is sealed under an epoch that is over, as migration 0015 does elsewhere."""
    if not _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {table}_{column}_epoch BEFORE INSERT OR UPDATE OF {column} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_key_epoch_that_is_over('{column}')"
        )
        return
    for name, act in zip(_triggers(table, column), ("INSERT", f"UPDATE OF {column}"), strict=True):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
            f"WHEN NEW.{column} IS NOT NULL AND hex(substr(NEW.{column}, 1, 4)) < "
            "(SELECT printf('%08X', max(epoch)) FROM key_epochs HAVING count(*) > 0) "
            f"BEGIN SELECT RAISE(ABORT, '{OVER}'); END"
        )
