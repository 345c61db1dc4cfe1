"""Each consent names the leaf of the event that recorded it, those from before the log was kept as well.

Revision: 0023
Before: 0022
"""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CONSENTS = sa.table(
    "consents",
    sa.column("operator_id", sa.Integer),
    sa.column("id", sa.Uuid),
    sa.column("subject_id", sa.Uuid),
    sa.column("leaf_input", sa.LargeBinary),
)
EVENTS = sa.table(
    "ledger_events",
    sa.column("operator_id", sa.Integer),
    sa.column("stream", sa.Uuid),
    sa.column("kind", sa.String),
    sa.column("body", sa.LargeBinary),
    sa.column("leaf_input", sa.LargeBinary),
)


def upgrade() -> None:
    connection = op.get_bind()
    without = sa.select(CONSENTS.c.operator_id, CONSENTS.c.subject_id).where(CONSENTS.c.leaf_input.is_(None)).distinct()
    for person in connection.execute(without).all():
        events = sa.select(EVENTS.c.body, EVENTS.c.leaf_input).where(
            EVENTS.c.operator_id == person.operator_id,
            EVENTS.c.stream == person.subject_id,
            EVENTS.c.kind == "consent_recorded",
            EVENTS.c.body.is_not(None),
        )
        for event in connection.execute(events).all():
            consent = sa.update(CONSENTS).where(
                CONSENTS.c.operator_id == person.operator_id,
                CONSENTS.c.id == UUID(json.loads(event.body)["facts"]["consent"]),
                CONSENTS.c.leaf_input.is_(None),
            )
            connection.execute(consent.values(leaf_input=event.leaf_input))


def downgrade() -> None:
    """Leave the leaves where they are: they are true of the schema before as well."""
