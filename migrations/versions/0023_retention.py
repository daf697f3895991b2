"""To be filled."""

from alembic import op

revision = "0023_retention"
down_revision = "0022_processing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
