"""What was heard is put to themes, by those who heard it."""

from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.models.listening import ListeningGrouping, ListeningTheme
from app.models.listening_heard import ListeningGroup, ListeningThemeCreate, ListeningThemeUpdate
from app.services.changes import changed_fields
from app.services.listening.facts import CAMPAIGN, ISSUE, DidNotHear, ListeningOver, list_of_campaign
from app.services.listening.lifecycle import GROUPING
from app.services.unit_records import Held, answer_anew, hold_record, note, open_record, read_record

_HEARD = """
select exists (select from listening_sessions s where s.listening_campaign_id = $1 and s.recorded_by = $2)
  or exists (select from listening_issues i where i.listening_campaign_id = $1 and i.heard_by = $2)
  or exists (
    select from session_participants p join listening_sessions s on s.id = p.listening_session_id
    where s.listening_campaign_id = $1 and p.person_id = $3 and p.part = 'host')
"""
_NAME_TAKEN = """
select exists (
  select from listening_themes where listening_campaign_id = $1 and lower(name) = lower($2) and id is distinct from $3)
"""
_IS_THEME = "select exists (select from listening_themes where listening_campaign_id = $1 and id = $2)"
_REPLACE = "update listening_groupings set replaced_at = $2 where listening_issue_id = $1 and replaced_at is null"

#: What was heard of the themes of a campaign, session by session: in each no more said so than were there.
HEARD_OF = """
select g.listening_theme_id as theme_id, s.id as session_id, s.organisation_id, count(*) as issues,
  least(sum(i.count), s.participants) as people
from listening_groupings g join listening_issues i on i.id = g.listening_issue_id
  join listening_sessions s on s.id = i.listening_session_id
where g.replaced_at is null and {} group by g.listening_theme_id, s.id
"""
#: The columns of `ThemeCounts`.
COUNTS = """
coalesce(sum(h.issues), 0)::int as issues, count(h.session_id)::int as sessions,
  count(distinct h.organisation_id)::int as institutions, coalesce(sum(h.people), 0)::int as people
"""

_COUNTED = f"left join lateral (select {COUNTS} from ({HEARD_OF.format('g.listening_theme_id = t.id')}) h) c on true"
_THEMES = Listing(
    resource="organising",
    source="listening_themes t",
    key="t.id",
    columns={
        **{n: f"t.{n}" for n in ("id", "listening_campaign_id", "name", "description", "named_by")},
        **{n: f"c.{n}" for n in ("issues", "sessions", "institutions", "people")},
        "version": "t.version",
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={"name": ("t.name", "text")},
    join=_COUNTED,
    facts={"version": "t.version"},
)
_GROUPINGS = Listing(
    resource="organising",
    source="listening_groupings g",
    key="g.id",
    columns={
        "id": "g.id",
        "theme_id": "g.listening_theme_id",
        "grouped_by": "g.grouped_by",
        "created_at": "utc(g.created_at)",
        "replaced_at": "utc(g.replaced_at)",
    },
    sorts={"created_at": ("g.created_at", "timestamptz")},
)


class ThemeExists(Conflict):
    code = "theme_exists"
    sentence = "There is a theme of this name: two would part what belongs together."


class ListeningThemesQuery(PageQuery):
    """Themes by name."""


class ListeningGroupingsQuery(PageQuery):
    """To which themes an issue was put, the latest first."""


async def create_theme(session: Session, actor: Actor, campaign_id: UUID, data: ListeningThemeCreate) -> Answer:
    """Name a theme. Raises `NotFound`, `Forbidden`, `ListeningOver`, `DidNotHear`, `ThemeExists`."""
    held = await _hold_for_hearer(session, actor, campaign_id)
    await _must_be_free(session, campaign_id, data.name)
    theme = ListeningTheme(
        listening_campaign_id=campaign_id,
        name=data.name,
        description=data.description,
        named_by=actor.account_id,
    )
    await session.insert(theme)
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, "listening_campaign.theme_named")
    return await _told(session, actor, theme.id)


async def change_theme(
    session: Session, actor: Actor, campaign_id: UUID, theme_id: UUID, data: ListeningThemeUpdate, *, version: int
) -> Answer:
    """Correct a theme, until the first institution has voted.

    Raises `NotFound`, `Forbidden`, `ListeningOver`, `DidNotHear`, `ThemeExists`, `PreconditionFailed`.
    """
    held = await _hold_for_hearer(session, actor, campaign_id)
    if not await session.fetchval(_IS_THEME, campaign_id, theme_id):
        raise NotFound("theme")
    if held.row["has_votes"]:
        raise ListeningOver
    changes = data.changes()
    if "name" in changes:
        await _must_be_free(session, campaign_id, changes["name"], theme_id)
    await session.update(ListeningTheme, theme_id, changes, version=version)
    fields = changed_fields(ListeningTheme, changes)
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, "listening_campaign.theme_changed", fields=fields)
    return await _told(session, actor, theme_id)


async def _must_be_free(session: Session, campaign_id: UUID, name: str, theme_id: UUID | None = None) -> None:
    if await session.fetchval(_NAME_TAKEN, campaign_id, name, theme_id):
        raise ThemeExists


async def _told(session: Session, actor: Actor, theme_id: UUID) -> Answer:
    row = await fetch_one(session, actor, _THEMES, theme_id)
    assert row is not None, "whoever writes a theme sees it"
    return Answer(theme_id, row["version"], row["json"].encode())


async def list_themes(session: Session, actor: Actor, campaign_id: UUID, query: ListeningThemesQuery) -> Body:
    """A page of themes with how much was heard of each. Raises `NotFound`, `CursorInvalid`."""
    return await list_of_campaign(session, actor, campaign_id, _THEMES, Where(), query, sort="name")


async def group_issue(session: Session, actor: Actor, issue_id: UUID, data: ListeningGroup) -> Answer:
    """Put an issue to a theme; to which it was put before is kept.

    Raises `NotFound`, `Forbidden`, `ListeningOver`, `DidNotHear`, and `Invalid` for a theme that is not the campaign's.
    """
    found = await open_record(session, actor, ISSUE, issue_id)
    campaign = await _hold_for_hearer(session, actor, found.row["listening_campaign_id"])
    if not await session.fetchval(_IS_THEME, campaign.id, data.theme_id):
        raise Invalid.at("/theme_id", "unknown_theme", "Name a theme of this campaign.")
    found = await open_record(session, actor, ISSUE, issue_id)
    if found.row["theme_id"] != data.theme_id:
        await session.execute(_REPLACE, issue_id, clock.now())
        await session.insert(
            ListeningGrouping(
                listening_issue_id=issue_id, listening_theme_id=data.theme_id, grouped_by=actor.account_id
            )
        )
        await session.update(ISSUE.model, issue_id, {})
        await note(session, actor, ISSUE, issue_id, campaign.branch_id, "listening_issue.grouped")
    return await answer_anew(session, actor, ISSUE, issue_id)


async def list_groupings(session: Session, actor: Actor, issue_id: UUID, query: ListeningGroupingsQuery) -> Body:
    """To which themes an issue was put, and by whom. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    await read_record(session, actor, ISSUE, issue_id, "groupings")
    where = Where()
    where.add("g.listening_issue_id = {}", issue_id)
    return await list_page(session, actor, _GROUPINGS, where, query, sort="-created_at")


async def _hold_for_hearer(session: Session, actor: Actor, campaign_id: UUID) -> Held:
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    if held.state not in GROUPING:
        raise ListeningOver
    if not await session.fetchval(_HEARD, campaign_id, actor.account_id, actor.person_id):
        raise DidNotHear
    return held
