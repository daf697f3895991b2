"""To be filled."""

revision = "0027_campaigns"
down_revision = "0026_organisations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
