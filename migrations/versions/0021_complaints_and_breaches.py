"""To be filled."""

from alembic import op

revision = "0021_complaints_and_breaches"
down_revision = "0020_other_rights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
