"""What a demo organisation has ready for complaints."""

import json
from datetime import date
from typing import Any

import pytest

from app.core.permissions import Role
from app.seeds import complaints
from app.seeds.plans import PLANS, Plan
from app.services import receivers
from app.services.procedures_presets import first_procedure
from tests.world import Api

KIND = PLANS["party"].kind


class Seen(Exception):
    """Ends the transaction, so that nothing is kept: other tests have rules and receivers of their own."""

    def __init__(self, first: list[date], receivers: list[dict[str, Any]]) -> None:
        self.first, self.receivers = first, receivers


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.org)
def test_several_people_receive_complaints(plan: Plan) -> None:
    names = [one.name for one in (plan.officer, plan.admin, plan.deputy, *plan.sign_ins, *plan.receivers)]
    assert len(plan.receivers) >= 2
    assert len(set(names)) == len(names)


async def test_the_rule_book_is_entered_and_receivers_are_named(api: Api) -> None:
    with pytest.raises(Seen) as seen:
        await _enter(api)
    assert seen.value.first == [date(2016, 10, 1), date(2022, 1, 1)]
    assert [row["external"] for row in seen.value.receivers] == [False, False, True]
    assert await api.value("select count(*) from rule_clauses where number = 'G.1'") == 0


async def _enter(api: Api) -> None:
    actor = await api.actor(Role.national_membership_officer, await api.root())
    accounts = [await api.account() for _ in range(3)]
    async with api.app.state.database.transaction(actor) as session:
        await complaints.enter_rules(session, actor)
        await complaints.name_receivers(session, actor, KIND, accounts)
        rows = await session.fetch("select starts_on from rule_clauses where number = 'F.1' order by edition")
        named = json.loads(await receivers.get_receivers(session, actor, first_procedure(KIND).key))
        raise Seen([row["starts_on"] for row in rows], named["data"])
