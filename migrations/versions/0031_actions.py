"""To be filled."""

revision = "0031_actions"
down_revision = "0030_listening"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
