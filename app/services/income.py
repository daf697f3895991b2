"""Income that organisers raise: forecast, received or lost. Dues are hard money, all else is soft."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.income import (
    IncomeKind,
    IncomeLine,
    IncomeLineCreate,
    IncomeLost,
    IncomeReceived,
    IncomeState,
)
from app.models.letters_of_understanding import Instalments
from app.models.members import LegalDate
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    must_see,
    note,
    read_record,
    take_step,
)

S = IncomeState


def _step(action: str, to: IncomeState, required: tuple[str, ...] = ()) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({S.forecast}),
        to=to,
        permission=Permission.organising_run,
        event=f"income_line.{to}",
        path=f"/v1/income-lines/{{id}}/{action}",
        required_fields=required,
    )


INCOME = Lifecycle(
    "income line",
    (_step("receive", S.received, ("actual_pence",)), _step("lose", S.lost, ("reason",))),
    state_field="state",
)

_LINE = (
    "account_id", "kind", "source", "organisation_id", "letter_id", "forecast_pence", "expected_on", "actual_pence",
    "received_on", "state", "state_since", "lost_reason",
)  # fmt: skip
LINE = Noun(
    "income line",
    IncomeLine,
    Listing(
        resource="organising",
        source="income_lines i",
        key="i.id",
        branch="i.branch_id",
        columns=columns_of("i", *_LINE),
        sorts={"expected_on": ("i.expected_on", "date")},
        facts=facts_of("i", *_LINE),
    ),
    INCOME,
)


class IncomeLinesQuery(UnitQuery):
    """Which sums, by the day on which they are expected."""

    account_id: UUID | None = Field(default=None, description="Of this organiser.")
    organisation_id: UUID | None = None
    kind: IncomeKind | None = None
    state: IncomeState | None = None
    expected_before: LegalDate | None = Field(default=None, description="Expected before this day.")
    sort: Literal["expected_on", "-expected_on"] = "expected_on"


def instalments(letter: Mapping[str, Any]) -> list[tuple[date, int]]:
    """When how much of a letter's dues falls due: equal parts of a year's, the odd pence with the first.

    Every part begins its share of the year, from the day on which the letter begins; none falls after its end.
    """
    a_year = Instalments(letter["instalments"]).a_year
    part, odd = divmod(letter["annual_dues_pence"], a_year)
    due, number = [], 0
    while (day := months_after(letter["starts_on"], number * 12 // a_year)) < letter["ends_on"]:
        due.append((day, part + (odd if number % a_year == 0 else 0)))
        number += 1
    return due


async def forecast_dues(session: Session, actor: Actor, letter: Held) -> None:
    """Forecast the instalments of a letter as hard money of whoever negotiated it. Whoever calls has judged."""
    rows = [
        {
            "branch_id": letter.branch_id,
            "account_id": letter.row["negotiated_by"],
            "kind": IncomeKind.hard,
            "source": "Dues",
            "organisation_id": letter.row["organisation_id"],
            "letter_id": letter.id,
            "forecast_pence": pence,
            "expected_on": day,
            "state_since": clock.today(),
        }
        for day, pence in instalments(letter.row)
        if pence
    ]
    if rows:
        await session.insert_many(IncomeLine, rows)
    counted = {"instalments": len(rows), "annual_dues_pence": letter.row["annual_dues_pence"]}
    await note(session, actor, LINE, letter.id, letter.branch_id, "dues.forecast", data=counted)


async def drop_forecasts(session: Session, actor: Actor, letter_id: UUID) -> None:
    """What a letter that holds no longer would have brought from today is lost; what came in stays."""
    rows = await session.fetch(
        "update income_lines set state = 'lost', state_since = $2, lost_reason = 'letter_over', updated_at = $3, "
        "version = version + 1 where letter_id = $1 and state = 'forecast' and expected_on >= $2 "
        "returning id, branch_id",
        letter_id,
        clock.today(),
        clock.now(),
    )
    for row in rows:
        await note(session, actor, LINE, row["id"], row["branch_id"], "income_line.lost")


async def add_line(session: Session, actor: Actor, data: IncomeLineCreate) -> Answer:
    """Forecast a sum. Raises `NotFound` for a unit out of sight, `Forbidden`, `Invalid`."""
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    account_id = data.account_id or actor.account_id
    await must_be_account(session, account_id)
    line = IncomeLine(**{**data.model_dump(), "account_id": account_id}, state_since=clock.today())
    return await add_record(session, actor, LINE, line)


async def list_lines(session: Session, actor: Actor, query: IncomeLinesQuery) -> Body:
    """A page of the sums in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "i")
    for name in ("account_id", "organisation_id", "kind", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"i.{name} = {{}}", value)
    if query.expected_before is not None:
        where.add("i.expected_on < {}", query.expected_before)
    return await list_records(session, actor, LINE, where, query, sort=query.sort)


async def get_line(session: Session, actor: Actor, line_id: UUID) -> Answer:
    """One sum. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, LINE, line_id))


async def receive_line(
    session: Session, actor: Actor, line_id: UUID, data: IncomeReceived, *, version: int | None = None
) -> Answer:
    """It has come in, all or less or more. Raises `Invalid` for a day to come, and as `begin_step`."""
    today = clock.today()
    if data.received_on is not None and data.received_on > today:
        raise Invalid.at("/received_on", "in_future", "Enter what has happened, on its day.")
    held = await begin_step(session, actor, LINE, line_id, "receive", version=version)
    columns = {"actual_pence": data.actual_pence, "received_on": data.received_on or today}
    await take_step(session, actor, held, "receive", columns=columns)
    return await answer_anew(session, actor, LINE, line_id)


async def lose_line(
    session: Session, actor: Actor, line_id: UUID, data: IncomeLost, *, version: int | None = None
) -> Answer:
    """It will not come. Raises as `begin_step`."""
    held = await begin_step(session, actor, LINE, line_id, "lose", version=version)
    await take_step(session, actor, held, "lose", columns={"lost_reason": data.reason})
    return await answer_anew(session, actor, LINE, line_id)


async def must_be_account(session: Session, account_id: UUID) -> None:
    """Raises `Invalid` unless somebody signs in by this account."""
    async with session.as_role("rollbook_auth"):
        known = await session.fetchval("select true from accounts where id = $1 and state = 'active'", account_id)
    if not known:
        raise Invalid.at("/account_id", "unknown_account", "Name the account of an organiser.")
