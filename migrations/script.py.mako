"""${message}

Expand, migrate, contract, in separate releases: the previous release must run on the new schema.
No destructive migration of the ledger or of receipts.
Tables that were there are changed with online_changes, beside those who use them.

Revision: ${up_revision}
Before: ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
