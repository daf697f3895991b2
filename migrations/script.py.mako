"""${message.replace("_", " ").capitalize()}."""

# A migration runs on a live database: no long lock (add columns without rewriting, build indexes CONCURRENTLY in a
# migration of their own), no import from the app (it changes, a migration must not), forward only.

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
