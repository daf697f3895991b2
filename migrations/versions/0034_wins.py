"""To be filled."""

revision = "0034_wins"
down_revision = "0033_training"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
