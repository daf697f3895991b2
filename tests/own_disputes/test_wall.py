"""The wall of the parties' side as the database has it: whatever a program under it might ask, it finds no more."""

from uuid import UUID

from tests.disputes.desk import Desk, Someone

_READABLE = """
select c.table_name::text as name, string_agg(c.column_name::text, ', ') as columns
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
  and has_column_privilege($1, format('public.%I', c.table_name), c.column_name, 'select')
group by c.table_name
"""
#: What everybody reads.
OPEN = {"alembic_version", "branches", "office_types", "procedures", "rule_clauses"}


async def seen(desk: Desk, who: Someone) -> dict[str, str]:
    """All that the role of one's own record can read as somebody, table by table."""
    database = desk.world.api.app.state.database
    async with desk.world.api.owner.transaction() as session:
        readable = await session.fetch(_READABLE, "rollbook_self")
    found = {}
    async with database.transaction(role="rollbook_self") as session:
        await session.execute("select set_config('rollbook.account', $1, true)", str(who.account_id))
        await session.execute("select set_config('rollbook.person', $1, true)", str(who.person_id))
        for table in readable:
            if table["name"] not in OPEN:
                text = f"select string_agg(q::text, ' ') from (select {table['columns']} from {table['name']}) q"
                found[table["name"]] = await session.fetchval(text) or ""
    return found


async def betrays(desk: Desk, case: UUID) -> set[str]:
    """Every id of a case but its own."""
    tables = ("dispute_parties", "dispute_parts", "dispute_steps", "dispute_allegations", "dispute_evidence")
    ids = {str(case)}
    for table in tables:
        rows = await desk.world.api.row(f"select array_agg(id::text) as ids from {table} where dispute_id = $1", case)
        ids |= set(rows["ids"] or ())
    return ids


async def with_evidence(desk: Desk, **said: bool) -> UUID:
    case = await desk.complain(**said)
    await desk.complainant.client.post(f"/v1/me/disputes/{case}/evidence", files={"file": ("notes.txt", b"notes")})
    await desk.do(desk.secretary.client, case, "acknowledge", text="Thank you.")
    await desk.file(desk.secretary.client, case)
    return case


async def test_before_the_notice_nothing_of_the_case_is_there(desk: Desk) -> None:
    before = await seen(desk, desk.respondent)
    case = await with_evidence(desk)
    after = await seen(desk, desk.respondent)
    assert {"dispute_steps", "dispute_evidence", "disputes", "access_log", "files"} <= after.keys()
    assert after == before
    assert not [mark for mark in await betrays(desk, case) if mark in str(after)]


async def test_after_the_notice_a_withheld_complainant_is_in_no_column(desk: Desk) -> None:
    case = await with_evidence(desk, withhold_identity=True)
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.complainant.client.get(f"/v1/me/disputes/{case}")
    found = str(await seen(desk, desk.respondent))
    assert str(case) in found
    theirs = await desk.party(case, "complainant")
    for one in (desk.complainant.person_id, desk.complainant.account_id, desk.complainant.member_id, theirs):
        assert str(one) not in found


async def test_a_witness_finds_nothing_even_where_something_was_disclosed_to_them(desk: Desk) -> None:
    witness = await desk.member()
    case = await desk.complain(
        {"person_id": str(desk.respondent.person_id)}, {"person_id": str(witness.person_id), "role": "witness"}
    )
    await desk.world.api.row("update dispute_parties set told_at = now() where dispute_id = $1 returning 1", case)
    found = str(await seen(desk, witness))
    assert not [mark for mark in await betrays(desk, case) if mark in found]


async def test_officers_of_a_unit_find_nothing_once_their_term_is_over(desk: Desk) -> None:
    officer = await desk.member(desk.world.angel)
    assert officer.person_id is not None
    term = await desk.world.api.office(officer.person_id, desk.world.angel, "chair")
    case = await desk.complain({"unit_id": str(desk.world.angel)})
    await desk.do(desk.secretary.client, case, "acknowledge")
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    assert str(case) in str(await seen(desk, officer))
    await desk.world.api.row(
        "update office_terms set ends_on = current_date, starts_on = current_date - 9 where id = $1 returning 1", term
    )
    found = str(await seen(desk, officer))
    assert not [mark for mark in await betrays(desk, case) if mark in found]
