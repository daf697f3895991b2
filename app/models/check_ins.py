"""Check-ins: who comes to an action, told by code from devices that may be offline until later."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.core.text import Line, Name, ShortText
from app.models.actions import MOST_ORGANISATIONS
from app.models.base import Count, Input, Instant, Row, Shape, column, instant

#: Letters and digits that nobody takes for one another.
CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
MOST_CHECK_INS = 500
#: So many come to nothing: whoever sends more plays with the code.
MOST_PEOPLE = 200_000


class ActionCheckIn(Row, table=True):
    """That people came. `client_ref` is what the device calls it, so that it is written once.

    Whoever is named is one person; the rest are numbers.
    """

    __tablename__ = "action_check_ins"
    __table_args__ = (
        Index(None, "action_id", "client_ref", unique=True),
        Index(None, "action_id", "organisation_id"),
        Index(None, "person_id"),
    )

    action_id: UUID = column(Privacy.none, foreign_key="actions.id", nullable=False)
    client_ref: UUID = column(Privacy.none, nullable=False)
    at: datetime = instant(nullable=False)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    people: int = column(Privacy.none, nullable=False)
    person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    recorded_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)


class CheckInOutcome(StrEnum):
    """What became of a check-in that was sent."""

    accepted = "accepted"
    already = "already"
    refused = "refused"


def _bare(code: str) -> str:
    return re.sub(r"[ -]", "", code).upper()


CheckInCode = Annotated[
    str,
    Line(CODE_LENGTH, 20),
    AfterValidator(_bare),
    Bounds(description="The code of the action, however it is spaced.", examples=["KXR7-2MHQ"]),
]


class CheckInOpen(Input):
    code: CheckInCode


class SheetOrganisation(Shape):
    """An institution that takes part."""

    organisation_id: UUID
    name: Name


class CheckInSheet(Shape):
    """What a device needs to check people in, also while it is offline."""

    name: ShortText
    starts_at: Instant
    ends_at: Instant
    venue: ShortText | None
    organisations: Annotated[list[SheetOrganisation], Bounds(max_length=MOST_ORGANISATIONS)]


class CheckIn(Input):
    """People who came: a number of them, of an institution or of none; or one who is named."""

    client_ref: UUID = Bounds(description="Made by the device. Sent again, it changes nothing.")
    at: Instant = Bounds(description="When they came, by the clock of the device.")
    organisation_id: UUID | None = None
    people: Annotated[int, Bounds(ge=1, le=1_000)] = 1
    person_id: UUID | None = Bounds(
        default=None, description="Only by whoever is signed in and may run the action; then `people` is 1."
    )


class CheckInBatch(Input):
    code: CheckInCode
    check_ins: Annotated[list[CheckIn], Bounds(min_length=1, max_length=MOST_CHECK_INS)]


class CheckInTold(Shape):
    """What became of one of them, in the order in which they were sent."""

    client_ref: UUID
    outcome: CheckInOutcome
    code: Annotated[str, Bounds(max_length=60, pattern="^[a-z_]+$")] | None = Bounds(description="Why it was refused.")
    pointer: Annotated[str, Bounds(max_length=60)] | None = Bounds(description="What in the request was refused.")


class CheckInsTold(Shape):
    """What became of a batch: what was right is kept, whatever else was in it."""

    accepted: Count
    already: Count
    refused: Count
    check_ins: Annotated[list[CheckInTold], Bounds(max_length=MOST_CHECK_INS)]


class CheckInCodeMade(Shape):
    """The code that opens the check-in of an action, told this once. An earlier one ends."""

    code: Annotated[str, Bounds(min_length=CODE_LENGTH, max_length=20, examples=["KXR72MHQ"])]
