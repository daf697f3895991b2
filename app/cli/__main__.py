"""`python -m app.cli`: how the supervisor starts the parts."""

from app.cli import main

main()
