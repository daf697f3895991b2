"""The page of rights, in words and over HTTP: one source."""

from pathlib import Path

from app.core.permissions import BY_PART, GRANTABLE, GRANTS, MEANING, NEEDS_SECOND_PERSON, PARTS, Part, Permission, Role
from app.core.rights_page import as_markdown
from tests.world import Api

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"


def test_the_committed_page_is_the_printed_one() -> None:
    assert PAGE.read_text() == as_markdown(), "print it anew: python -m app.core.rights_page > docs/rights.md"


def test_the_page_is_whole() -> None:
    assert MEANING.keys() == set(Permission)
    assert GRANTS.keys() == set(Role)
    assert set(GRANTABLE) <= set(Role)
    assert PARTS.keys() == set(Part)
    assert not BY_PART & frozenset().union(*GRANTS.values()), "no role opens what takes a part"


async def test_every_role_is_told_to_whoever_is_signed_in(api: Api) -> None:
    client = await api.sign_in(await api.account())
    told = (await client.get("/v1/roles")).json()["data"]
    assert [item["role"] for item in told] == [role.value for role in Role]
    for item in told:
        role = Role(item["role"])
        assert set(item["permissions"]) == GRANTS[role]
        assert set(item["may_grant"]) == GRANTABLE.get(role, frozenset())
        assert item["needs_second_person"] == (role in NEEDS_SECOND_PERSON)
    assert (await api.client().get("/v1/roles")).status_code == 401
