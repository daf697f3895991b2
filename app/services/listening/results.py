"""The result of a listening campaign as data: what was heard, how institutions voted, what was decided."""

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from app.core.actor import Actor
from app.core.charts import bars
from app.core.db import Session
from app.models.listening_shapes import ListeningResult, PriorityRead, ThemeResult, VoteTurnout
from app.models.organisations import OrganisationState
from app.services.listening.facts import CAMPAIGN
from app.services.listening.grouping import COUNTS, HEARD_OF
from app.services.unit_records import Held, read_record

#: As many themes as a chart can name.
MOST_CHARTED = 20
#: Institutions that have a voice.
VOTING = (OrganisationState.active, OrganisationState.at_risk)

#: Whoever voted was entitled when they did.
_TURNOUT = f"""
select count(*) filter (where may_vote or voted)::int as entitled, count(*) filter (where voted)::int as voted
from (
  select distinct p.organisation_id, o.state in ({", ".join(f"'{state}'" for state in VOTING)}) as may_vote,
    v.id is not null as voted
  from listening_organisations p join organisations o on o.id = p.organisation_id
    left join listening_votes v on v.listening_campaign_id = p.listening_campaign_id
      and v.organisation_id = p.organisation_id and v.struck_on is null
  where p.listening_campaign_id = $1 and p.left_on is null
) taking_part
"""
_ISSUES = """
select count(*)::int as issues, count(*) filter (where g.id is null)::int as ungrouped
from listening_issues i left join listening_groupings g on g.listening_issue_id = i.id and g.replaced_at is null
where i.listening_campaign_id = $1
"""
_THEMES = f"""
with choices as (
  select c.theme_id, c.choice, v.organisation_id, o.name
  from listening_votes v cross join lateral unnest(v.theme_ids) with ordinality c (theme_id, choice)
    left join organisations o on o.id = v.organisation_id
  where v.listening_campaign_id = $1 and v.struck_on is null
), votes as (
  select theme_id, count(*)::int as votes, count(*) filter (where choice = 1)::int as first_choices,
    jsonb_agg(jsonb_build_object('organisation_id', organisation_id, 'name', name)
      order by name, organisation_id) as voters
  from choices group by theme_id
), heard as (
  select h.theme_id, {COUNTS} from ({HEARD_OF.format("i.listening_campaign_id = $1")}) h group by h.theme_id
), counted as (
  select t.id as theme_id, t.name, coalesce(v.votes, 0) as votes, coalesce(v.first_choices, 0) as first_choices,
    coalesce(v.voters, '[]'::jsonb) as voters, coalesce(h.issues, 0) as issues, coalesce(h.sessions, 0) as sessions,
    coalesce(h.institutions, 0) as institutions, coalesce(h.people, 0) as people
  from listening_themes t left join votes v on v.theme_id = t.id left join heard h on h.theme_id = t.id
  where t.listening_campaign_id = $1
)
select c.*, rank() over (order by votes desc)::int as place, count(*) over (partition by votes) > 1 as tied
from counted c order by votes desc, name, theme_id
"""
_PRIORITIES = """
select listening_theme_id as theme_id, place, name, votes from listening_priorities
where listening_campaign_id = $1 order by place
"""


async def get_result(session: Session, actor: Actor, campaign_id: UUID) -> ListeningResult:
    """What was heard and decided so far. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, CAMPAIGN, campaign_id, "result")
    issues = await session.fetchrow(_ISSUES, campaign_id)
    assert issues is not None, "a query of counts gives a row"
    return ListeningResult(
        listening_campaign_id=campaign_id,
        state=held.row["state"],
        votes_each=held.row["votes_each"],
        turnout=await turnout(session, actor, held),
        issues=issues["issues"],
        ungrouped=issues["ungrouped"],
        themes=await themes_by_votes(session, actor, held),
        priorities=[PriorityRead(**row) for row in await session.fetch(_PRIORITIES, campaign_id)],
        close_reason=held.row["close_reason"],
    )


async def draw_result(session: Session, actor: Actor, campaign_id: UUID) -> bytes:
    """The votes as SVG: the themes that most institutions chose. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, CAMPAIGN, campaign_id, "result")
    shown = (await themes_by_votes(session, actor, held))[:MOST_CHARTED]
    series = {"Votes": [theme.votes for theme in shown], "First choices": [theme.first_choices for theme in shown]}
    return bars(held.row["name"], [theme.name for theme in shown], series)


async def themes_by_votes(session: Session, _actor: Actor, held: Held) -> list[ThemeResult]:
    """The themes of a campaign that the actor has before them, the one that most institutions chose first."""
    return [ThemeResult.model_validate(dict(row)) for row in await session.fetch(_THEMES, held.id)]


async def turnout(session: Session, _actor: Actor, held: Held) -> VoteTurnout:
    """How many institutions can vote, and how many have; once it is closed, how many could."""
    row = await session.fetchrow(_TURNOUT, held.id)
    assert row is not None, "a query of counts gives a row"
    entitled, voted = held.row["entitled"], row["voted"]
    entitled = row["entitled"] if entitled is None else entitled
    share = (Decimal(100 * voted) / entitled).quantize(Decimal("0.1"), ROUND_HALF_UP) if entitled else None
    return VoteTurnout(entitled=entitled, voted=voted, percent=None if share is None else float(share))
