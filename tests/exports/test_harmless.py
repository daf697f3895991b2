"""No cell of an export is a formula: what SQL makes of a cell is what `harmless` makes of it, and `plain` undoes it."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.tabular import harmless, plain
from app.services.exports_rows import harmless_sql
from tests.exports.asking import rows_of
from tests.turns import some_of
from tests.world import Api, World

NASTY = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''=1", "'", "''", "'x", "", " =1"),
    *("=", "-", "+", "+447400123456", "+12345", "+1234567890123456", "-5", "-5.25", "-5.", "-5x", "+5", "5", "0"),
    *("9=", "A", "z", "é", "Ωmega", "＝1", "＋1", "－1", "＠x", "ＡＢ", "\uffff", "😀", "-5\n=1", "+447400123456\n=1"),
    *("1 Example Road", ":", "/", "?", "~", "\\.", "%=1", ";=1", "(=1)", "−1"),
    *('=HYPERLINK("https://example.org","x")', "=cmd|' /C calc'!A0"),
]
TEXTS = st.text(st.sampled_from("=+-@\t\r\n'＝＋－＠ 09Aaé:") | st.characters(codec="utf-8", exclude_characters="\0"))


async def in_sql(api: Api, cells: list[str]) -> list[str]:
    async with api.owner.transaction() as session:
        rows = await session.fetch(
            f"select {harmless_sql('cell')} as made from unnest($1::text[]) with ordinality x(cell, n) order by n",
            cells,
        )
    return [row["made"] for row in rows]


async def test_sql_and_python_agree_on_what_is_nasty(api: Api) -> None:
    assert await in_sql(api, NASTY) == [harmless(cell) for cell in NASTY]
    assert [plain(harmless(cell)) for cell in NASTY] == NASTY


async def test_sql_and_python_agree_on_anything(api: Api) -> None:
    made: list[str] = []

    @settings(max_examples=some_of(400), database=None)
    @given(TEXTS)
    @example("")
    def collect(cell: str) -> None:
        made.append(cell)

    collect()
    assert await in_sql(api, made) == [harmless(cell) for cell in made]


async def test_an_address_is_judged_as_a_whole_by_its_first_line(api: Api) -> None:
    """Its lines stand in one cell; only what that begins with counts."""
    cases = [
        ["=1", "x"],
        ["x", "=1"],
        ["", "=1"],
        ["+447400123456"],
        ["+447400123456", "x"],
        ["-5"],
        ["-5", "x"],
        ["1 Rd"],
    ]
    async with api.owner.transaction() as session:
        for lines in cases:
            text = "array_to_string(lines, E'\\n')"
            sql = f"select {harmless_sql(text, 'lines[1]')} from (select $1::text[] as lines) x"
            assert await session.fetchval(sql, lines) == harmless("\n".join(lines))


async def test_what_members_wrote_leaves_harmless_and_comes_back_whole(world: World) -> None:
    given_name, family_name, town = "=1+1", "'-2", '@x, "y"; z'
    lines = ["+SUM(A1)", 'Flat "2", 1 Example Road']
    await world.api.unit(world.hackney, name="=Unit")
    below = await world.api.value("select id from branches where parent_id = $1 and name = '=Unit'", world.hackney)
    await world.member(
        below, given_name=given_name, family_name=family_name, town=town, address_lines=lines, email="=a@example.org",
        mobile_phone="+447400123456", source_key="-x", preferred_name="\\.",
    )  # fmt: skip
    rows = await rows_of(await world.officer())
    row = rows[0]
    assert (row["given_name"], row["family_name"], row["town"]) == ("'=1+1", "''-2", '\'@x, "y"; z')
    assert (row["email"], row["branch"], row["source_key"]) == ("'=a@example.org", "'=Unit", "'-x")
    assert (row["mobile_phone"], row["address_lines"]) == ("+447400123456", "'" + "\n".join(lines))
    assert plain(row["family_name"]) == family_name
    assert row["preferred_name"] == "\\."
