"""To be filled."""

from alembic import op

revision = "0022_processing"
down_revision = "0021_complaints_and_breaches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
