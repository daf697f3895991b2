"""To be filled."""

from alembic import op

revision = "0024_watching"
down_revision = "0023_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
