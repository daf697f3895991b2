"""A walk through the procedure: each request is judged by what was promised before it, and by the laws after it."""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.services.disputes import appeals, duties
from tests.disputes.cast import Cast
from tests.disputes.laws import broken, partial, unfair

#: What is known of a case as its database's owner. $1 the case.
_FACTS = """
select json_build_object('state', d.state, 'stayed', d.stayed_on is not null, 'notice_on', d.notice_on,
  'response_due_on', d.response_due_on, 'appeal_due_on', d.appeal_due_on, 'decided_on', d.decided_on,
  'dismissed', coalesce(d.outcome = 'dismissed', false),
  'parts', (select coalesce(json_agg(json_build_object('id', t.id, 'part', t.part, 'account', t.account_id)
      order by t.id), '[]')
    from dispute_parts t where t.dispute_id = d.id and t.ended_at is null),
  'seats', (select coalesce(json_agg(json_build_object('id', t.id, 'part', t.part, 'account', t.account_id)
      order by t.part not in ('chair', 'appeal_chair'), t.id), '[]')
    from dispute_parts t join dispute_panels n on n.id = t.panel_id
    where n.dispute_id = d.id and n.dissolved_at is null and t.ended_at is null),
  'sat', (select coalesce(json_agg(t.account_id), '[]') from dispute_parts t
    where t.dispute_id = d.id and t.panel_id is not null),
  'parties', (select coalesce(json_agg(json_build_object('id', p.id, 'role', p.role, 'person', p.person_id,
      'told', p.told_at is not null) order by p.id), '[]')
    from dispute_parties p where p.dispute_id = d.id and p.struck_at is null),
  'allegations', (select coalesce(json_agg(json_build_object('id', a.id, 'respondent', a.respondent_id,
      'outcome', a.outcome) order by a.number), '[]') from dispute_allegations a where a.dispute_id = d.id),
  'evidence', (select coalesce(json_agg(e.id order by e.number), '[]')
    from dispute_evidence e where e.dispute_id = d.id and not e.set_aside),
  'hearings', (select coalesce(json_agg(json_build_object('id', m.id,
      'on', (m.starts_at at time zone 'Europe/London')::date)
      order by m.id desc), '[]') from dispute_meetings m join dispute_panels n on n.id = m.panel_id
    where m.dispute_id = d.id and m.kind = 'hearing' and m.state = 'planned' and n.dissolved_at is null),
  'heard', (select coalesce(json_agg(array(
      select t.account_id from dispute_parts t where t.id = any (m.present_part_ids))), '[]')
    from dispute_meetings m where m.dispute_id = d.id and m.kind = 'hearing' and m.state = 'held'),
  'appeals', (select coalesce(json_agg(json_build_object('id', l.id, 'party', l.party_id, 'admitted', l.admitted)
      order by l.id), '[]') from dispute_appeals l where l.dispute_id = d.id and l.state = 'lodged'),
  'measures', (select coalesce(json_agg(m.id order by m.id), '[]')
    from dispute_measures m where m.dispute_id = d.id and m.lifted_on is null))::text
from disputes d where d.id = $1
"""
_OF_CASES = (
    "dispute_parties", "dispute_parts", "dispute_steps", "dispute_allegations", "dispute_links", "dispute_evidence",
    "dispute_disclosures", "dispute_correspondence", "dispute_panels", "dispute_meetings", "sanctions",
    "dispute_appeals", "dispute_measures", "dispute_measure_reviews",
)  # fmt: skip
_OF_ALL = ("members", "standings", "member_restrictions", "office_terms", "exclusion_marks", "mail_outbox")
#: Everything that a request may have changed, as one number for each table.
_TRACES = " union all ".join(
    [
        f"select '{table}', count(*), sum(t.xmin::text::bigint) from {table} t where {where}"
        for table, where in (
            ("disputes", "id = any ($1)"),
            ("walls", "wall_key = any ($1)"),
            ("events", "wall_key = any ($1)"),
            ("files", "wall_key = any ($1)"),
            *((table, "dispute_id = any ($1)") for table in _OF_CASES),
            *(
                (table, "true")
                for table in ("members", "standings", "member_restrictions", "exclusion_marks", "mail_outbox")
            ),
        )
    ]
)
#: To whom a case is open. $1 the case, $2 the account, $3 today.
_OPEN = """
select exists (select from dispute_parts t where t.dispute_id = $1 and t.account_id = $2 and t.ended_at is null)
  and not walled_off($1, $2, $3)
"""


