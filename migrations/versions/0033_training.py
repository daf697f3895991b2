"""To be filled."""

revision = "0033_training"
down_revision = "0032_power"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
