"""To be filled."""

revision = "0030_listening"
down_revision = "0029_leaders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
