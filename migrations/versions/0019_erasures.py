"""To be filled."""

from alembic import op

revision = "0019_erasures"
down_revision = "0018_packages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
