"""Forms of sites in editions, intents of browsers, answers that came by a form, how many saw it.

Revision: 0028
Before: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OF_FORM = (["operator_id", "form_id"], ["forms.operator_id", "forms.id"])


def upgrade() -> None:
    # What a site asked was a mere list of names here; whoever has one enters its forms, or adds the operator again.
    op.add_column("sites", sa.Column("further_origins", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("sites") as batch:
        batch.alter_column("further_origins", server_default=None)
        batch.drop_column("forms")
    op.create_index(op.f("ix_sites_site_key"), "sites", ["site_key"])
    op.create_table(
        "forms",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id", "site_id"], ["sites.operator_id", "sites.id"], name=op.f("fk_forms_operator_id_site_id")
        ),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_forms")),
        sa.UniqueConstraint("operator_id", "site_id", "code", name=op.f("uq_forms_operator_id_site_id_code")),
    )
    op.create_table(
        "form_editions",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("boxes", JSON, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(*OF_FORM, name=op.f("fk_form_editions_operator_id_form_id")),
        sa.PrimaryKeyConstraint("operator_id", "form_id", "edition", name=op.f("pk_form_editions")),
    )
    op.create_table(
        "intents",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("burned_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(*OF_FORM, name=op.f("fk_intents_operator_id_form_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_intents")),
    )
    op.create_index(
        op.f("ix_intents_operator_id_site_id_network_created_at"),
        "intents",
        ["operator_id", "site_id", "network", "created_at"],
    )
    op.create_index(op.f("ix_intents_operator_id_form_id_nonce"), "intents", ["operator_id", "form_id", "nonce"])
    op.create_index(op.f("ix_intents_operator_id_created_at"), "intents", ["operator_id", "created_at"])
    op.create_table(
        "form_answers",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("evidence_grade", sa.String(32), nullable=False),
        sa.Column("is_superseded", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(*OF_FORM, name=op.f("fk_form_answers_operator_id_form_id")),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_form_answers")),
    )
    op.create_index(
        op.f("ix_form_answers_operator_id_form_id_recorded_at"),
        "form_answers",
        ["operator_id", "form_id", "recorded_at"],
    )
    op.create_table(
        "form_days",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("ticked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(*OF_FORM, name=op.f("fk_form_days_operator_id_form_id")),
        sa.PrimaryKeyConstraint("operator_id", "form_id", "day", name=op.f("pk_form_days")),
    )
    op.add_column("consents", sa.Column("form_answer_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("consents", "form_answer_id")
    for table in ("form_days", "form_answers", "intents", "form_editions", "forms"):
        op.drop_table(table)
    op.drop_index(op.f("ix_sites_site_key"), "sites")
    op.add_column("sites", sa.Column("forms", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("sites") as batch:
        batch.alter_column("forms", server_default=None)
        batch.drop_column("further_origins")