@dataclass
class Walk:
    """One case on its way, and a second one into which it may be joined. `reached` counts the states that were seen."""

    cast: Cast
    case: UUID
    other: UUID
    today: date
    reached: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    async def facts(self, case: UUID | None = None) -> dict[str, Any]:
        """What is known of the case behind the scenes."""
        told: dict[str, Any] = json.loads(await self.cast.desk.world.api.value(_FACTS, case or self.case))
        return told

    async def get(self, who: str, path: str) -> httpx.Response:
        """Somebody reads; whose sign-ins a measure has ended signs in again, which they still may."""
        answer = await self.cast.people[who].client.get(path)
        if answer.status_code == 401 and who != "anonymous":
            somebody = self.cast.people[who]
            client = await self.cast.desk.world.api.sign_in(somebody.account_id)
            self.cast.people[who] = replace(somebody, client=client)
            answer = await client.get(path)
        assert answer.status_code < 500, f"{who}: {path}: {answer.text}"
        return answer

    async def pass_days(self, number: int) -> None:
        """The days go by, and the worker does its duties."""
        self.today += timedelta(days=number)
        await self.cast.desk.on(self.today)
        database = self.cast.desk.world.api.app.state.database
        await appeals.finalise_due(database)
        await duties.escalate_reviews(database)

    async def act(self, who: str, action: str, body: dict[str, Any], *, odd: bool = False) -> httpx.Response:
        """Take a step, or try to, and hold what comes of it to what was offered before."""
        path = f"/v1/disputes/{self.case}"
        file = await self.get(who, path)
        answer = await self.send(who, "post", f"{path}/{action.replace('_', '-')}", json=body)
        said = f"{who}: {action} {body}: {answer.status_code} {answer.text}"
        if file.status_code != 200:
            assert answer.status_code == file.status_code or (odd and answer.status_code == 422), said
            return answer
        offer = next(one for one in file.json()["allowed_actions"] if one["action"] == action)
        if answer.status_code == 422 and odd:
            return answer
        told = answer.json() if answer.content else {}
        refused = told.get("code") == "action_not_allowed"
        if offer["allowed"]:
            unseen = told.get("code") == "not_found" and told["params"]["noun"] == "dispute"
            assert [answer.status_code == 403, unseen, refused] == [False] * 3, said
        elif offer["reason_code"] == "permission_missing":
            assert answer.status_code == 403, said
        else:
            assert refused, said
            assert told["params"]["reason_code"] == offer["reason_code"], said
        if answer.status_code < 300:
            await self._acted(action, body)
        return answer

    async def send(self, who: str, method: str, path: str, **said: Any) -> httpx.Response:
        """Any request: it never fails, it changes nothing where it is refused, and the laws hold afterwards."""
        before = await self._traces()
        answer = await self.cast.people[who].client.request(method, path, **said)
        self.answers[f"{answer.status_code // 100}xx"] += 1
        said_of_it = f"{who}: {method} {path} {said.get('json')}: {answer.status_code} {answer.text}"
        assert answer.status_code < 500, said_of_it
        if answer.status_code >= 400:
            assert await self._traces() == before, f"refused, and changed something: {said_of_it}"
            return answer
        async with self.cast.desk.world.api.owner.transaction() as session:
            flaws = await broken(session, [self.case, self.other], self.today)
        assert not flaws, f"{flaws} after {said_of_it}"
        self.reached[(await self.facts())["state"]] += 1
        return answer

    async def look(self, who: str) -> None:
        """The case shows itself to whom it is open, and to a party as far as they have been told."""
        somebody, api = self.cast.people[who], self.cast.desk.world.api
        seen = await self.get(who, f"/v1/disputes/{self.case}")
        if who == "anonymous":
            assert seen.status_code == 401
            return
        is_open = await api.value(_OPEN, self.case, somebody.account_id, self.today)
        assert seen.status_code == (200 if is_open else 404), f"{who} got {seen.status_code}"
        parties = [one for one in (await self.facts())["parties"] if one["person"] == str(somebody.person_id)]
        told = any(one["role"] == "complainant" or one["told"] for one in parties)
        own = await self.get(who, f"/v1/me/disputes/{self.case}")
        assert own.status_code == (200 if told else 404), f"{who} as a party got {own.status_code}: {own.text}"
        listed = (await self.get(who, "/v1/me/disputes")).json()["data"]
        assert (str(self.case) in {one["id"] for one in listed}) is told

    async def _acted(self, action: str, body: dict[str, Any]) -> None:
        async with self.cast.desk.world.api.owner.transaction() as session:
            if action in {"decide", "warn", "declare_ineligible"}:
                flaws = await unfair(session, self.case, self.today)
                assert not flaws, flaws
            if action in {"list_panel", "list_appeal_panel"}:
                seats = [UUID(one["id"]) for one in (await self.facts())["seats"]]
                assert not await partial(session, self.case, self.today, seats)
            if action in {"hear", "decide", "decide_appeal", "reopen"}:
                await self._were_a_panel(session, action, body)

    async def _were_a_panel(self, session: Any, action: str, body: dict[str, Any]) -> None:
        """Whoever acted were enough, one of them in the chair, none in conflict, and all at the hearings."""
        acted = [UUID(one) for one in body["part_ids"]]
        rows = await session.fetch("select * from dispute_parts where id = any ($1) and panel_id is not null", acted)
        assert len({row["account_id"] for row in rows}) >= 3
        assert sum(row["part"] in ("chair", "appeal_chair") for row in rows) == 1
        assert not await partial(session, self.case, self.today, [row["id"] for row in rows])
        if action == "decide" and self.cast.hearing_required:
            accounts = {str(row["account_id"]) for row in rows}
            assert any(accounts <= set(one) for one in (await self.facts())["heard"])

    async def _traces(self) -> list[tuple[Any, ...]]:
        async with self.cast.desk.world.api.owner.transaction() as session:
            return [tuple(row) for row in await session.fetch(_TRACES, [self.case, self.other])]
