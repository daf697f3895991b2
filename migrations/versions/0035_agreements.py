"""To be filled."""

revision = "0035_agreements"
down_revision = "0034_wins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
