"""Whatever a file says of whomever: applied twice is applied once, and taken back is as it was."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.imports import apply as imports_apply
from app.services.imports import undo as imports_undo
from tests.imports.desk import desk, national, snapshot
from tests.imports.test_round_trip import PHASES
from tests.turns import some_of
from tests.world import World, make_world

HEADINGS = ("Member No", "First name", "Surname", "Email", "Town", "Date of birth", "Do not phone", "Paid until")
TOWNS = ("", "Hull", "Bath", "Ely")


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row of a file about one of a few people, some of whom may be on record."""
    who = draw(st.integers(0, 9))
    return {
        "who": who,
        "First name": draw(st.sampled_from([f"Given{who}", f"Given{who}", "Else", ""])),
        "Surname": f"Family{who}",
        "Email": draw(st.sampled_from(["", f"{who}@example.org", "shared@example.org", "not an address"])),
        "Town": draw(st.sampled_from(TOWNS)),
        "Date of birth": draw(st.sampled_from(["", "1984-05-17", "17/05/1990", "31/02/1980"])),
        "Do not phone": draw(st.sampled_from(["", "yes", "no", "perhaps"])),
        "Paid until": draw(st.sampled_from(["", "2027-03-31", "2026-12-31"])),
    }


def written(lines: list[dict[str, Any]], numbers: dict[int, str]) -> str:
    """The rows as a file; those on record bear their numbers, the others none."""
    file = io.StringIO()
    table = csv.DictWriter(file, HEADINGS, extrasaction="ignore")
    table.writeheader()
    table.writerows({**line, "Member No": numbers.get(line["who"], "")} for line in lines)
    return file.getvalue()


@pytest.mark.parametrize("whole", [True, False])
@settings(max_examples=some_of(6), phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(rows(), min_size=1, max_size=8),
    on_record=st.dictionaries(st.integers(0, 9), st.sampled_from(TOWNS), max_size=5),
    batch=st.integers(1, 5),
)
async def test_applied_twice_is_once_and_taken_back_is_as_before(
    world: World, whole: bool, lines: list[dict[str, Any]], on_record: dict[int, str], batch: int
) -> None:
    corner = await make_world(world.api)
    at = await (national(corner) if whole else desk(corner))
    numbers = {}
    for who, town in on_record.items():
        member_id = await corner.member(
            given_name=f"Given{who}",
            family_name=f"Family{who}",
            email=f"{who}@example.org",
            town=town or None,
            date_of_birth=date(1984, 5, 17),
        )
        numbers[who] = await corner.api.value("select number from members where id = $1", member_id)
    text = written(lines, numbers)
    before = await snapshot(corner)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports_apply, "BATCH", batch)
        patch.setattr(imports_undo, "BATCH", batch)
        found = await at.bring(text, corner.hackney)
        assert (found["state"], await snapshot(corner)) == ("previewed", before)
        counts = found["counts"]
        assert counts["rows"] == len(lines) == counts["create"] + counts["update"] + counts["known"] + counts["refused"]
        assert (await at.do(found["id"], "apply"))["counts"]["applied"] == counts["create"] + counts["update"]
        after = await snapshot(corner)
        assert (await at.ask(found["id"], "apply")).status_code == 409
        assert await snapshot(corner) == after

        back = await at.do(found["id"], "undo")
        assert (back["counts"]["undone"], back["counts"]["changed"]) == (counts["create"] + counts["update"], 0)
        assert await snapshot(corner) == before
