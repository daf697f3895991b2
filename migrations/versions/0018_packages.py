"""To be filled."""

from alembic import op

revision = "0018_packages"
down_revision = "0017_personal_data"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
