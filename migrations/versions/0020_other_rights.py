"""To be filled."""

from alembic import op

revision = "0020_other_rights"
down_revision = "0019_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in ():
        op.execute(statement)
