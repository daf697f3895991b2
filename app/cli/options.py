"""What several commands ask for in the same words."""

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """What an organisation is: its demo's name, and the kind of the unit at its root."""

    party = "party"
    alliance = "alliance"


Org = Annotated[Kind, typer.Option(help="Which demo organisation.")]
Port = Annotated[int, typer.Option(min=1, max=65535)]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Web processes; one a core.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
