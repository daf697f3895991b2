"""To be filled."""

revision = "0026_organisations"
down_revision = "0025_organising"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
