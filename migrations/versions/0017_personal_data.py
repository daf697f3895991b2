"""To be filled."""

from alembic import op

revision = "0017_personal_data"
down_revision = "0016_data_protection"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
