"""To be filled."""

revision = "0028_one_to_ones"
down_revision = "0027_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
