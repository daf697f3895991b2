"""To be filled."""

revision = "0032_power"
down_revision = "0031_actions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
