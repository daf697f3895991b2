"""To be filled."""

revision = "0029_leaders"
down_revision = "0028_one_to_ones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
