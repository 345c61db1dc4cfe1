"""Incidents and the people that each reached.

Revision: 0010
Before: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
WAITING = sa.text("state = 'to_tell'")


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("detected_at", UtcDateTime(), nullable=False),
        sa.Column("detected_on", sa.Date(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=True),
        sa.Column("categories", JSON, nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("people_estimate", sa.Integer(), nullable=True),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("telling", JSON, nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_operator_id_detected_at_id"), "incidents", ["operator_id", "detected_at", "id"])
    op.create_table(
        "incident_subjects",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id", "incident_id"],
            ["incidents.operator_id", "incidents.id"],
            name=op.f("fk_incident_subjects_operator_id_incident_id_incidents"),
        ),
        sa.PrimaryKeyConstraint("operator_id", "incident_id", "subject_id", name=op.f("pk_incident_subjects")),
    )
    op.create_index(
        op.f("ix_incident_subjects_operator_id_subject_id"), "incident_subjects", ["operator_id", "subject_id"]
    )
    op.create_index(
        "ix_incident_subjects_waiting", "incident_subjects", ["operator_id", "incident_id"],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("incident_subjects")
    op.drop_table("incidents")
