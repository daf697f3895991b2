"""Samples of letters of understanding, clusters, partnerships and income."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.clock import months_after
from app.models.income import IncomeKind, IncomeLine, IncomeTarget
from app.models.letters_of_understanding import LetterOfUnderstanding, LetterSide, LetterSignatory, LetterState
from app.models.strategic_partnerships import StrategicPartnership
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place, place_organisation
from tests.world import World


async def place_letter(
    world: World, unit: UUID, state: LetterState = LetterState.draft, *, signed: bool = False, **columns: Any
) -> LetterOfUnderstanding:
    """The first letter with an organisation of a unit, in a state."""
    today = clock.today()
    letter = LetterOfUnderstanding(
        organisation_id=(await place_organisation(world, unit)).id,
        number=1,
        starts_on=today,
        ends_on=months_after(today, 12),
        annual_dues_pence=120_000,
        we_give="Two days of an organiser each month.",
        they_give="A core team and thirty people at an assembly.",
        negotiated_by=await world.api.account(),
        state=state,
        state_since=today,
        **columns,
    )
    await place(world, letter)
    for side in LetterSide if signed else ():
        signatory = LetterSignatory(letter_id=letter.id, side=side, capacity="Chair", signed_on=today)
        await place(world, signatory)
    return letter


def _letter(state: LetterState = LetterState.draft, json: Any = None, *, signed: bool = False) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        letter = await place_letter(world, unit, state, signed=signed)
        headers = {"If-Match": f'"{letter.id}-1"'}
        return Ask(ids={"letter_id": letter.id}, json=json, headers=headers, shown=letter.id)

    return make


async def _letter_drafted(world: World, unit: UUID) -> Ask:
    organisation = await place_organisation(world, unit)
    said = {"starts_on": str(clock.today()), "annual_dues_pence": 90_000, "we_give": "Training.", "they_give": "Time."}
    return Ask(json={"organisation_id": str(organisation.id), **said})


def _partnership(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = StrategicPartnership(
            branch_id=unit,
            organisation_id=(await place_organisation(world, unit)).id,
            purpose="A strategy for race equity.",
            starts_on=clock.today(),
            state_since=clock.today(),
        )
        await place(world, row)
        return Ask(ids={"partnership_id": row.id}, json=json, shown=row.id)

    return make


async def _partnership_proposed(world: World, unit: UUID) -> Ask:
    organisation = await place_organisation(world, unit)
    said = {"organisation_id": str(organisation.id), "purpose": "Warm homes.", "starts_on": str(clock.today())}
    return Ask(json={"branch_id": str(unit), **said})


def _line(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = IncomeLine(
            branch_id=unit,
            account_id=await world.api.account(),
            kind=IncomeKind.soft,
            source="A grant",
            forecast_pence=500_000,
            expected_on=clock.today(),
            state_since=clock.today(),
        )
        await place(world, row)
        return Ask(ids={"line_id": row.id}, json=json, shown=row.id)

    return make


async def _lines_listed(world: World, unit: UUID) -> Ask:
    ask = await _line()(world, unit)
    return Ask(params={"sort": "-expected_on"}, shown=ask.shown)


async def _line_added(_world: World, unit: UUID) -> Ask:
    said = {"kind": "soft", "source": "A grant", "forecast_pence": 500_000, "expected_on": str(clock.today())}
    return Ask(json={"branch_id": str(unit), **said})


async def _target(world: World, unit: UUID) -> Ask:
    today = clock.today()
    row = IncomeTarget(
        branch_id=unit,
        account_id=await world.api.account(),
        starts_on=today,
        ends_on=today + timedelta(days=365),
        least_pence=1_600_000,
        most_pence=2_000_000,
        hard_percent=50,
    )
    await place(world, row)
    return Ask(ids={"target_id": row.id}, shown=row.id)


async def _target_set(world: World, unit: UUID) -> Ask:
    today = clock.today()
    days = {"starts_on": str(today), "ends_on": str(months_after(today, 12))}
    return Ask(json={"branch_id": str(unit), "account_id": str(await world.api.account()), **days})


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


S = LetterState
_LETTER, _PARTNER, _LINES, _TARGETS = (
    "/v1/letters-of-understanding",
    "/v1/strategic-partnerships",
    "/v1/income-lines",
    "/v1/income-targets",
)


def _plain(make: Make) -> Sample:
    return Sample(make, sight=Sight.plain)


AGREEMENTS: dict[str, Sample] = {
    "GET /v1/clusters": Sample(_nothing, Held.anywhere),
    f"POST {_LETTER}": Sample(_letter_drafted),
    f"GET {_LETTER}": Sample(_letter(), Held.anywhere, Sight.listed),
    f"GET {_LETTER}/{{letter_id}}": Sample(_letter()),
    f"PATCH {_LETTER}/{{letter_id}}": Sample(_letter(json={"turnout": 40})),
    f"POST {_LETTER}/{{letter_id}}/propose": Sample(_letter()),
    f"POST {_LETTER}/{{letter_id}}/sign": Sample(_letter(S.proposed, {"side": "ours", "capacity": "Organiser"})),
    f"POST {_LETTER}/{{letter_id}}/withdraw": Sample(_letter(S.proposed)),
    f"POST {_LETTER}/{{letter_id}}/decline": Sample(_letter(S.proposed)),
    f"POST {_LETTER}/{{letter_id}}/put-in-force": Sample(_letter(S.proposed, signed=True)),
    f"POST {_LETTER}/{{letter_id}}/end": Sample(_letter(S.in_force, {"reason": "They have closed."})),
    f"POST {_PARTNER}": _plain(_partnership_proposed),
    f"GET {_PARTNER}": Sample(_partnership(), Held.anywhere, Sight.listed),
    f"GET {_PARTNER}/{{partnership_id}}": Sample(_partnership()),
    f"POST {_PARTNER}/{{partnership_id}}/agree": Sample(_partnership()),
    f"POST {_PARTNER}/{{partnership_id}}/end": Sample(_partnership({})),
    f"POST {_LINES}": _plain(_line_added),
    f"GET {_LINES}": Sample(_lines_listed, Held.anywhere, Sight.listed),
    f"GET {_LINES}/{{line_id}}": Sample(_line()),
    f"POST {_LINES}/{{line_id}}/receive": Sample(_line({"actual_pence": 400_000})),
    f"POST {_LINES}/{{line_id}}/lose": Sample(_line({"reason": "Declined."})),
    f"POST {_TARGETS}": _plain(_target_set),
    f"GET {_TARGETS}": Sample(_target, Held.anywhere, Sight.listed),
    f"GET {_TARGETS}/{{target_id}}": Sample(_target),
    f"GET {_TARGETS}/{{target_id}}/chart": Sample(_target),
}
